"""Cuts the Markdown of a sample document into blocks that every file format can show.

Only what the samples use: headings, paragraphs, lists and tables, with bold and italic words.
The platform's own Markdown is ``core.text``; this one exists because PDF, DOCX and ODT are made
of blocks and not of HTML.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MARKS = re.compile(r"\*+")
_BOLD = re.compile(r"\*\*(.+?)\*\*")


@dataclass(frozen=True)
class Heading:
    """The title of a chapter."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """Running text, Markdown marks included."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """A list without numbers."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table; the first row has the names of the columns."""

    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Bullets | Grid


def blocks(markdown: str) -> Iterator[Block]:
    """Give the blocks in order."""
    for piece in re.split(r"\n\s*\n", markdown.strip()):
        lines = piece.strip().splitlines()
        if piece.startswith("# "):
            yield Heading(lines[0][2:].strip())
        elif all(line.startswith("|") for line in lines):
            rows = [line.strip("| ").split("|") for line in lines if not line.startswith("|--")]
            yield Grid(tuple(tuple(cell.strip() for cell in row) for row in rows))
        elif all(line.startswith("- ") for line in lines):
            yield Bullets(tuple(line[2:] for line in lines))
        else:
            yield Paragraph(" ".join(lines))


def plain(text: str) -> str:
    """Give the text without marks."""
    return _MARKS.sub("", text)


def runs(text: str) -> Iterator[tuple[str, bool]]:
    """Give the pieces of a text and whether each is bold."""
    for number, piece in enumerate(_BOLD.split(text)):
        if piece:
            yield plain(piece), number % 2 == 1
