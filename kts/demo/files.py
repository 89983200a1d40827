"""Makes real files of the sample documents, so that reading and previews have real work.

PDF with cover, outline and page numbers; DOCX and ODT with styles. Every file begins with the
line that says it is made up. The PDF uses the fonts that every reader has (Windows-1252 covers
German), so no font has to be delivered.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import docx
import odfdo
from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos
from fpdf.fonts import FontFace

from kts.demo.blocks import Block, Bullets, Grid, Heading, Paragraph, blocks, plain, runs

BLUE = (23, 26, 90)
GREY = (90, 96, 110)
PALE = (232, 236, 246)
MARGIN = 24  # mm
LINE = 6.2  # mm, with 11 point a comfortable line for reading
LEGEND = "Erfundenes Beispiel"


@dataclass(frozen=True)
class Sheet:
    """What stands on the cover of a sample document."""

    title: str
    place: str
    year: int
    label: str = ""


def make(sheet: Sheet, markdown: str, format_: str) -> bytes:
    """Give the bytes of the document in one of the formats pdf, docx, odt, md."""
    return _MAKERS[format_](sheet, markdown)


class _Report(FPDF):
    """A4 pages with a line at the foot; the cover has none."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(format="A4")
        self.core_fonts_encoding = "windows-1252"
        self.sheet = sheet
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=MARGIN)
        self.set_title(sheet.title)
        self.set_author(sheet.place)
        self.set_lang("de")
        self.creation_date = datetime(sheet.year, 1, 1, tzinfo=UTC)

    def footer(self) -> None:
        """Say what the page belongs to."""
        if self.page_no() == 1:
            return
        self.set_y(-16)
        self.set_font("Helvetica", size=8)
        self.set_text_color(*GREY)
        self.cell(0, 5, f"{self.sheet.place} · {self.sheet.title} · {LEGEND}")
        self.set_x(MARGIN)
        self.cell(0, 5, str(self.page_no()), align=Align.R)

    def cover(self, notice: str) -> None:
        """Draw the first page."""
        self.add_page()
        self.set_fill_color(*BLUE)
        self.rect(0, 0, self.w, 118, style="F")
        self.set_text_color(255, 255, 255)
        self.set_xy(MARGIN, 16)
        self.set_font("Helvetica", style="B", size=10)
        self._lines(LEGEND, 6)
        self.set_xy(MARGIN, 40)
        self.set_font("Helvetica", size=13)
        self._lines(self.sheet.place, 8)
        self.set_font("Helvetica", style="B", size=25)
        self._lines(self.sheet.title, 12)
        self.set_font("Helvetica", size=13)
        self._lines(" · ".join(filter(None, (self.sheet.label, str(self.sheet.year)))), 9)
        self.set_xy(MARGIN, 134)
        self.set_text_color(*GREY)
        self.set_font("Helvetica", style="I", size=11)
        self._lines(notice, LINE)

    def chapter(self, title: str) -> None:
        """Begin a page with the title of a chapter and note it in the outline."""
        self.add_page()
        self.start_section(title)
        self.set_text_color(*BLUE)
        self.set_font("Helvetica", style="B", size=18)
        self._lines(title, 9)
        self.ln(3)

    def body(self, text: str) -> None:
        """Write a paragraph; bold words stay bold."""
        self._running()
        self._lines(text, LINE, markdown=True)
        self.ln(2.6)

    def bullets(self, items: tuple[str, ...]) -> None:
        """Write a list."""
        self._running()
        for item in items:
            self.set_x(MARGIN + 2)
            self.cell(5, LINE, "•")
            self._lines(item, LINE, markdown=True)
            self.ln(0.8)
        self.ln(2)

    def grid(self, rows: tuple[tuple[str, ...], ...]) -> None:
        """Draw a table."""
        self._running(9.5)
        self.set_draw_color(190, 196, 210)
        self.set_fill_color(255, 255, 255)
        head = FontFace(emphasis="BOLD", color=BLUE, fill_color=PALE)
        with self.table(
            headings_style=head,
            borders_layout="HORIZONTAL_LINES",
            line_height=5.6,
            padding=1.2,
            text_align="LEFT",
        ) as table:
            for row in rows:
                table.row([plain(cell) for cell in row])
        self.ln(4)

    def _running(self, size: float = 11) -> None:
        self.set_text_color(30, 32, 40)
        self.set_font("Helvetica", size=size)

    def _lines(self, text: str, height: float, markdown: bool = False) -> None:
        self.multi_cell(
            0, height, text, align=Align.L, markdown=markdown, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )


def _pdf(sheet: Sheet, markdown: str) -> bytes:
    notice, *rest = blocks(markdown)
    report = _Report(sheet)
    report.cover(plain(notice.text) if isinstance(notice, Paragraph) else "")
    for block in rest:
        match block:
            case Heading(text):
                report.chapter(text)
            case Paragraph(text):
                report.body(text)
            case Bullets(items):
                report.bullets(items)
            case Grid(rows):
                report.grid(rows)
    return bytes(report.output())


def _docx(sheet: Sheet, markdown: str) -> bytes:
    document = docx.Document()
    document.core_properties.title = sheet.title
    document.core_properties.author = sheet.place
    document.core_properties.language = "de"
    notice, *rest = blocks(markdown)
    _docx_block(document, notice)
    for block in rest:
        _docx_block(document, block)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _docx_block(document: docx.document.Document, block: Block) -> None:
    match block:
        case Heading(text):
            document.add_heading(text, level=1)
        case Paragraph(text):
            paragraph = document.add_paragraph()
            for piece, bold in runs(text):
                paragraph.add_run(piece).bold = bold
        case Bullets(items):
            for item in items:
                document.add_paragraph(plain(item), style="List Bullet")
        case Grid(rows):
            table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
            for row, cells in zip(table.rows, rows, strict=True):
                for cell, text in zip(row.cells, cells, strict=True):
                    cell.text = plain(text)


def _odt(sheet: Sheet, markdown: str) -> bytes:
    document = odfdo.Document("text")
    document.meta.title = sheet.title
    document.meta.language = "de-DE"
    document.body.clear()
    for block in blocks(markdown):
        document.body.append(_odt_block(block))
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _odt_block(block: Block) -> odfdo.Element:
    match block:
        case Heading(text):
            return odfdo.Header(1, text)
        case Bullets(items):
            return odfdo.List([plain(item) for item in items])
        case Grid(rows):
            table = odfdo.Table("Tabelle", width=len(rows[0]), height=len(rows))
            table.set_values([[plain(cell) for cell in row] for row in rows])
            return table
        case Paragraph(text):
            return odfdo.Paragraph(plain(text))


def _markdown(sheet: Sheet, markdown: str) -> bytes:
    notice, rest = markdown.split("\n", 1)
    return f"{notice}\n\n{sheet.place}, {sheet.year}\n{rest}".encode()


_MAKERS: dict[str, Callable[[Sheet, str], bytes]] = {
    "pdf": _pdf,
    "docx": _docx,
    "odt": _odt,
    "md": _markdown,
}
