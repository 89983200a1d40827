"""Finds where the words of a PDF page lie on the picture that :mod:`.preview` draws of it.

PDFium knows a box for every letter, in the page's own coordinates; asking for all of them takes as
long as reading the text. Only the first and the last letter of a word are looked up. How the page
is turned and cropped is asked once a page, from the function that also drawing goes through.
"""

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from .cleaning import PDF_HYPHEN
from .places import MAX_WORDS, WHOLE, Token, WordBox, whole_words

# A word ends at a blank; within one PDFium marks where it took a hyphen at a line end away.
_PIECE = re.compile(rf"[^\s{PDF_HYPHEN}]+{PDF_HYPHEN}?")
# The picture of a page on which its three corners are looked up: the finer, the less is rounded.
_FINE = 1_000_000


@dataclass(frozen=True)
class _Sheet:
    """Turns the page's own coordinates into ten-thousandths from the top left of its picture."""

    across: tuple[float, float, float]
    down: tuple[float, float, float]

    def place(self, x: float, y: float) -> tuple[float, float]:
        return (
            self.across[0] + self.across[1] * x + self.across[2] * y,
            self.down[0] + self.down[1] * x + self.down[2] * y,
        )


def words_of(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, text: str | None) -> list[WordBox]:
    """Give the words of the page in its reading order.

    ``text`` is the text by letters, where it has as many as the page; None where it has not.
    """
    sheet = _sheet(page)
    letters = text if text is not None else _letters(textpage)
    return whole_words(_tokens(textpage, letters, sheet)) if sheet else []


def _letters(textpage: pdfium.PdfTextPage) -> str:
    """Give the text with exactly one letter for each that PDFium counts."""
    codes = (raw.FPDFText_GetUnicode(textpage, n) for n in range(textpage.count_chars()))
    return "".join(chr(code) if 0 < code < 0xD800 or code > 0xDFFF else " " for code in codes)


def _sheet(page: pdfium.PdfPage) -> _Sheet | None:
    x, y = ctypes.c_int(), ctypes.c_int()

    def device(page_x: float, page_y: float) -> tuple[float, float]:
        raw.FPDF_PageToDevice(page, 0, 0, _FINE, _FINE, 0, page_x, page_y, x, y)
        return x.value * WHOLE / _FINE, y.value * WHOLE / _FINE

    step = max(page.get_size())
    if not 1 <= step < _FINE:
        return None
    origin, right, up = device(0, 0), device(step, 0), device(0, step)
    across, down = (
        (origin[n], (right[n] - origin[n]) / step, (up[n] - origin[n]) / step) for n in (0, 1)
    )
    return _Sheet(across, down)


def _tokens(textpage: pdfium.PdfTextPage, text: str, sheet: _Sheet) -> Iterator[Token]:
    first, last = raw.FS_RECTF(), raw.FS_RECTF()
    for number, piece in enumerate(_PIECE.finditer(text)):
        if number >= MAX_WORDS:
            return
        start, end = piece.start(), piece.end() - 1
        hyphen = text[end] == PDF_HYPHEN
        if not raw.FPDFText_GetLooseCharBox(textpage, start, first):
            continue
        if not raw.FPDFText_GetLooseCharBox(textpage, end, last):
            continue
        place = _covering(sheet, first, last)
        if place:
            broken = hyphen or text[end + 1 : end + 2] in ("\r", "\n")
            yield Token(piece[0], *place, broken=broken)


def _covering(sheet: _Sheet, *boxes: raw.FS_RECTF) -> tuple[int, int, int, int] | None:
    """Give left, top, width and height of what holds the boxes; None where it is off the page."""
    corners = [
        sheet.place(x, y)
        for box in boxes
        for x, y in ((box.left, box.top), (box.right, box.bottom))
    ]
    left, right = (_on_page(f(x for x, _ in corners)) for f in (min, max))
    top, bottom = (_on_page(f(y for _, y in corners)) for f in (min, max))
    if right <= left or bottom <= top:
        return None
    return left, top, right - left, bottom - top


def _on_page(value: float) -> int:
    return round(min(max(value, 0.0), float(WHOLE)))
