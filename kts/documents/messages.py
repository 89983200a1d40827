"""What people read about kinds, formats and files that are not taken."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from kts.documents.extraction.refusals import Reason

KIND_NAMES = {
    "strategy": _l("Strategy"),
    "concept": _l("Concept"),
    "report": _l("Report or evaluation"),
    "guideline": _l("Guideline"),
    "study": _l("Study or expertise"),
    "resolution": _l("Council resolution"),
    "other": _l("Other document"),
}
LANGUAGE_NAMES = {
    "de": _l("German"),
    "en": _l("English"),
    "fr": _l("French"),
    "other": _l("Other language"),
}
FORMAT_NAMES = {"pdf": "PDF", "docx": "DOCX", "odt": "ODT", "md": "Markdown", "txt": "TXT"}
ACCEPTED = "PDF, DOCX, ODT, MD, TXT"

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
        "Files of this type (%(detail)s) cannot be taken. Please save the document as PDF, DOCX, "
        "ODT, MD or TXT."
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
    Reason.TOO_HUNGRY: _l(
        "Reading the file needs more memory than allowed. Please save it with smaller pictures "
        "and choose the new file."
    ),
}


def explain(reason: str, detail: str = "") -> str:
    """Say what is wrong with a file and what to do, in the reader's language."""
    return str(_EXPLANATIONS[Reason(reason)]) % {"detail": detail or _("unknown")}
