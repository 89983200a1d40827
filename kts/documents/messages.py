"""What people read about kinds, formats and files that are not taken."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from kts.core.access import MEMBERS, PUBLIC
from kts.documents.extraction.refusals import Reason
from kts.documents.extraction.sniff import FORMATS
from kts.documents.kinds import NAMES

KIND_NAMES = NAMES
LANGUAGE_NAMES = {
    "de": _l("German"),
    "en": _l("English"),
    "fr": _l("French"),
    "other": _l("Other language"),
}
FORMAT_NAMES = {name: name.upper() for name in FORMATS} | {"md": "Markdown"}
ACCEPTED = ", ".join(name.upper() for name in FORMATS)
# For the file dialog; a saved page is .htm with some browsers.
ACCEPTED_EXTENSIONS = ",".join(f".{name}" for name in (*FORMATS, "htm"))
# What the old programs' files are saved as instead.
SUCCESSORS = {"DOC": "DOCX", "XLS": "XLSX", "PPT": "PPTX"}

_EXPLANATIONS = {
    Reason.EMPTY: _l(
        "The file is empty. Please check that it was saved completely and choose it again."
    ),
    Reason.ENCRYPTED: _l(
        "The file is protected with a password, so its text cannot be read. Please save it "
        "without a password and choose it again."
    ),
    Reason.BROKEN: _l(
        "The file is damaged or incomplete and cannot be read. Please open it in the program it "
        "was made with, save it again and choose the new file."
    ),
    Reason.MISLABELLED: _l(
        "The name of the file says %(detail)s, but its content is something else. Please check "
        "whether the download was complete, or correct the name of the file."
    ),
    Reason.UNSUPPORTED: _l(
        "Files of this type (%(detail)s) cannot be taken. Please save the document in one of "
        "these formats: %(accepted)s."
    ),
    Reason.OUTDATED: _l(
        "The file is in the old format %(detail)s, which cannot be read. Please open it in a "
        "current office program, save it as %(successor)s or PDF and choose the new file."
    ),
    Reason.MACROS: _l(
        "The file (%(detail)s) may contain macros. So that nobody saves a harmful program from "
        "here, such files are not taken. Please save it without macros or as PDF."
    ),
    Reason.BOMB: _l(
        "The file unpacks to far more than a document contains and was not opened. Please save "
        "the document again, for example as PDF."
    ),
    Reason.TOO_LARGE: _l(
        "The file is larger than %(detail)s. Please save it with smaller pictures or in parts."
    ),
    Reason.TOO_MANY_PAGES: _l(
        "The document has more than %(detail)s pages. Please divide it into parts."
    ),
    Reason.NO_TEXT: _l("The file contains no text. Please check that it is the right one."),
    Reason.TOO_SLOW: _l(
        "Reading the file took longer than allowed. Please save it again, for example as PDF "
        "without embedded drawings, and choose the new file."
    ),
    Reason.NO_RECOGNITION: _l(
        "Text recognition is not set up on this system, so scanned pages are not read."
    ),
    Reason.TOO_HUNGRY: _l(
        "Reading the file needs more memory than allowed. Please save it with smaller pictures "
        "and choose the new file."
    ),
}

# What a reader can do with a page, by what it is called (``DocumentVersion.unit``).
UNIT_WORDS = {
    "page": {
        "name": _l("Page"),
        "here": _l("on this page"),
        "all_found": _l("All pages with these words"),
        "ask": _l("Ask about this page"),
        "text": _l("Text of this page"),
        "use": _l("Use this page"),
        "link": _l("Link to this page"),
        "cite": _l("Cite this page"),
    },
    "chapter": {
        "name": _l("Chapter"),
        "here": _l("in this chapter"),
        "all_found": _l("All chapters with these words"),
        "ask": _l("Ask about this chapter"),
        "text": _l("Text of this chapter"),
        "use": _l("Use this chapter"),
        "link": _l("Link to this chapter"),
        "cite": _l("Cite this chapter"),
    },
    "slide": {
        "name": _l("Slide"),
        "here": _l("on this slide"),
        "all_found": _l("All slides with these words"),
        "ask": _l("Ask about this slide"),
        "text": _l("Text of this slide"),
        "use": _l("Use this slide"),
        "link": _l("Link to this slide"),
        "cite": _l("Cite this slide"),
    },
    "part": {
        "name": _l("Part"),
        "here": _l("in this part"),
        "all_found": _l("All parts with these words"),
        "ask": _l("Ask about this part"),
        "text": _l("Text of this part"),
        "use": _l("Use this part"),
        "link": _l("Link to this part"),
        "cite": _l("Cite this part"),
    },
}


def unit_words(unit: str) -> dict[str, Any]:
    """Give what people read about a page that is called so."""
    return UNIT_WORDS[unit]


def audience(visibility: str) -> Any:
    """Say in words who may see what has this visibility."""
    names = {PUBLIC: _l("Everybody"), MEMBERS: _l("Everybody who is signed in")}
    return names.get(visibility, _l("Members of a group"))


def explain(reason: str, detail: str = "") -> str:
    """Say what is wrong with a file and what to do, in the reader's language."""
    return str(_EXPLANATIONS[Reason(reason)]) % {
        "detail": detail or _("unknown"),
        "accepted": ACCEPTED,
        "successor": SUCCESSORS.get(detail, "PDF"),
    }
