"""Cuts formats without pages into chapters that can be linked, quoted and found.

A chapter is what a page is elsewhere: small enough that a hit in it answers the question, large
enough to be read. The cuts follow headings; a long stretch without headings is cut at the end of
a paragraph. The same file always gives the same chapters, so links to them stay valid.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

# Headings down to this depth begin a chapter: deeper ones are paragraphs with a title.
CHAPTER_LEVEL = 3
# A heading with fewer characters below it is kept together with what follows.
MIN_CHAPTER = 400
# A first-level heading begins a chapter of its own unless only a title stands before it.
MIN_BEFORE_TOP_LEVEL = 80
# Beyond this a chapter is cut at the next paragraph end: about two printed pages.
MAX_CHAPTER = 7_000
# Where one paragraph alone is longer than that, it is cut at a sentence or a space.
HARD_LIMIT = 9_000


@dataclass
class Section:
    """A heading (none before the first) and the blocks below it."""

    heading: str = ""
    level: int = 0
    blocks: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Count the characters below the heading, the heading's own line included."""
        return sum(len(block) for block in self.blocks)


@dataclass
class Chapter:
    """``text`` contains the headings too, so that they are read and found in place."""

    heading: str
    text: str


def cut(sections: Iterable[Section]) -> Iterator[Chapter]:
    """Give the chapters in order; sections without any text are kept with the next one."""
    for group in _grouped(section for section in sections if section.heading or section.size):
        yield from _split(_title(group), [block for s in group for block in s.blocks])


def _grouped(sections: Iterable[Section]) -> Iterator[list[Section]]:
    group: list[Section] = []
    size = 0
    for section in sections:
        begins = 0 < section.level <= CHAPTER_LEVEL or size > MAX_CHAPTER
        enough = MIN_BEFORE_TOP_LEVEL if section.level == 1 else MIN_CHAPTER
        if group and begins and size >= enough:
            yield group
            group, size = [], 0
        group.append(section)
        size += section.size
    if group:
        yield group


def _title(group: list[Section]) -> str:
    """The heading of the section that holds most of the text."""
    titled = [section for section in group if section.heading]
    return max(titled, key=lambda section: section.size).heading if titled else ""


def _split(heading: str, blocks: list[str]) -> Iterator[Chapter]:
    part: list[str] = []
    size = 0
    for block in _bounded(blocks):
        if part and size + len(block) > MAX_CHAPTER:
            yield Chapter(heading, "\n\n".join(part))
            part, size = [], 0
        part.append(block)
        size += len(block)
    if part:
        yield Chapter(heading, "\n\n".join(part))


def _bounded(blocks: Iterable[str]) -> Iterator[str]:
    for block in blocks:
        while len(block) > HARD_LIMIT:
            end = _good_end(block)
            yield block[:end].rstrip()
            block = block[end:].lstrip()
        if block:
            yield block


def _good_end(block: str) -> int:
    for mark in ("\n", ". ", " "):
        end = block.rfind(mark, MAX_CHAPTER // 2, MAX_CHAPTER)
        if end > 0:
            return end + len(mark)
    return MAX_CHAPTER
