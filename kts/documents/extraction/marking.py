"""Writes Markdown from the parts of an office document; what people typed stays as typed."""

import re
from collections.abc import Iterable, Sequence

from .cleaning import clean_characters, clean_label, join_hyphenation, tidy

# What our Markdown takes a backslash before; before anything else it would be shown.
_SPECIAL = re.compile(r"([\\`*_{}\[\]>|~])")
_AT_START = re.compile(r"^(\s*)(#|[:=]|[+-](?=[\s-]|$)|\d+[.)](?=\s|$))", re.M)
MAX_TABLE_ROWS = 2_000
MAX_COLUMNS = 30


def escape(text: str) -> str:
    """Give the text so that Markdown shows it as it is."""
    text = tidy(join_hyphenation(clean_characters(text.replace("\t", " "))))
    text = re.sub(r"\n{2,}", "\n", text)
    text = _SPECIAL.sub(r"\\\1", text).replace("&", "&amp;").replace("<", "&lt;")
    return _AT_START.sub(_escape_start, text)


def _escape_start(match: re.Match[str]) -> str:
    mark = match[2]
    if mark in ":=":
        return f"{match[1]}&#{ord(mark)};"
    if mark[0].isdigit():
        return f"{match[1]}{mark[:-1]}\\{mark[-1]}"
    return f"{match[1]}\\{mark}"


def heading_block(heading: str, level: int) -> str:
    """Give the heading line; the page itself has the first level, so chapters begin lower."""
    return f"{'#' * min(6, max(1, level))} {escape(heading)}"


def table_block(rows: Iterable[Sequence[str]]) -> str:
    """Give a Markdown table whose first row is its head; an empty string for an empty table."""
    lines: list[list[str]] = []
    for number, row in enumerate(rows):
        if number >= MAX_TABLE_ROWS:
            break
        cells = [escape(clean_label(cell, 5_000)) for cell in row[:MAX_COLUMNS]]
        if any(cells):
            lines.append(cells)
    if not lines:
        return ""
    width = max(map(len, lines))
    if width == 1:
        return "\n\n".join(line[0] for line in lines)
    padded = [line + [""] * (width - len(line)) for line in lines]
    written = [f"| {' | '.join(line)} |" for line in padded]
    written.insert(1, "|" + " --- |" * width)
    return "\n".join(written)
