"""Reads ODT into Markdown chapters: headings, paragraphs, lists, tables."""

from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile

from lxml import etree
from odfdo import Document as OpenDocument

from .chapters import Section
from .cleaning import clean_label
from .marking import escape, heading_block, table_block
from .refusals import Reason, Refusal

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
# Remarks and tracked deletions are not what the document says.
_SKIPPED = {f"{_OFFICE}annotation", f"{_TEXT}tracked-changes", f"{_TEXT}note"}
_CONTAINERS = {f"{_TEXT}section", f"{_TEXT}index-body", f"{_TEXT}table-of-content"}
_MAX_DEPTH = 20


def read(path: Path) -> tuple[str, list[Section]]:
    """Give the title of the file's properties and its sections."""
    try:
        document = OpenDocument(str(path))
        title = clean_label(document.meta.title or "")
        body = document.body._Element__element  # odfdo has no public door to the lxml element
        sections = list(_sections(body))
    except (
        BadZipFile,
        etree.LxmlError,
        KeyError,
        ValueError,
        AttributeError,
        TypeError,
        IndexError,
        OSError,
    ) as error:
        raise Refusal(Reason.BROKEN, "ODT") from error
    return title, sections


def _sections(body: etree._Element) -> Iterator[Section]:
    section = Section()
    for element in _flat(body):
        if element.tag == f"{_TEXT}h":
            heading = clean_label(_text(element))
            if not heading:
                continue
            if section.heading or section.blocks:
                yield section
            level = int(element.get(f"{_TEXT}outline-level") or 1)
            section = Section(heading, level, [heading_block(heading, level)])
        elif block := _block(element):
            section.blocks.append(block)
    if section.heading or section.blocks:
        yield section


def _flat(body: etree._Element, depth: int = 0) -> Iterator[etree._Element]:
    for element in body:
        if element.tag in _CONTAINERS and depth < _MAX_DEPTH:
            yield from _flat(element, depth + 1)
        else:
            yield element


def _block(element: etree._Element) -> str:
    if element.tag == f"{_TEXT}p":
        return escape(_text(element))
    if element.tag == f"{_TEXT}list":
        return "\n".join(_items(element))
    if element.tag == f"{_TABLE}table":
        return table_block(
            [_text(cell) for cell in row.iter(f"{_TABLE}table-cell")]
            for row in element.iter(f"{_TABLE}table-row")
        )
    return ""


def _items(element: etree._Element, depth: int = 0) -> Iterator[str]:
    for item in element.iter(f"{_TEXT}p", f"{_TEXT}h"):
        if text := escape(_text(item)).replace("\n", " "):
            yield f"- {text}"


def _text(element: etree._Element) -> str:
    parts: list[str] = []
    _collect(element, parts, 0)
    return "".join(parts)


def _collect(element: etree._Element, parts: list[str], depth: int) -> None:
    if element.tag in _SKIPPED or depth > 200:
        return
    if element.tag == f"{_TEXT}s":
        parts.append(" ")
    elif element.tag in (f"{_TEXT}tab", f"{_TEXT}line-break"):
        parts.append("\n" if element.tag.endswith("break") else " ")
    if element.text:
        parts.append(element.text)
    for child in element:
        if isinstance(child.tag, str):
            _collect(child, parts, depth + 1)
        if child.tail:
            parts.append(child.tail)
