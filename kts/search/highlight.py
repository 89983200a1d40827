"""The passage of a text that shows why it was found, with the words marked.

It marks whole original words: inflected, as part of a compound, folded or not. What it gives is
safe HTML: everything but its own ``<mark>`` is escaped.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from markupsafe import Markup, escape

from kts.search import german
from kts.search.german import Token

SNIPPET_LENGTH = 260  # characters; about three lines on a wide page
LONGEST_TEXT = 60_000  # of a text that is looked through; a page has about 3,000
_SENTENCE_END = ".!?\n"
LEAD = 70  # how far before the first word found a sentence's beginning is looked for


def mark(text: str, stems: Collection[str]) -> Markup:
    """Mark the words found in a short text such as a title."""
    return _marked(text, 0, len(text), _found(text, stems))


def holds(text: str, stems: Collection[str]) -> bool:
    """Say whether there is a word to mark."""
    return bool(_found(text[:LONGEST_TEXT], stems))


def snippet(text: str, groups: Sequence[Collection[str]], length: int = SNIPPET_LENGTH) -> Markup:
    """Give the passage with most of the words asked for; ``groups`` are the stems of each word."""
    text = text[:LONGEST_TEXT]
    stems = frozenset().union(*groups)
    found = _found(text, stems)
    if not found:
        return _shown(text, 0, _end(text, length), [])
    first, last = _best_window(found, groups, length)
    start = _start(text, found[first].start, found[last].end, length)
    end = _end(text, start + length)
    if end - start < length - LEAD:  # the text ends soon, so show more of what is before
        start = _beginning(text, max(0, end - length), start)
    return _shown(text, start, end, found)


def _found(text: str, stems: Collection[str]) -> list[Token]:
    found: list[Token] = []
    before: Token | None = None
    for token in german.tokens(text):
        if before is not None and german.hyphenated(text, before, token) in stems:
            if found[-1:] != [before]:
                found.append(before)
            found.append(token)
        elif _is_found(token, stems):
            found.append(token)
        before = token
    return found


def _is_found(token: Token, stems: Collection[str]) -> bool:
    word = token.word
    if word.stem in stems or any(part in stems for part in word.parts):
        return not german.is_stop_word(word)
    return False


def _best_window(found: list[Token], groups: Sequence[Collection[str]], length: int):
    """Give the first and last word of the run that covers most groups, then most words."""
    covered = [_covers(token, groups) for token in found]
    best, best_value = (0, 0), (-1.0, 0)
    for first, token in enumerate(found):
        last = first
        seen = set(covered[first])
        while last + 1 < len(found) and found[last + 1].end - token.start <= length - LEAD:
            last += 1
            seen |= covered[last]
        value = (float(len(seen)), last - first)
        if value > best_value:
            best, best_value = (first, last), value
    return best


def _covers(token: Token, groups: Sequence[Collection[str]]) -> set[int]:
    names = {token.word.stem, *token.word.parts}
    return {number for number, group in enumerate(groups) if not names.isdisjoint(group)}


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


def _shown(text: str, start: int, end: int, found: list[Token]) -> Markup:
    while start < end and text[start].isspace():
        start += 1
    before = Markup("… ") if text[:start].strip() else Markup("")
    after = Markup(" …") if end < len(text.rstrip()) else Markup("")
    return before + _marked(text, start, end, found) + after


def _marked(text: str, start: int, end: int, found: list[Token]) -> Markup:
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
