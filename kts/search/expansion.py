"""What may stand in a text for each word of a query; the same for every engine.

A concept is one word that was asked for. Its variants are what counts as having found it, each with
a weight: the very word, its stem, a compound that contains it, the parts of a compound that was
asked for, a synonym. Index terms are the stem itself, ``=`` and the folded word, ``~`` and the stem
of a compound's part.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kts.search import german
from kts.search.german import EXACT, PART, Word
from kts.search.query import ParsedQuery, QueryWord

# Measured with benchmarks/relevance; see docs/search.md.
EXACT_WEIGHT = 0.3  # on top of the stem
STEM_WEIGHT = 1.0
PART_WEIGHT = 0.7  # "Beteiligung" finds "Bürgerbeteiligung"
SPLIT_WEIGHT = 0.3  # "Mitarbeiterschulung" finds "Schulung der Mitarbeiter"
SYNONYM_WEIGHT = 0.3
JOINED_WEIGHT = 1.0  # "Winter Dienst" finds "Winterdienst"
LOOSE_PART_WEIGHT = 0.5  # "Videosprechstunde" finds "Telesprechstunde", when little else is found
MOST_SYNONYMS = 12  # of one word, so that a long group stays cheap


@dataclass(frozen=True)
class Variant:
    """One way to have found a concept: of each group of terms, one must be in the text.

    A substitute (synonym) counts only where it gives more than the word itself, and leaves the
    word as rare as it is.
    """

    groups: tuple[tuple[str, ...], ...]
    weight: float
    substitute: bool = False

    @property
    def term(self) -> str | None:
        """Give the term where the variant is just one."""
        single = len(self.groups) == 1 and len(self.groups[0]) == 1
        return self.groups[0][0] if single else None


@dataclass
class Concept:
    """A word asked for, and everything that counts as it."""

    query_word: QueryWord
    variants: list[Variant] = field(default_factory=list)
    weight: float = 1.0

    @property
    def stems(self) -> frozenset[str]:
        """Give the stems whose words are to be marked in a passage."""
        return frozenset(
            term.lstrip(EXACT + PART)
            for variant in self.variants
            for group in variant.groups
            for term in group
            if not term.startswith(EXACT)
        )


class SynonymTable:
    """Groups of words of equal meaning, by the stems of their members."""

    def __init__(self, groups: Iterable[Sequence[str]] = ()) -> None:
        self._groups: dict[tuple[str, ...], list[tuple[Word, ...]]] = {}
        for group in groups:
            members = [tuple(_content(member)) for member in group]
            for member in members:
                others = [other for other in members if other != member and other]
                if member:
                    self._groups.setdefault(_stems(member), []).extend(others)
        self._longest = max((len(key) for key in self._groups), default=0)

    def of(self, words: Sequence[Word]) -> list[tuple[Word, ...]]:
        """Give the synonyms of a word or of several words in a row."""
        return self._groups.get(_stems(words), [])[:MOST_SYNONYMS]

    def longest(self) -> int:
        """Give the number of words of the longest member."""
        return self._longest


def expand(parsed: ParsedQuery, synonyms: SynonymTable) -> list[Concept]:
    """Make the concepts of a query, in its order."""
    concepts = [Concept(word, variants_of(word.word), word.weight) for word in parsed.words]
    _add_joined(concepts)
    _add_synonyms(concepts, synonyms)
    return concepts


def variants_of(word: Word) -> list[Variant]:
    """Give the ways to have found a single word, without synonyms."""
    variants = [
        Variant(((EXACT + word.exact,),), EXACT_WEIGHT),
        Variant(((word.stem,),), STEM_WEIGHT),
        Variant(((PART + word.stem,),), PART_WEIGHT),
    ]
    parts = [german.stem(part) for part in german.split(word.exact)]
    if len(parts) > 1:
        groups = tuple((part, PART + part) for part in dict.fromkeys(parts))
        variants.append(Variant(groups, SPLIT_WEIGHT))
    return variants


def loosened(concepts: Sequence[Concept]) -> list[Concept]:
    """Let each part of a compound that was asked for be found alone, as a word that may miss."""
    parts = [
        Concept(
            concept.query_word,
            [Variant(((part,),), STEM_WEIGHT), Variant(((PART + part,),), PART_WEIGHT)],
            concept.weight * LOOSE_PART_WEIGHT,
        )
        for concept in concepts
        for part in concept.query_word.word.parts
    ]
    return [*concepts, *parts]


def _add_joined(concepts: list[Concept]) -> None:
    """Let two neighbours also be found as one word."""
    for left, right in itertools.pairwise(concepts):
        joined = german.stem(left.query_word.word.exact + right.query_word.word.exact)
        variant = Variant(((joined, PART + joined),), JOINED_WEIGHT)
        left.variants.append(variant)
        right.variants.append(variant)


def _add_synonyms(concepts: list[Concept], synonyms: SynonymTable) -> None:
    for length in range(1, max(2, synonyms.longest()) + 1):
        for start in range(len(concepts) - length + 1):
            run = concepts[start : start + length]
            words = [concept.query_word.word for concept in run]
            for synonym in (*synonyms.of(words), *synonyms.of(_joined(words))):
                groups = tuple((word.stem, PART + word.stem) for word in synonym)
                for concept in run:
                    concept.variants.append(Variant(groups, SYNONYM_WEIGHT, substitute=True))


def _joined(words: Sequence[Word]) -> list[Word]:
    """Give several words as one ("Nah Verkehr"), for a table that knows them so."""
    return [german.analyse("".join(word.exact for word in words))] if len(words) > 1 else []


def _content(text: str) -> list[Word]:
    return [token.word for token in german.tokens(text) if not german.is_stop_word(token.word)]


def _stems(words: Sequence[Word]) -> tuple[str, ...]:
    return tuple(word.stem for word in words)
