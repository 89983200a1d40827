"""The passage of a text that shows why it was found, with the words marked.

It marks whole original words: inflected, as part of a compound, folded or not. What it gives is
safe HTML: everything but its own ``<mark>`` is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from kts.search import german

SNIPPET_LENGTH = 260  # characters; about three lines on a wide page
LONGEST_TEXT = 60_000  # of a text that is looked through; a page has about 3,000
_SENTENCE_END = ".!?\n"
LEAD = 70  # how far before the first word found a sentence's beginning is looked for


class Span(NamedTuple):
    """A word in a text: where it stands, in characters."""

    start: int
    end: int
    word: str


class Marker:
    """Marks the words of a question in many texts; each different word is looked at once."""

    def __init__(self, groups: Sequence[Collection[str]]) -> None:
        self._stems: frozenset[str] = frozenset().union(*groups)
        self._groups = groups
        self._covered: dict[str, frozenset[int] | None] = {}

    def mark(self, text: str) -> Markup:
        """Mark the words found in a short text such as a title."""
        return _marked(text, 0, len(text), self._found(text))

    def holds(self, text: str) -> bool:
        """Say whether there is a word to mark."""
        return bool(self._found(text[:LONGEST_TEXT]))

    def snippet(self, text: str, length: int = SNIPPET_LENGTH) -> Markup:
        """Give the passage with most of the words asked for."""
        text = text[:LONGEST_TEXT]
        found = self._found(text)
        if not found:
            return _shown(text, 0, _end(text, length), [])
        first, last = self._best_window(found, length)
        start = _start(text, found[first].start, found[last].end, length)
        end = _end(text, start + length)
        if end - start < length - LEAD:  # the text ends soon, so show more of what is before
            start = _beginning(text, max(0, end - length), start)
        return _shown(text, start, end, found)

    def _found(self, text: str) -> list[Span]:
        """Give the words to mark; of two joined by a hyphen both, where they count as one."""
        found: list[Span] = []
        covered = self._covered
        before: re.Match[str] | None = None
        for match in german.words(text):
            word = match.group()
            if word not in covered:
                covered[word] = self._look_at(word)
            start = match.start()
            if (
                start
                and text[start - 1] == "-"
                and before is not None
                and self._join(before, match)
            ):
                if not found or found[-1].start != before.start():
                    found.append(Span(before.start(), before.end(), before.group()))
                found.append(Span(start, match.end(), word))
            elif covered[word] is not None:
                found.append(Span(start, match.end(), word))
            before = match
        return found

    def _join(self, before: re.Match[str], match: re.Match[str]) -> bool:
        """Say whether two words with only a hyphen between them are one that was asked for."""
        follows = before.end() + 1 == match.start()
        return follows and german.joined(before.group(), match.group()) in self._stems

    def _look_at(self, text: str) -> frozenset[int] | None:
        """Give the groups that a word belongs to; None where it is not to be marked."""
        word = german.analyse_for(text, self._stems)
        if word is None or not word.terms:
            return None
        names = {word.stem, *word.parts}
        if names.isdisjoint(self._stems):
            return None
        return frozenset(n for n, group in enumerate(self._groups) if not names.isdisjoint(group))

    def _best_window(self, found: list[Span], length: int) -> tuple[int, int]:
        """Give the first and last word of the run that covers most groups, then most words."""
        nothing: frozenset[int] = frozenset()
        covered = [self._covered[span.word] or nothing for span in found]
        best, best_value = (0, 0), (-1, 0)
        for first, span in enumerate(found):
            last = first
            seen = set(covered[first])
            while last + 1 < len(found) and found[last + 1].end - span.start <= length - LEAD:
                last += 1
                seen |= covered[last]
            value = (len(seen), last - first)
            if value > best_value:
                best, best_value = (first, last), value
        return best


def mark(text: str, stems: Collection[str]) -> Markup:
    """Mark the words found in a short text such as a title."""
    return Marker([stems]).mark(text)


def holds(text: str, stems: Collection[str]) -> bool:
    """Say whether there is a word to mark."""
    return Marker([stems]).holds(text)


def snippet(text: str, groups: Sequence[Collection[str]], length: int = SNIPPET_LENGTH) -> Markup:
    """Give the passage with most of the words asked for; ``groups`` are the stems of each word."""
    return Marker(groups).snippet(text, length)


def _start(text: str, first: int, last: int, length: int) -> int:
    """Begin at the sentence, else at a word, with room for the words found."""
    earliest = max(0, min(first - LEAD, last - length))
    earliest = max(0, first - LEAD) if last - first < length - LEAD else earliest
    return _beginning(text, earliest, first)


def _beginning(text: str, earliest: int, latest: int) -> int:
    """Give the first beginning of a sentence between the two, else of a word."""
    for position in range(earliest, latest):
        if position == 0 or (text[position - 1] in _SENTENCE_END and text[position].isspace()):
            return position
    space = text.find(" ", earliest, latest)
    return space + 1 if space >= 0 else latest


def _end(text: str, position: int) -> int:
    if position >= len(text):
        return len(text)
    space = text.rfind(" ", max(0, position - 40), position)
    return space if space > 0 else position


def _shown(text: str, start: int, end: int, found: list[Span]) -> Markup:
    while start < end and text[start].isspace():
        start += 1
    before = Markup("… ") if text[:start].strip() else Markup("")
    after = Markup(" …") if end < len(text.rstrip()) else Markup("")
    return before + _marked(text, start, end, found) + after


def _marked(text: str, start: int, end: int, found: list[Span]) -> Markup:
    out = Markup("")
    position = start
    for token in found:
        if token.start < position or token.end > end:
            continue
        out += _plain(text[position : token.start])
        out += Markup("<mark>{}</mark>").format(text[token.start : token.end])
        position = token.end
    return out + _plain(text[position:end])


def _plain(text: str) -> Markup:
    """Escape, and show a paragraph's end as a space."""
    lead = " " if text[:1].isspace() else ""
    tail = " " if text.strip() and text[-1:].isspace() else ""
    return escape(lead + " ".join(text.split()) + tail)
