"""Reads a saved web page: its main content as Markdown chapters, without what stands around it.

Only words are taken over, and written as Markdown that shows them as they are: nothing of the
page's own markup, addresses or programs gets further than this module.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree, html

from .chapters import Section
from .cleaning import clean_characters, clean_label
from .marking import escape, heading_block, table_block
from .plain import decode
from .refusals import Reason, Refusal

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.I)


# What is no text, and what stands on every page of a site.
def _tags(line: str) -> frozenset[str]:
    return frozenset(line.split())


_SKIPPED = _tags(
    "script style noscript template svg math canvas iframe object embed audio video picture img"
    " button select input textarea label nav aside dialog menu head"
)
# Head and foot of the page, but not of an article, where the title stands.
_SKIPPED_OUTSIDE = _tags("header footer")
_SKIPPED_ROLES = _tags("navigation banner contentinfo search complementary dialog menu menubar")
_BLOCKS = _tags(
    "address article blockquote body center dd details div dl dt fieldset figcaption figure footer"
    " form h1 h2 h3 h4 h5 h6 header hr li main ol p pre section summary table tbody td tfoot th"
    " thead tr ul"
)
_MAIN = "//main | //*[@role='main'] | //article | //*[@id='content' or @id='main-content']"
# An article shorter than this is a teaser; then the whole page is taken.
MIN_MAIN = 200
MAX_DEPTH = 200


def read(path: Path) -> tuple[str, list[Section]]:
    """Give the title of the page and its sections by headings."""
    try:
        parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        root = html.document_fromstring(_text(path).encode("utf-8", "ignore"), parser=parser)
        sections = list(_sections(_main(root)))
        title = clean_label(root.findtext(".//title") or "")
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise Refusal(Reason.BROKEN, "HTML") from error
    top = next((s.heading for s in sections if s.heading and s.level == 1), "")
    return title or top, sections


def _text(path: Path) -> str:
    data = path.read_bytes()
    declared = _CHARSET.search(data[:4096])
    if declared and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        try:
            return clean_characters(data.decode(declared[1].decode("ascii")))
        except (LookupError, UnicodeDecodeError):
            pass  # many pages say something else than they are
    return decode(path)


def _main(root: html.HtmlElement) -> html.HtmlElement:
    """Give the part of the page that says of itself that it is the content."""
    body = root.find("body")
    whole = root if body is None else body
    candidates = [element for element in root.xpath(_MAIN) if not _is_skipped(element)]
    largest = max(candidates, key=_length, default=whole)
    return largest if _length(largest) >= MIN_MAIN else whole


def _length(element: html.HtmlElement) -> int:
    return sum(map(len, element.itertext()))


def _is_skipped(element: html.HtmlElement) -> bool:
    if not isinstance(element.tag, str) or element.tag in _SKIPPED:
        return True
    if element.tag in _SKIPPED_OUTSIDE:
        return next(element.iterancestors("article", "main"), None) is None
    hidden = element.get("hidden") is not None or element.get("aria-hidden") == "true"
    return hidden or (element.get("role") or "").lower() in _SKIPPED_ROLES


def _sections(main: html.HtmlElement) -> Iterator[Section]:
    section = Section()
    for kind, text in _blocks(main):
        if kind.startswith("h") and kind != "hr":
            heading, level = clean_label(text), int(kind[1])
            if not heading:
                continue
            if section.heading or section.blocks:
                yield section
            section = Section(heading, level, [heading_block(heading, level)])
        elif kind == "li" and section.blocks and section.blocks[-1].startswith("- "):
            section.blocks[-1] += f"\n{text}"
        else:
            section.blocks.append(text)
    if section.heading or section.blocks:
        yield section


def _blocks(
    element: html.HtmlElement, depth: int = 0, around: str = "p"
) -> Iterator[tuple[str, str]]:
    """Give each paragraph, heading, list item and table, in order, with its kind."""
    run: list[str] = [element.text or ""]
    kind = element.tag if element.tag in ("li", "blockquote") else around
    for child in element:
        if isinstance(child.tag, str) and not _is_skipped(child):
            if child.tag not in _BLOCKS and not _holds_blocks(child):
                run.append(_inline(child))
            elif depth < MAX_DEPTH:
                yield from _paragraph(kind, run)
                run = []
                yield from _block(child, depth, kind)
        run.append(child.tail or "")
    yield from _paragraph(kind, run)


def _block(element: html.HtmlElement, depth: int, around: str) -> Iterator[tuple[str, str]]:
    if element.tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
        yield element.tag, _inline(element)
    elif element.tag == "table" and element.find(".//table") is None:
        rows = (
            [_inline(cell) for cell in row.iterchildren("td", "th")] for row in element.iter("tr")
        )
        if table := table_block(rows):
            yield "table", table
    elif element.tag == "pre":
        yield from _paragraph("p", [_inline(element)])
    else:
        yield from _blocks(element, depth + 1, around)


def _holds_blocks(element: html.HtmlElement) -> bool:
    return any(child.tag in _BLOCKS for child in element.iterdescendants())


def _paragraph(kind: str, run: list[str]) -> Iterator[tuple[str, str]]:
    text = escape(" ".join("".join(run).split()))
    if text:
        yield kind, f"- {text}" if kind == "li" else f"> {text}" if kind == "blockquote" else text


def _inline(element: html.HtmlElement) -> str:
    """Give the words of an element, without those of what is skipped inside it."""
    parts: list[str] = []
    skipped = 0
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            skipped += _is_skipped(node)
            if not skipped:
                parts.append(" " if node.tag in ("br", "td", "th", "p", "li", "div") else "")
                parts.append(node.text or "")
        else:
            skipped -= _is_skipped(node)
            if not skipped and node is not element:
                parts.append(node.tail or "")
    return "".join(parts)
