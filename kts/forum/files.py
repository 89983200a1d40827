"""Which files, other than images, may be attached: told by content, as the library does it."""

import re
import zipfile
from pathlib import Path

from flask_babel import gettext as _

from kts.core.errors import Invalid
from kts.documents.extraction.refusals import Reason, Refusal
from kts.documents.extraction.sniff import HTML, MAX_ARCHIVE_ENTRIES, MD, PDF, RTF, TXT, sniff
from kts.documents.extraction.sniff import MIME as LIBRARY_MIME
from kts.documents.messages import explain

CSV, ODS, ODP = "csv", "ods", "odp"
MIME = {
    **{name: mime for name, mime in LIBRARY_MIME.items() if name not in (HTML, RTF)},
    CSV: "text/csv",
    ODS: "application/vnd.oasis.opendocument.spreadsheet",
    ODP: "application/vnd.oasis.opendocument.presentation",
}
# For the file dialog, images first.
ACCEPTED = ".png,.jpg,.jpeg,.webp,.gif,.pdf,.docx,.xlsx,.pptx,.odt,.ods,.odp,.txt,.csv"
_HEAD = 8192  # bytes in which a page or a drawing shows what it is
_MARKUP = re.compile(rb"<\s*(?:!doctype|\?xml|html|svg|script|iframe|body|head)\b", re.I)
_ENTRY = b"PK\x01\x02"  # one for each file in an archive


def file_format(path: Path, filename: str) -> str:
    """Give the format of a stored file; raise Invalid with a sentence for one that is refused."""
    try:
        found = _opendocument(path) or sniff(path, filename)
    except Refusal as refusal:
        if refusal.reason == Reason.UNSUPPORTED:
            raise Invalid(_refused(refusal.detail)) from refusal
        raise Invalid(explain(refusal.reason, refusal.detail)) from refusal
    if found not in MIME:
        raise Invalid(_refused(found.upper()))
    _refuse_markup(path, found)
    return CSV if found == TXT and filename.lower().endswith(".csv") else found


def _refused(kind: str) -> str:
    return _(
        "Files of this type (%(kind)s) cannot be attached. Possible are images (PNG, JPEG, WebP, "
        "GIF), PDF, Office and OpenDocument files, text and CSV.",
        kind=kind or "?",
    )


def _refuse_markup(path: Path, found: str) -> None:
    """Refuse pages, drawings and scripts that call themselves a text or hide before a PDF."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if found == PDF:
        head = head.partition(b"%PDF-")[0]
    if found in (TXT, MD, PDF) and _MARKUP.search(head.replace(b"\x00", b"")):
        raise Invalid(_refused("HTML/SVG"))


def _opendocument(path: Path) -> str | None:
    """Tell a table or a presentation of OpenDocument, which the library does not read."""
    content = path.read_bytes()  # at most the size that an attachment may have
    if not content.startswith(b"PK\x03\x04"):
        return None
    if content.count(_ENTRY) > MAX_ARCHIVE_ENTRIES:
        raise Refusal(Reason.BOMB)
    try:
        with zipfile.ZipFile(path) as archive:
            return _opendocument_kind(archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise Refusal(Reason.BROKEN, "ZIP") from error
    except RuntimeError as error:  # zipfile's word for "needs a password"
        raise Refusal(Reason.ENCRYPTED) from error


def _opendocument_kind(archive: zipfile.ZipFile) -> str | None:
    names = set(archive.namelist())
    if not {"mimetype", "content.xml"} <= names:
        return None
    with archive.open("mimetype") as file:
        mime = file.read(200).decode("ascii", "replace").strip()
    kind = next((name for name in (ODS, ODP) if MIME[name] == mime), None)
    if kind and any(name.startswith("Basic/") for name in names):
        raise Refusal(Reason.MACROS, kind.upper())
    if kind and "META-INF/manifest.xml" in names:
        with archive.open("META-INF/manifest.xml") as file:
            if b"encryption-data" in file.read(5_000_000):
                raise Refusal(Reason.ENCRYPTED)
    return kind
