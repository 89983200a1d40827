"""Reads Markdown and plain text into chapters."""

import re
from collections.abc import Iterator
from pathlib import Path

from .chapters import Section
from .cleaning import clean_characters, clean_label
from .refusals import Reason, Refusal

_FRONT_MATTER = re.compile(r"\A---\s*\n(.*?)\n(?:---|\.\.\.)\s*\n", re.S)
_FRONT_TITLE = re.compile(r"^title:\s*['\"]?(.+?)['\"]?\s*$", re.M | re.I)
_ATX = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_SETEXT = re.compile(r"^ {0,3}(=+|-+)\s*$")
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_IMAGE = re.compile(r"!\[([^\]\n]{0,500})\](?:\([^)\n]{0,2000}\)|\[[^\]\n]{0,200}\])")
_LINK = re.compile(r"(?<!!)\[([^\]\n]{0,500})\]\((?!https?://|mailto:)[^)\n]{0,2000}\)", re.I)
_INLINE = re.compile(r"[*_`]|\\(?=[^\w\s])")


def read_markdown(path: Path) -> tuple[str, list[Section]]:
    """Give the title (front matter or first heading) and the sections by headings."""
    text = decode(path)
    title = ""
    if front := _FRONT_MATTER.match(text):
        found = _FRONT_TITLE.search(front[1])
        title = clean_label(found[1]) if found else ""
        text = text[front.end() :]
    # Pictures and neighbouring files did not come with the text; their words did.
    text = _IMAGE.sub(lambda match: f"*{match[1]}*" if match[1].strip() else "", text)
    text = _LINK.sub(r"\1", text)
    sections = list(_markdown_sections(text))
    top = next((s.heading for s in sections if s.heading and s.level == 1), "")
    return title or top, sections


def read_text(path: Path) -> tuple[str, list[Section]]:
    """Give one section of paragraphs; the cut by size is done by :mod:`.chapters`."""
    blocks = [block.strip("\n") for block in re.split(r"\n[ \t]*\n+", decode(path))]
    return "", [Section(blocks=[block for block in blocks if block.strip()])]


def decode(path: Path) -> str:
    """Read UTF-8, UTF-16 with its mark, or what Windows wrote before that."""
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            return clean_characters(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise Refusal(Reason.BROKEN, "TXT")


def _with_code(text: str) -> Iterator[tuple[str, bool]]:
    """Give each line and whether it is code, where a # is no heading."""
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1][:3]
            yield line, True
        elif mark and mark[1].startswith(fence):
            fence = ""
            yield line, True
        else:
            yield line, bool(fence)


def _markdown_sections(text: str) -> Iterator[Section]:
    section = Section()
    block: list[str] = []

    def close_block() -> None:
        if any(line.strip() for line in block):
            section.blocks.append("\n".join(block).strip("\n"))
        block.clear()

    for line, code in _with_code(text):
        heading = None if code else _heading(line, block)
        if heading:
            close_block()
            if section.heading or section.blocks:
                yield section
            title, level = heading
            section = Section(title, level, [f"{'#' * level} {title}"])
        elif not line.strip() and not code:
            close_block()
        else:
            block.append(line.rstrip() + ("  " if line.endswith("  ") else ""))
    close_block()
    if section.heading or section.blocks:
        yield section


def _heading(line: str, block: list[str]) -> tuple[str, int] | None:
    if match := _ATX.match(line):
        title = clean_label(_INLINE.sub("", match[2]))
        return (title, len(match[1])) if title else None
    if len(block) == 1 and (match := _SETEXT.match(line)) and block[0].strip():
        if block[0].lstrip().startswith(("|", "-", "*", ">", "+")):
            return None
        title = clean_label(_INLINE.sub("", block[0]))
        block.clear()
        return title, 1 if match[1][0] == "=" else 2
    return None
