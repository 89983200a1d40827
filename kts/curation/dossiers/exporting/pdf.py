"""A dossier as PDF: cover, contents, bookmarks, links, page numbers, numbered sources.

Set with the font of the site, so that every European letter is there; where the font was not built
(a bare checkout) with the fonts that every reader has. Knows nothing of the database: what it gets
is the content that one reader may see.
"""

import logging
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from fpdf import FPDF, ViewerPreferences
from fpdf.enums import XPos, YPos
from fpdf.outline import OutlineSection

from kts.assets import VENDOR
from kts.curation.dossiers.exporting import blocks as reading
from kts.curation.dossiers.exporting.blocks import Block, blocks

BLUE, GREY, BLACK = (23, 26, 90), (84, 90, 104), (20, 22, 30)
MARGIN = 24  # mm
LINE = 5.6  # mm, with 10.5 point a comfortable line for reading
SIZE = 10.5
INDENT = 6  # mm for each level of a list or a quotation
FONT_FILES = {"": "FiraSans-Regular", "I": "FiraSans-Italic", "B": "FiraSans-SemiBold"}
COVER_HEIGHT = 90  # mm

logging.getLogger("fontTools").setLevel(logging.ERROR)  # it remarks on the age of Fira's tables


def pdf_of(content: dict[str, Any], cover: Path | None = None) -> bytes:
    """Set the content; ``cover`` is the file of the cover image."""
    book = _Book(content)
    book.front(cover)
    book.add_page()
    book.insert_toc_placeholder(_Book.contents, allow_extra_pages=True)
    if content["html"]:
        book.chapter(content["words"]["introduction"])
        book.text(content["html"])
    for chapter in content["chapters"]:
        if chapter["heading"]:
            book.chapter(chapter["heading"])
        for part in chapter["parts"]:
            book.part(part)
    book.sources()
    return bytes(book.output())


@lru_cache(maxsize=1)
def _fonts() -> dict[str, Path]:
    """Find the whole fonts among the built front-end files, by style."""
    found = {
        style: next(iter(sorted((VENDOR / "fonts").glob(f"{name}.????????????.woff2"))), None)
        for style, name in FONT_FILES.items()
    }
    return {style: path for style, path in found.items() if path} if all(found.values()) else {}


class _Book(FPDF):
    """A4 pages with title and number at the foot; the first page has none."""

    def __init__(self, content: dict[str, Any]) -> None:
        super().__init__(format="A4")
        self.told = content
        self.words: dict[str, str] = content["words"]
        self.family = "Helvetica"
        self.core_fonts_encoding = "windows-1252"
        if fonts := _fonts():
            self.family = "Fira"
            for style, path in fonts.items():
                self.add_font("Fira", style, path)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=MARGIN)
        self.set_title(content["title"])
        self.set_author(content["site"])
        self.set_subject(content["summary"])
        self.set_creator(content["site"])
        self.set_lang(content["language"])
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)

    def normalize_text(self, text: str) -> str:
        """Replace what the reader's own fonts do not have, where those are used."""
        if self.family == "Helvetica":
            text = text.encode("windows-1252", "replace").decode("windows-1252")
        return super().normalize_text(text)

    def footer(self) -> None:
        """Say what the page belongs to and which one it is."""
        if self.page_no() == 1:
            return
        self.set_y(-16)
        self.face(8, colour=GREY)
        title = self.told["title"]
        self.cell(0, 5, title if len(title) < 80 else f"{title[:78]}…")
        self.set_x(MARGIN)
        self.cell(0, 5, f"{self.words['page']} {self.page_no()}", align="R")

    def face(self, size: float = SIZE, style: str = "", colour: Any = BLACK) -> None:
        """Choose the font for what follows."""
        self.set_font(self.family, style=style, size=size)
        self.set_text_color(*colour)

    def lines(self, text: str, height: float = LINE, link: str = "") -> None:
        """Write whole lines from the left margin on."""
        self.set_x(self.l_margin)
        self.multi_cell(
            0, height, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT, link=link or None
        )

    def front(self, cover: Path | None) -> None:
        """Set the first page."""
        self.add_page()
        self.face(11, colour=GREY)
        self.lines(f"{self.told['label']} · {self.told['site']}", 6)
        self.ln(8)
        if cover is not None:
            self._picture(cover)
        self.face(26, "B", BLUE)
        self.lines(self.told["title"], 11.5)
        self.ln(5)
        if self.told["summary"]:
            self.face(13)
            self.lines(self.told["summary"], 7)
            self.ln(5)
        self.face(10.5, colour=GREY)
        self.lines(self.told["version"], 6)
        self.lines(self.told["url"], 6, link=self.told["url"])
        self.ln(4)
        self.face(9, colour=GREY)
        self.lines(self.words["made"], 5)

    def _picture(self, cover: Path) -> None:
        top = self.get_y()
        placed = self.image(
            BytesIO(cover.read_bytes()),
            x=MARGIN,
            y=top,
            w=self.epw,
            h=COVER_HEIGHT,
            keep_aspect_ratio=True,
        )
        self.set_y(top + placed.rendered_height + 8)

    def contents(self, outline: list[OutlineSection]) -> None:
        """Set the table of contents, once all page numbers are known."""
        self.face(18, "B", BLUE)
        self.lines(self.words["contents"], 10)
        self.ln(3)
        for section in outline:
            self.face(10.5, "" if section.level else "B")
            self._entry(section)

    def _entry(self, section: OutlineSection) -> None:
        left = self.l_margin + section.level * INDENT
        link = self.add_link(page=section.page_number)
        self.set_x(left)
        width = self.w - self.r_margin - left - 14
        number_y = self.get_y()
        page = self.page
        self.multi_cell(
            width, 6, section.name, align="L", link=link, new_x=XPos.RIGHT, new_y=YPos.LAST
        )
        last_y = self.get_y() if self.page == page else number_y
        self.set_xy(self.w - self.r_margin - 14, last_y)
        self.cell(14, 6, str(section.page_number), align="R", link=link)
        self.ln(6.6)

    def chapter(self, title: str) -> None:
        """Begin a chapter on a new page, and note it in the bookmarks."""
        self._new_page()
        self.start_section(title, level=0, strict=False)
        self.face(18, "B", BLUE)
        self.lines(title, 9)
        self.ln(3)

    def part(self, part: dict[str, Any]) -> None:
        """Set one part: a text of the editors, or a source with passage and remark."""
        if part["kind"] == "text":
            self._begin_text(20)
            self.text(part["html"])
            return
        self._begin_text(34)
        self.start_section(part["title"], level=1, strict=False)
        self.face(12.5, "B", BLUE)
        number = f" [{part['source']}]" if part["source"] else ""
        self.lines(part["title"] + number, 6.6, link=part["url"])
        self.face(9, colour=GREY)
        licence = [f"{self.words['licence']}: {part['licence']}"] if part["licence"] else []
        self.lines(" · ".join([*part["facts"], *licence]), 5)
        self.ln(1)
        if quoted := part["quote"] or part["passage"]:
            self._quoted(quoted)
        self.text(part["html"])
        self.ln(4)

    def _begin_text(self, needed: float) -> None:
        """Begin a page where too little room is left, so that no heading stands alone."""
        if self.get_y() + needed > self.h - MARGIN:
            self.add_page()

    def _new_page(self) -> None:
        """Begin a page unless this one is still empty."""
        if self.get_y() > MARGIN + 1:
            self.add_page()

    def _quoted(self, text: str) -> None:
        self._run(Block(reading.QUOTE, 1, runs=[reading.Run(text)]))

    def text(self, html: str) -> None:  # type: ignore[override]
        """Set a text of the editors."""
        for block in blocks(html, self.told["base"]):
            self._run(block)

    def _run(self, block: Block) -> None:
        """Set one block, word by word in its styles, between its own margins."""
        left, heading = self.l_margin, block.kind == reading.HEADING
        indent = block.level * INDENT if block.kind in (reading.ITEM, reading.QUOTE) else 0
        if heading:
            self._begin_text(24)
            self.ln(1.5)
        self.set_left_margin(left + indent)
        self.set_x(left + indent)
        if block.mark:
            self.face()
            self.set_x(left + indent - 5)
            self.write(LINE, f"{block.mark} ")
            self.set_x(max(self.get_x(), left + indent))
        quoted = block.kind == reading.QUOTE
        for run in block.runs:
            style = "B" if run.bold or heading else "I" if run.italic or quoted else ""
            self.face(11.5 if heading else SIZE, style, BLUE if run.link or heading else BLACK)
            self.write(LINE, run.text, run.link)
        self.set_left_margin(left)
        self.ln(LINE + (0.8 if block.kind == reading.ITEM else 2.4))

    def sources(self) -> None:
        """List the sources with their licences, and say how the dossier itself is cited."""
        if self.told["sources"]:
            self.chapter(self.words["sources"])
            for source in self.told["sources"]:
                self._source(source)
            self.ln(4)
            self._begin_text(40)
        else:
            self._new_page()
        self.start_section(self.words["cite"], level=0, strict=False)
        self.face(13, "B", BLUE)
        self.lines(self.words["cite"], 8)
        self.face(9.5)
        self.lines(self.told["cite"], 5.2)

    def _source(self, source: dict[str, Any]) -> None:
        told = f"[{source['number']}] {source['text']}"
        if source["licence"]:
            told += f" {self.words['licence']}: {source['licence']}."
        self.face(9.5)
        self.lines(told, 5.2)
        self.ln(1.6)
