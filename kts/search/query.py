"""What someone typed, as words, phrases and exclusions; the same for every engine.

It refuses nothing: broken quotes close at the end, signs that mean nothing are dropped, and more
than ``MOST_WORDS`` words are cut, so that no input takes long.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kts.search import german
from kts.search.german import Word

LONGEST_QUERY = 1000  # characters; ten times a long question
MOST_WORDS = 24

_PIECE = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"?|(?P<plain>[^\s"]+))')
_QUOTES = str.maketrans("„“”«»‟", '""""""')


@dataclass(frozen=True)
class QueryWord:
    """A word of the query: as typed, analysed, and how much it counts (1 is normal)."""

    text: str
    word: Word
    weight: float = 1.0


@dataclass(frozen=True)
class ParsedQuery:
    """``words`` are those that a hit should have, in order; a phrase's words are among them.

    A phrase is its content words, each with its distance from the phrase's beginning.
    """

    words: tuple[QueryWord, ...] = ()
    phrases: tuple[tuple[tuple[int, Word], ...], ...] = ()
    excluded: tuple[Word, ...] = ()
    only_common: bool = False


WEAK_WEIGHT = 0.25


def parse(text: str) -> ParsedQuery:
    """Read a query; quotation marks make a phrase, a leading minus excludes a word."""
    words: list[QueryWord] = []
    phrases: list[tuple[tuple[int, Word], ...]] = []
    excluded: list[Word] = []
    text = text[:LONGEST_QUERY].translate(_QUOTES)
    for piece in _PIECE.finditer(text):
        found = _words(piece["phrase"] if piece["phrase"] is not None else piece["plain"])
        if piece["minus"]:
            excluded.extend(word.word for word in found)
            continue
        words.extend(found)
        if piece["phrase"] is not None and len(found) > 1:
            phrases.append(
                tuple(
                    (distance, word.word)
                    for distance, word in enumerate(found)
                    if not german.is_stop_word(word.word)
                )
            )
    return _without_ballast(words, phrases, excluded)


def _words(text: str) -> list[QueryWord]:
    return [QueryWord(text[token.start : token.end], token.word) for token in german.tokens(text)]


def _without_ballast(words, phrases, excluded) -> ParsedQuery:
    """Drop stop words (unless there is nothing else), let weak words count little."""
    content = [word for word in words if not german.is_stop_word(word.word)]
    only_common = bool(words) and not content
    content = content or words
    strong = [word for word in content if not german.is_weak_word(word.word)]
    kept: dict[str, QueryWord] = {}
    for word in content[:MOST_WORDS]:
        weak = len(strong) > 0 and german.is_weak_word(word.word)
        kept.setdefault(
            word.word.stem, QueryWord(word.text, word.word, WEAK_WEIGHT if weak else 1.0)
        )
    return ParsedQuery(
        tuple(kept.values()),
        tuple(phrase for phrase in phrases if phrase),
        tuple(word for word in excluded if not german.is_stop_word(word)),
        only_common,
    )
