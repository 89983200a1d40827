"""Reads PDF page by page with PDFium.

PDFium gives the lines of a page; where a paragraph ends is told by the distance between lines, and
what a heading is by their size, so the position of each line's first letter is looked up too.
Pages are closed as soon as they are read: memory does not grow with the length of the document.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from . import pdf_places
from .accessibility import facts
from .cleaning import (
    LanguageCount,
    clean_characters,
    clean_label,
    join_hyphenation,
    tidy,
)
from .places import WordBox, pack
from .refusals import Reason, Refusal
from .shapes import Done, Opened, Page, Places, as_text

# The longest strategies have a few hundred pages; a register of thousands is not one.
MAX_PAGES = 5_000
# A page of print has three thousand characters; a page with more than this is a trap.
MAX_PAGE_CHARACTERS = 200_000
MAX_OUTLINE_ENTRIES = 5_000
# Fewer letters than this beside a picture: a page number on a scan.
SCANNED_BELOW = 12
# How much larger than the rest of the page a line must be to be taken for its heading.
HEADING_RATIO = 1.18
PROBED_PAGES = 5

_BULLET = re.compile(r"^(?:[•·▪■●○‣–-]|\(?\d{1,2}[.)]|[a-z]\))\s")
_SENTENCE_END = re.compile(r"[.!?:;]['\"“”»)]*$")
# Titles that programs fill in by themselves say nothing about the document.
_POOR_TITLE = re.compile(
    r"^(?:microsoft |powerpoint|präsentation|untitled|unbenannt|dokument\d*$|document\d*$|folie \d"
    r"|slide \d|titel$|title$)|\.(?:docx?|pptx?|indd|pdf|odt|qxd|tmp)$",
    re.I,
)


@dataclass(frozen=True)
class _Line:
    text: str
    left: float = 0.0
    bottom: float = 0.0
    height: float = 0.0


@dataclass(frozen=True)
class _Read:
    """What a page gave; ``ok`` is false where it could not be read at all."""

    text: str = ""
    heading: str = ""
    words: tuple[WordBox, ...] = ()
    ok: bool = True

    @property
    def has_text(self) -> bool:
        return sum(map(str.isalnum, self.text[:500])) >= SCANNED_BELOW

    @property
    def places(self) -> str:
        return as_text(pack(self.words))


def open_pdf(path: Path) -> pdfium.PdfDocument:
    """Open it or raise the :class:`Refusal` that fits."""
    try:
        document = pdfium.PdfDocument(path)
        count = len(document)
    except pdfium.PdfiumError as error:
        code = getattr(error, "err_code", None)
        encrypted = code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
        raise Refusal(Reason.ENCRYPTED if encrypted else Reason.BROKEN, "PDF") from error
    if count < 1:
        raise Refusal(Reason.BROKEN, "PDF")
    if count > MAX_PAGES:
        raise Refusal(Reason.TOO_MANY_PAGES, str(MAX_PAGES))
    return document


def probe(path: Path) -> Opened:
    """Look at the first pages: enough to know that it can be read and what it is."""
    document = open_pdf(path)
    language = LanguageCount()
    readable = 0
    for index in range(min(len(document), PROBED_PAGES)):
        found = _read_page(document, index)
        language.add(found.text)
        readable += found.ok
    if not readable:
        raise Refusal(Reason.BROKEN, "PDF")
    return Opened("pdf", len(document), _title(document), language.guess)


def read(path: Path) -> Iterator[Opened | Page | Done]:
    """Give every page; a single page that can't be read is given empty, not left out."""
    document = open_pdf(path)
    outline = _outline(document)
    language = LanguageCount()
    yield Opened("pdf", len(document), _title(document))
    heading, without_text = "", 0
    for index in range(len(document)):
        found = _read_page(document, index)
        heading = outline.get(index) or heading
        language.add(found.text)
        without_text += not found.has_text
        yield Page(
            number=index + 1,
            text=found.text,
            heading=(heading if outline else found.heading),
            label=_label(document, index),
            image_only=not found.has_text and _has_image(document, index),
            places=found.places,
        )
    told = facts(document, path, bool(outline), without_text)
    yield Done(len(document), language.guess, told.to_json())


def complete(path: Path) -> Iterator[Opened | Places | Done]:
    """Give what :func:`read` gives besides text, for files that were read before it did."""
    document = open_pdf(path)
    yield Opened("pdf", len(document))
    without_text = 0
    for index in range(len(document)):
        found = _read_page(document, index)
        without_text += not found.has_text
        yield Places(index + 1, found.places)
    told = facts(document, path, bool(_outline(document)), without_text)
    yield Done(len(document), accessibility=told.to_json())


def _read_page(document: pdfium.PdfDocument, index: int) -> _Read:
    try:
        page = document[index]
    except pdfium.PdfiumError:
        return _Read(ok=False)
    try:
        textpage = page.get_textpage()
    except pdfium.PdfiumError:
        page.close()
        return _Read(ok=False)
    try:
        count = min(textpage.count_chars(), MAX_PAGE_CHARACTERS)
        text = textpage.get_text_range(0, count, errors="ignore") if count > 0 else ""
        # Letters outside the basic plane and left-out characters shift the numbering: then the
        # positions of lines can't be looked up, and the page is read without them.
        positioned = len(text) == count
        lines = _lines(textpage, text, positioned)
        words = pdf_places.words_of(page, textpage, text if positioned else None)
        width, height = page.get_size()
    finally:
        textpage.close()
        page.close()
    heading = _slide_heading(lines, height) if width > height else _heading(lines)
    return _Read(_paragraphs(lines), heading, tuple(words))


def _lines(textpage: pdfium.PdfTextPage, text: str, positioned: bool) -> list[_Line]:
    if not text:
        return []
    lines: list[_Line] = []
    start = 0
    for piece in text.split("\n"):
        stripped = piece.strip()
        if stripped:
            offset = start + (len(piece) - len(piece.lstrip()))
            lines.append(_placed(textpage, stripped, offset) if positioned else _Line(stripped))
        else:
            lines.append(_Line(""))
        start += len(piece) + 1
    return lines


def _placed(textpage: pdfium.PdfTextPage, text: str, offset: int) -> _Line:
    try:
        left, bottom, _, top = textpage.get_charbox(offset, loose=True)
    except pdfium.PdfiumError:
        return _Line(text)
    return _Line(text, left, bottom, max(0.0, top - bottom))


def _paragraphs(lines: list[_Line]) -> str:
    gaps = [a.bottom - b.bottom for a, b in pairwise(lines)]
    usual = [
        gap
        for gap, line in zip(gaps, lines, strict=False)
        if line.height and 0 < gap < 2.2 * line.height
    ]
    usual_gap = median(usual) if usual else 0.0
    parts: list[str] = []
    previous: _Line | None = None
    for line in lines:
        if not line.text:
            previous = None
            continue
        if previous is None or _begins_paragraph(previous, line, usual_gap):
            parts.append("\n\n" if parts else "")
        else:
            parts.append("\n")
        parts.append(line.text)
        previous = line
    text = join_hyphenation(clean_characters("".join(parts)))
    return tidy(_unwrap(text))


def _begins_paragraph(above: _Line, line: _Line, usual_gap: float) -> bool:
    if _BULLET.match(line.text):
        return True
    if not above.height or not line.height:
        return bool(_SENTENCE_END.search(above.text)) and line.text[0].isupper()
    larger = max(above.height, line.height)
    if larger > 1.15 * min(above.height, line.height):
        return True
    gap = above.bottom - line.bottom
    if gap < -0.5 * larger:  # the next column: a sentence may go on there
        return bool(_SENTENCE_END.search(above.text)) or not line.text[0].islower()
    if gap > 2.2 * larger or (usual_gap and gap > 1.3 * usual_gap and gap > 0.9 * larger):
        return True
    indented = 0.5 * larger < line.left - above.left < 4 * larger
    return indented and bool(_SENTENCE_END.search(above.text))


def _unwrap(text: str) -> str:
    """Make one line of each paragraph, so that a phrase is never broken by a line end."""
    return "\n\n".join(
        " ".join(paragraph.split("\n")) for paragraph in text.split("\n\n") if paragraph.strip()
    )


def _heading(lines: list[_Line]) -> str:
    """Give the largest line of the page where it is clearly larger than the rest."""
    sized = [line for line in lines if line.height and any(map(str.isalpha, line.text))]
    if len(sized) < 2:
        return ""
    sizes = sorted(
        (line.height for line in sized for _ in range(1 + len(line.text) // 40)),
    )
    largest = max(line.height for line in sized)
    if largest < HEADING_RATIO * sizes[len(sizes) // 2]:
        return ""
    return _with_next_lines(sized, next(line for line in sized if line.height == largest))


def _slide_heading(lines: list[_Line], page_height: float) -> str:
    """Give the topmost large line: on a slide everything is large, the title stands at the top."""
    sized = [line for line in lines if line.height and any(map(str.isalpha, line.text))]
    if not sized:
        return ""
    largest = max(line.height for line in sized)
    top = max(
        (line for line in sized if line.height >= 0.75 * largest), key=lambda line: line.bottom
    )
    at_top = top.bottom > 0.7 * page_height or len(sized) <= 3
    return _with_next_lines(sized, top) if at_top else ""


def _with_next_lines(lines: list[_Line], line: _Line) -> str:
    """Give the heading with up to two more lines of its size, where they follow at once."""
    first = lines.index(line)
    together = [line.text]
    for above, below in pairwise(lines[first : first + 3]):
        near = 0 < above.bottom - below.bottom < 1.6 * above.height
        if not near or abs(below.height - line.height) > 0.05 * line.height:
            break
        together.append(below.text)
    heading = clean_label("\n".join(together))
    heading = heading if len(heading) <= 150 else clean_label(line.text, 150)
    return heading if len(heading) >= 3 else ""


def _outline(document: pdfium.PdfDocument) -> dict[int, str]:
    """Give the first bookmark that points to each page, by page index."""
    entries: dict[int, str] = {}
    try:
        for number, bookmark in enumerate(document.get_toc()):
            if number >= MAX_OUTLINE_ENTRIES:
                break
            target = bookmark.get_dest()
            index = target.get_index() if target else None
            title = clean_label(bookmark.get_title() or "")
            if index is not None and title:
                entries.setdefault(index, title)
    except (pdfium.PdfiumError, RecursionError, ValueError):
        pass  # A damaged outline is no reason to refuse readable pages.
    return entries


def _label(document: pdfium.PdfDocument, index: int) -> str:
    """Give the number printed on the page where the file knows one that differs from ours."""
    try:
        label = clean_label(document.get_page_label(index) or "", 20)
    except pdfium.PdfiumError:
        return ""
    return "" if label == str(index + 1) else label


def _has_image(document: pdfium.PdfDocument, index: int) -> bool:
    try:
        page = document[index]
    except pdfium.PdfiumError:
        return False
    try:
        images = page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3)
        return next(iter(images), None) is not None
    except pdfium.PdfiumError:
        return False
    finally:
        page.close()


def _title(document: pdfium.PdfDocument) -> str:
    try:
        title = clean_label(document.get_metadata_value("Title") or "")
    except pdfium.PdfiumError:
        return ""
    return "" if len(title) < 4 or _POOR_TITLE.search(title) else title
