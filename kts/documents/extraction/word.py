"""Reads DOCX into Markdown chapters: headings, paragraphs, lists, tables."""

import re
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml.etree import LxmlError

from .chapters import Section
from .cleaning import clean_label
from .marking import escape, heading_block, table_block
from .refusals import Reason, Refusal

_HEADING = re.compile(r"^(?:heading|überschrift)\s*(\d)$", re.I)
_LIST = re.compile(r"^(?:list|liste|aufzählung|bullet)", re.I)
_NUMBERED = re.compile(r"number|numerier|nummerier", re.I)


def read(path: Path) -> tuple[str, list[Section]]:
    """Give the title of the file's properties and its sections."""
    try:
        document = docx.Document(str(path))
        title = clean_label(document.core_properties.title or "")
        sections = list(_sections(document))
    except (
        PackageNotFoundError,
        BadZipFile,
        LxmlError,
        KeyError,
        ValueError,
        AttributeError,
        IndexError,
        NotImplementedError,
        OSError,
    ) as error:
        raise Refusal(Reason.BROKEN, "DOCX") from error
    return title, sections


def _sections(document: WordDocument) -> Iterator[Section]:
    section = Section()
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            rows = ([cell.text for cell in row.cells] for row in item.rows)
            if block := table_block(rows):
                section.blocks.append(block)
            continue
        level = _level(item)
        if level and item.text.strip():
            if section.heading or section.blocks:
                yield section
            heading = clean_label(item.text)
            section = Section(heading, level, [heading_block(heading, level)])
        elif block := _block(item):
            _append(section.blocks, block)
    if section.heading or section.blocks:
        yield section


def _style(paragraph: Paragraph) -> str:
    style = paragraph.style
    return (style.name or "") if style is not None else ""


def _level(paragraph: Paragraph) -> int:
    style = _style(paragraph)
    if style in ("Title", "Titel"):
        return 1
    match = _HEADING.match(style)
    return int(match[1]) if match else 0


def _block(paragraph: Paragraph) -> str:
    text = escape(paragraph.text)
    if not text:
        return ""
    properties = paragraph._p.pPr
    numbered = properties is not None and properties.numPr is not None
    style = _style(paragraph)
    if numbered or _LIST.match(style):
        return f"1. {text}" if _NUMBERED.search(style) else f"- {text}"
    return text


def _append(blocks: list[str], block: str) -> None:
    """Keep the items of one list together: apart they would become a list each."""
    mark = block[:2]
    if blocks and mark in ("- ", "1.") and blocks[-1].startswith(mark):
        blocks[-1] += "\n" + block
    else:
        blocks.append(block)
