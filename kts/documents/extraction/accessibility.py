"""Reads what a PDF does for people who have it read aloud: facts of the file, no verdict.

Whether the tags are good no program can tell; whether there are any, this says. The claim of
PDF/UA stands in the file's XMP metadata, which PDFium does not give: such metadata lies open in
the file, so that other programs find it, and is looked for there.
"""

import ctypes
import mmap
import re
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from .cleaning import clean_label
from .shapes import Accessibility

# ISO 14289-1, 5: <pdfuaid:part>1</pdfuaid:part> or pdfuaid:part="1".
_PDF_UA = re.compile(rb"pdfuaid:part\s*(?:>|=\s*[\"'])\s*(\d)")
# ISO 32000-1, table 22: copying (bit 5), extraction for assistive technology (bit 10).
_MAY_COPY, _MAY_READ_ALOUD = 1 << 4, 1 << 9
_LONGEST_LANGUAGE = 35  # RFC 5646, 4.4.1


def facts(
    document: pdfium.PdfDocument, path: Path, bookmarks: bool, pages_without_text: int
) -> Accessibility:
    """Give the facts of an opened file; what can't be read counts as not there."""
    encrypted = raw.FPDF_GetSecurityHandlerRevision(document) != -1
    permitted = raw.FPDF_GetDocPermissions(document)
    return Accessibility(
        tagged=bool(raw.FPDFCatalog_IsTagged(document)),
        language=_language(document),
        title=_title(document),
        bookmarks=bookmarks,
        pdf_ua=_pdf_ua(path),
        pages_without_text=pages_without_text,
        encrypted=encrypted,
        blocks_reading=encrypted and not permitted & (_MAY_COPY | _MAY_READ_ALOUD),
    )


def _language(document: pdfium.PdfDocument) -> str:
    length = raw.FPDFCatalog_GetLanguage(document, None, 0)
    if not 2 < length <= 1_000:
        return ""
    buffer = ctypes.create_string_buffer(length)
    found = ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR))
    raw.FPDFCatalog_GetLanguage(document, found, length)
    text = buffer.raw.decode("utf-16-le", "ignore").strip("\0 ")
    return clean_label(text, _LONGEST_LANGUAGE)


def _title(document: pdfium.PdfDocument) -> str:
    try:
        return clean_label(document.get_metadata_value("Title") or "")
    except pdfium.PdfiumError:
        return ""


def _pdf_ua(path: Path) -> int:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = _PDF_UA.search(content)
        return int(found[1]) if found else 0
