"""What someone typed, as words, phrases and exclusions; the same for every engine.

It refuses nothing: broken quotes close at the end, signs that mean nothing are dropped, and more
than ``MOST_WORDS`` words are cut, so that no input takes long. Operators such as ``kommune:`` are
taken out before (``asked``).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from kts.search import german
from kts.search.german import Word

LONGEST_QUERY = 1000  # characters; ten times a long question
MOST_WORDS = 24

_PIECE = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"?|(?P<plain>[^\s"]+))')
_SIGNS = str.maketrans("„“”«»‟＂″−：", '""""""""-:')


@dataclass(frozen=True)
class QueryWord:
    """A word of the query: as typed, analysed, and how much it counts (1 is normal)."""

    text: str
    word: Word
    weight: float = 1.0


Phrase = tuple[tuple[int, Word], ...]


@dataclass(frozen=True)
class ParsedQuery:
    """``words`` are those that a hit should have, in order; a phrase's words are among them.

    A phrase is its content words, each with its distance from the phrase's beginning. What holds
    an excluded word, or an excluded phrase as a whole, is no hit.
    """

    words: tuple[QueryWord, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    excluded: tuple[Word, ...] = ()
    excluded_phrases: tuple[Phrase, ...] = ()
    only_common: bool = False


WEAK_WEIGHT = 0.25
SMALL_WEIGHT = 0.8  # of a question's verbs and adjectives: the answer has other ones sooner


def tidy(text: str) -> str:
    """Give what was typed in one spelling: composed letters, plain signs, nothing invisible.

    A text copied from a PDF holds soft hyphens, one from a Mac parted umlauts.
    """
    text = unicodedata.normalize("NFC", text[:LONGEST_QUERY].translate(_SIGNS))
    seen = "".join(map(_visible, text))
    return " ".join(seen.split())


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cf":  # soft hyphens, zero-width joiners, marks of direction
        return ""
    return " " if category in ("Cc", "Cs") else char


def parse(text: str) -> ParsedQuery:
    """Read a query; quotation marks make a phrase, a leading minus excludes what follows."""
    words: list[QueryWord] = []
    phrases: list[Phrase] = []
    excluded: list[Word] = []
    excluded_phrases: list[Phrase] = []
    text = tidy(text)
    for piece in _PIECE.finditer(text):
        found = _words(piece["phrase"] if piece["phrase"] is not None else piece["plain"])
        phrase = _phrase(found)
        is_phrase = piece["phrase"] is not None and len(found) > 1
        if not piece["minus"]:
            words.extend(found)
            phrases.extend([phrase] if is_phrase else [])
        elif is_phrase and len(phrase) > 1:
            excluded_phrases.append(phrase)
        else:
            excluded.extend(word.word for word in found)
    parsed = _without_ballast(words, phrases, excluded, excluded_phrases)
    return _led_by_nouns(parsed) if text.endswith("?") else parsed


def _led_by_nouns(parsed: ParsedQuery) -> ParsedQuery:
    """Let what is written small count less, in a question that writes nouns with capitals."""
    if not any(word.text[0].isupper() for word in parsed.words):
        return parsed
    words = tuple(
        replace(word, weight=word.weight * SMALL_WEIGHT) if word.text[0].islower() else word
        for word in parsed.words
    )
    return replace(parsed, words=words)


def _phrase(words: list[QueryWord]) -> Phrase:
    return tuple(
        (distance, word.word)
        for distance, word in enumerate(words)
        if not german.is_stop_word(word.word)
    )


def _words(text: str) -> list[QueryWord]:
    return [QueryWord(text[token.start : token.end], token.word) for token in german.tokens(text)]


def _without_ballast(
    words: list[QueryWord],
    phrases: list[Phrase],
    excluded: list[Word],
    excluded_phrases: list[Phrase],
) -> ParsedQuery:
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
        tuple(phrase for phrase in phrases if phrase)[:MOST_WORDS],
        tuple(word for word in excluded if not german.is_stop_word(word))[:MOST_WORDS],
        tuple(excluded_phrases)[:MOST_WORDS],
        only_common,
    )
