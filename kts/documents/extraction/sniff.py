"""Says what a file is by looking into it; its name is only asked where content can't tell.

Refuses before anything is unpacked: empty files, encrypted Office and OpenDocument files, archives
that would unpack to far more than a document, Office files that bring programs with them (others
would save them here), and types that we do not take, by their own name, so that the person knows
what to convert.
"""

import mmap
import re
import zipfile
from pathlib import Path

from .refusals import Reason, Refusal

PDF, DOCX, ODT, MD, TXT = "pdf", "docx", "odt", "md", "txt"
PPTX, XLSX, HTML, RTF = "pptx", "xlsx", "html", "rtf"
FORMATS = (PDF, DOCX, PPTX, XLSX, ODT, RTF, HTML, MD, TXT)
MIME = {
    PDF: "application/pdf",
    DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    PPTX: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ODT: "application/vnd.oasis.opendocument.text",
    RTF: "application/rtf",
    HTML: "application/octet-stream",  # a page of somebody else's is saved, never shown
    MD: "text/markdown",
    TXT: "text/plain",
}
BINARY_EXTENSIONS = {
    *("pdf", "docx", "doc", "xlsx", "xls", "pptx", "ppt"),
    *("odt", "ods", "odp", "rtf", "zip"),
}
MARKDOWN_EXTENSIONS = {"md", "markdown", "mkd", "mdown"}
HTML_EXTENSIONS = {"html", "htm", "xhtml"}
KNOWN_EXTENSIONS = BINARY_EXTENSIONS | MARKDOWN_EXTENSIONS | HTML_EXTENSIONS | {"txt"}

# A text of 20 MB has about ten thousand pages; what is larger is a data file.
MAX_TEXT_BYTES = 20 * 1024 * 1024
# Office files are pictures and XML. XML shrinks to a twentieth; a hundredth means padding.
MAX_ARCHIVE_ENTRIES = 20_000
MAX_UNPACKED_BYTES = 600 * 1024 * 1024
MAX_XML_BYTES = 80 * 1024 * 1024
MAX_RATIO = 200
RATIO_MATTERS_FROM = 10 * 1024 * 1024

_HEAD_BYTES = 4096
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The streams by which the old container tells what lies in it.
_OLE_STREAMS = (("WordDocument", "DOC"), ("PowerPoint Document", "PPT"), ("Workbook", "XLS"))
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"BM", "BMP"),
    (b"%!PS", "PostScript"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"\x1f\x8b", "GZIP"),
    (b"\x7fELF", "ELF"),
    (b"MZ", "EXE"),
    (b"OggS", "Ogg"),
    (b"ID3", "MP3"),
)
_HTML = re.compile(
    rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html)\b", re.I | re.S
)
_CONTENT_TYPES = (
    (b"wordprocessingml.document.main+xml", DOCX),
    (b"spreadsheetml.sheet.main+xml", XLSX),
    (b"presentationml.presentation.main+xml", PPTX),
    (b"ms-word.document.macroEnabled", "DOCM"),
    (b"ms-excel.sheet.macroEnabled", "XLSM"),
    (b"ms-powerpoint.presentation.macroEnabled", "PPTM"),
    (b"wordprocessingml.template.main+xml", "DOTX"),
    (b"presentationml.slideshow.main+xml", "PPSX"),
)
_MACROS = {"DOCM", "XLSM", "PPTM"}


def sniff(path: Path, filename: str = "") -> str:
    """Give the format of the file, one of :data:`FORMATS`; raises :class:`Refusal`."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if size == 0 or not head.strip(b"\x00 \t\r\n"):
        raise Refusal(Reason.EMPTY)
    extension = Path(filename or path.name).suffix.lower().lstrip(".")
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _sniff_archive(path)
    if head.startswith(_OLE):
        raise _refuse_ole(path)
    if head.startswith(b"{\\rtf"):
        return RTF
    for magic, name in _OTHERS:
        if head.startswith(magic) and not (len(magic) < 3 and _looks_like_text(head)):
            raise Refusal(Reason.UNSUPPORTED, name)
    return _sniff_text(head, size, extension)


def _sniff_text(head: bytes, size: int, extension: str) -> str:
    if not _looks_like_text(head):
        # A damaged download keeps its name: say "broken" about what was meant to be a PDF.
        reason = Reason.BROKEN if extension in BINARY_EXTENSIONS else Reason.UNSUPPORTED
        raise Refusal(reason, extension.upper())
    if extension in BINARY_EXTENSIONS:
        raise Refusal(Reason.MISLABELLED, extension.upper())
    if size > MAX_TEXT_BYTES:
        raise Refusal(Reason.TOO_LARGE, f"{MAX_TEXT_BYTES // 1024 // 1024} MB")
    if extension in HTML_EXTENSIONS or _HTML.match(head.removeprefix(b"\xef\xbb\xbf")):
        return HTML
    return MD if extension in MARKDOWN_EXTENSIONS else TXT


def _looks_like_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    odd = sum(byte < 32 and byte not in (9, 10, 12, 13, 27) for byte in head)
    return b"\x00" not in head and odd <= len(head) // 100


def _sniff_archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_bomb(archive)
            return _archive_format(archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise Refusal(Reason.BROKEN, "ZIP") from error
    except RuntimeError as error:  # zipfile's word for "needs a password"
        raise Refusal(Reason.ENCRYPTED) from error


def _refuse_bomb(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    largest_xml = max(
        (entry.file_size for entry in entries if entry.filename.endswith((".xml", ".rels"))),
        default=0,
    )
    packed = max(1, sum(entry.compress_size for entry in entries))
    if (
        len(entries) > MAX_ARCHIVE_ENTRIES
        or unpacked > MAX_UNPACKED_BYTES
        or largest_xml > MAX_XML_BYTES
        or (unpacked > RATIO_MATTERS_FROM and unpacked / packed > MAX_RATIO)
    ):
        raise Refusal(Reason.BOMB)
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refusal(Reason.ENCRYPTED)


def _archive_format(archive: zipfile.ZipFile) -> str:
    names = set(archive.namelist())
    if "mimetype" in names:
        return _opendocument_format(archive, names)
    if "[Content_Types].xml" in names:
        with archive.open("[Content_Types].xml") as file:
            types = file.read(1_000_000)
        for mark, found in _CONTENT_TYPES:
            if mark in types:
                if found in _MACROS:
                    raise Refusal(Reason.MACROS, found)
                if found not in FORMATS:
                    raise Refusal(Reason.UNSUPPORTED, found)
                return found
    raise Refusal(Reason.UNSUPPORTED, "ZIP")


def _opendocument_format(archive: zipfile.ZipFile, names: set[str]) -> str:
    with archive.open("mimetype") as file:
        mime = file.read(200).decode("ascii", "replace").strip()
    if mime != MIME[ODT]:
        raise Refusal(Reason.UNSUPPORTED, mime.rpartition(".")[2].upper()[:30] or "ZIP")
    if "META-INF/manifest.xml" in names:
        with archive.open("META-INF/manifest.xml") as file:
            if b"encryption-data" in file.read(5_000_000):
                raise Refusal(Reason.ENCRYPTED)
    if "content.xml" not in names:
        raise Refusal(Reason.BROKEN, "ODT")
    return ODT


def _refuse_ole(path: Path) -> Refusal:
    """Office wraps its encrypted files into the old container; the old formats live there too."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find("EncryptedPackage".encode("utf-16-le")) >= 0:
            return Refusal(Reason.ENCRYPTED)
        for stream, name in _OLE_STREAMS:
            if content.find(stream.encode("utf-16-le")) >= 0:
                return Refusal(Reason.OUTDATED, name)
    return Refusal(Reason.UNSUPPORTED, "OLE")
