"""Cuts the pages of a version into sentences, so that two versions can be laid beside each other.

A sentence is the unit because it survives what a new layout does to a text: paragraphs that are
joined or divided, chapters that are split, lines that break elsewhere. Running heads and page
numbers are left out, a sentence that goes on overleaf is put together. Where a sentence ends need
not be right, only the same in both versions, so abbreviations are not looked up.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from zlib import crc32

EDGE_LINES = 2  # at the top and the foot of a page that may be running heads
LONGEST_HEAD = 120  # characters of a running head
HEAD_REPEATS = 3  # pages on which the same line makes it one
LONGEST_TITLE = 80  # characters; what is longer and has no full stop goes on overleaf
LONGEST_SENTENCE = 600  # characters; what is longer is a table, and is cut at its lines
WORDS_OF_A_PIECE, LONGEST_PIECE = 16, 80  # of a table without lines: usually, and at most

_PAGE_NUMBER = re.compile(
    r"\W*(?:seite|page|s\.|p\.)?\s*\d{1,4}(?:\s*(?:von|of|/)\s*\d+)?\W*", re.I
)
_SENTENCE_END = re.compile(r"""(?:(?<=\w\w[.!?])|(?<=[.!?]["”“»)]))\s+(?=["„»(]?[A-ZÄÖÜ])""")
_BULLET = re.compile(r"\n(?=(?:[•·▪■●○‣–-]|\(?\d{1,2}[.)])\s)")
_INNER_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010\u2011]\n?(?=[^\W\d_])")
_WORD = re.compile(r"(?<!\w)[-−]\d+|[^\W_]+|[%€$§]")
_FINISHED = tuple('.!?:;"”“»)')


@dataclass(frozen=True)
class PageText:
    """What is needed of a page: its number, the heading it stands under, its text."""

    number: int
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it stands, the words it is compared by, and where it stands."""

    text: str
    words: tuple[str, ...]
    page: int
    paragraph: int
    chapter: int


@dataclass
class Cut:
    """A version as sentences in order; ``chapters`` are the headings that they stand under."""

    sentences: list[Sentence] = field(default_factory=list)
    chapters: list[str] = field(default_factory=list)


def words_of(text: str) -> tuple[str, ...]:
    """Give the words without case, punctuation and hyphens inside of words."""
    return tuple(_WORD.findall(_INNER_HYPHEN.sub("", text).casefold()))


def cut(
    pages: Sequence[PageText], *, has_layout: bool = True, lines_are_paragraphs: bool = False
) -> Cut:
    """Cut all pages.

    Without a layout (DOCX, Markdown) there are no running heads, nothing goes on overleaf, and what
    is called a page is a chapter. ``lines_are_paragraphs`` where the text was made from Markdown.
    """
    found = Cut()
    heads = _repeated_edges(pages) if has_layout else None
    blocks = [
        (page, block)
        for page in pages
        for block in _blocks(_without_heads(page, heads), lines_are_paragraphs)
    ]
    if has_layout:
        blocks = _joined(blocks)
    beginnings = _chapter_beginnings(blocks, has_layout)
    for paragraph, (page, block) in enumerate(blocks):
        if paragraph in beginnings or not found.chapters:
            found.chapters.append(beginnings.get(paragraph, ""))
        found.sentences.extend(
            Sentence(" ".join(text.split()), words, page.number, paragraph, len(found.chapters) - 1)
            for text in _sentences(block)
            if (words := words_of(text))
        )
    return found


def _chapter_beginnings(blocks: Sequence[tuple[PageText, str]], has_layout: bool) -> dict[int, str]:
    """Give the paragraphs that begin a chapter: its heading in the text, else the page's top."""
    beginnings: dict[int, str] = {}
    before = ""
    numbered = enumerate(blocks)
    for _number, group in groupby(numbered, key=lambda entry: entry[1][0].number):
        on_page = list(group)
        heading = on_page[0][1][0].heading
        if heading and heading != before:
            words = words_of(heading)
            at_heading = (
                n
                for n, (_, text) in on_page
                if has_layout and words_of(text)[: len(words)] == words
            )
            beginnings[next(at_heading, on_page[0][0])] = before = heading
    return beginnings


def _repeated_edges(pages: Sequence[PageText]) -> frozenset[str]:
    seen: Counter[str] = Counter()
    for page in pages:
        lines = [line for line in page.text.split("\n") if line.strip()]
        edges = (*lines[:EDGE_LINES], *lines[-EDGE_LINES:])
        seen.update({pattern for line in edges for pattern in _patterns(line, page.number)})
    return frozenset(pattern for pattern, count in seen.items() if count >= HEAD_REPEATS)


def _patterns(line: str, page: int) -> set[str]:
    """Give the line, and the line with its first or last number told by its distance to the page's.

    So "Strategie 2030 | Seite 12" is the same line on every page.
    """
    line = " ".join(line.split()).casefold()
    numbers = list(re.finditer(r"\d{1,4}", line))
    ends = {match.span(): match for match in (*numbers[:1], *numbers[-1:])}.values()
    return {line} | {
        f"{line[: found.start()]}#{int(found[0]) - page}#{line[found.end() :]}" for found in ends
    }


def _without_heads(page: PageText, heads: frozenset[str] | None) -> str:
    if heads is None:
        return page.text
    lines = page.text.split("\n")
    for step in (1, -1):
        lines = lines[::step]
        for _ in range(EDGE_LINES):
            first = next((n for n, line in enumerate(lines) if line.strip()), None)
            if first is None or not _is_head(lines[first], page.number, heads):
                break
            del lines[: first + 1]
        lines = lines[::step]
    return "\n".join(lines)


def _is_head(line: str, page: int, heads: frozenset[str]) -> bool:
    if len(line) > LONGEST_HEAD:
        return False
    return bool(_PAGE_NUMBER.fullmatch(line)) or not heads.isdisjoint(_patterns(line, page))


def _blocks(text: str, lines_are_paragraphs: bool) -> Iterator[str]:
    pattern = r"\n+" if lines_are_paragraphs else r"\n[ \t]*\n+"
    for block in re.split(pattern, text):
        yield from (part.strip() for part in _BULLET.split(block) if part.strip())


def _joined(blocks: Sequence[tuple[PageText, str]]) -> list[tuple[PageText, str]]:
    """Put a paragraph together that goes on overleaf; it belongs to the page it begins on."""
    joined: list[tuple[PageText, list[str]]] = [(page, [block]) for page, block in blocks[:1]]
    for (before, text), (page, block) in pairwise(blocks):
        parts = joined[-1][1]
        goes_on = block[:1].islower() or sum(map(len, parts)) > LONGEST_TITLE
        if page is before or not goes_on or text.endswith(_FINISHED):
            joined.append((page, [block]))
        elif text.endswith("-"):
            parts[-1] = parts[-1][:-1]
            parts.append(block)
        else:
            parts += [" ", block]
    return [(page, "".join(parts)) for page, parts in joined]


def _sentences(block: str) -> Iterable[str]:
    for sentence in _SENTENCE_END.split(block):
        if len(sentence) <= LONGEST_SENTENCE:
            yield sentence
            continue
        for line in sentence.split("\n"):
            yield from _pieces(line) if len(line) > LONGEST_SENTENCE else (line,)


def _pieces(line: str) -> Iterator[str]:
    """Cut a table without lines where its own words say so, not by counting.

    So both versions are cut at the same places, whatever was put in before. Without it such a
    table is one sentence, and to compare two of them takes the square of their words.
    """
    piece: list[str] = []
    for word in line.split():
        piece.append(word)
        if (
            crc32(word.encode("utf-8", "replace")) % WORDS_OF_A_PIECE == 0
            or len(piece) >= LONGEST_PIECE
        ):
            yield " ".join(piece)
            piece = []
    if piece:
        yield " ".join(piece)
