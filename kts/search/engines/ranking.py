"""Which documents match a query how well: BM25F over concepts, on postings as arrays.

All variants of a word asked for (inflected, in a compound, synonym) count as one word, documents
that hold more of the words come first, and words that stand together count more. Only documents
that the viewer may see are ever counted, in statistics too. The weights were measured with
benchmarks/relevance; see docs/search.md.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from kts.search import german
from kts.search.engines.columns import Array
from kts.search.engines.views import Audience, View
from kts.search.expansion import Concept, Variant
from kts.search.german import EXACT, PART, Word
from kts.search.query import Phrase


class Counts(NamedTuple):
    """Documents in ascending order, and the weighted number of occurrences in each."""

    docs: Array
    counts: Array


NOTHING = Counts(np.empty(0, np.int64), np.empty(0, np.float64))


@dataclass(frozen=True)
class Weights:
    """What a match counts; ``length`` is BM25's b, 0 means that long texts are no worse."""

    saturation: float = 1.2  # BM25's k1
    fields: tuple[tuple[str, float, float], ...] = (  # name, weight, length
        ("body", 1.0, 0.6),
        ("heading", 2.0, 0.4),
        ("title", 2.0, 0.4),
    )
    coverage: float = 1.0  # exponent: how much a missing word costs
    nearness: float = 0.6
    near: float = 4.0  # words between two words at which nearness counts half
    looked_at_closely: int = 20  # documents for which the words' places are read
    superseded: float = 0.5  # of the score of a newer version's page


WEIGHTS = Weights()
REQUIRED_FROM = 0.6  # of a concept's weight; weak words and loosened parts weigh less
PLACE_BITS = 20  # a place in a text and the length of a phrase fit
LONGEST_PHRASE = 4_096  # words; a query of a thousand characters has fewer
LONGEST_LOOKED_AT = 60_000  # characters of a text in which nearness is looked for


@dataclass
class Matches:
    """Documents found, ascending: their scores, which concepts each holds, and what share."""

    docs: Array
    scores: Array
    concepts: Array  # a bit for each required concept
    coverage: Array

    def only(self, kept: Array) -> Matches:
        """Give the matches where ``kept`` is true."""
        return Matches(self.docs[kept], self.scores[kept], self.concepts[kept], self.coverage[kept])


@dataclass
class Ranking:
    """All matches of a query, what each concept is worth, and those that nothing visible holds."""

    matches: Matches
    worths: list[tuple[Concept, float]]
    unknown: list[int] = field(default_factory=list)
    required: int = 0  # bits of the concepts that a full match holds


class Ranker:
    """Ranks the documents of one generation of the index that one viewer may see."""

    def __init__(
        self, view: View, audience: Audience, mask: Array, weights: Weights = WEIGHTS
    ) -> None:
        self.view = view
        self.mask = mask
        self.visible = audience.size
        self.weights = weights
        self._audience = audience

    # What holds a concept

    def read_ahead(self, concepts: Sequence[Concept]) -> None:
        """Have the postings of all variants read at once."""
        self.view.read_ahead(
            term
            for concept in concepts
            for variant in concept.variants
            for group in variant.groups
            for term in group
        )

    def counts(self, variants: Sequence[Variant]) -> tuple[Counts, int]:
        """Give how much of a concept with these variants each visible document holds.

        And how many hold the word itself; where none does, how many hold a substitute.
        """
        own = _added([self._variant(variant) for variant in variants if not variant.substitute])
        others = [self._variant(variant) for variant in variants if variant.substitute]
        counts = _greatest([own, *others]) if others else own
        return counts, len(own.docs) or len(counts.docs)

    def held_by(self, variants: Sequence[Variant]) -> int:
        """Say how many visible documents hold one of the variants, none of them a substitute."""
        return self.counts(variants)[1]

    def _variant(self, variant: Variant) -> Counts:
        """Count each document that holds every group as often as its rarest group."""
        together: Counts | None = None
        for group in variant.groups:
            counts = _added([found for term in group for found in self._term(term)])
            together = counts if together is None else _least(together, counts)
            if not len(together.docs):
                break
        if together is None or not len(together.docs):
            return NOTHING
        return Counts(together.docs, together.counts * variant.weight)

    def _term(self, term: str) -> Iterable[Counts]:
        for name, boost, length in self.weights.fields:
            docs, counts = self.view.postings(name, term)
            if not len(docs):
                continue
            seen = self.mask[docs]
            docs, counts = docs[seen].astype(np.int64), counts[seen].astype(np.float32)
            relative = self.view.relative_lengths(name, docs, self._audience)
            yield Counts(docs, boost * counts / ((1.0 - length) + length * relative))

    # Scores

    def rank(self, concepts: Sequence[Concept]) -> Ranking:
        """Score every visible document that holds at least one of the concepts.

        Nearness is still to be added (``weigh``), for it needs the texts.
        """
        self.read_ahead(concepts)
        size = self.view.size
        scores, coverage = np.zeros(size), np.zeros(size)
        bits = np.zeros(size, np.int64)
        required, total = 0, 0.0
        unknown: list[int] = []
        near: list[tuple[Concept, float]] = []
        for number, concept in enumerate(concepts):
            counts, held_by = self.counts(concept.variants)
            bit = 1 << number if concept.weight >= REQUIRED_FROM else 0
            required |= bit
            if not held_by:
                unknown.append(number)
                continue
            worth = concept.weight * self._rarity(held_by)
            total += worth
            near.append((concept, worth))
            scores[counts.docs] += worth * self._saturated(counts.counts)
            coverage[counts.docs] += worth
            if bit:
                bits[counts.docs] |= bit
        docs = np.flatnonzero(coverage)
        share = coverage[docs] / total if total else np.ones(len(docs))
        scored = scores[docs] * share**self.weights.coverage
        return Ranking(Matches(docs, scored, bits[docs], share), near, unknown, required)

    def weigh(self, ranking: Ranking) -> Matches:
        """Finish the scores: words that stand close in the text, the documents' own weights."""
        self._weigh_nearness(ranking.matches, ranking.worths)
        self._weigh_documents(ranking.matches)
        return ranking.matches

    def _rarity(self, held_by: int) -> float:
        return math.log(1 + max(0.0, self.visible - held_by + 0.5) / (held_by + 0.5))

    def _saturated(self, counts: Array) -> Array:
        k1 = self.weights.saturation
        return counts * (k1 + 1) / (counts + k1)

    def _weigh_documents(self, matches: Matches) -> None:
        old = self.view.superseded[matches.docs]
        matches.scores *= self.view.weight[matches.docs]
        matches.scores[old] *= self.weights.superseded

    # Nearness

    def _weigh_nearness(self, matches: Matches, concepts: list[tuple[Concept, float]]) -> None:
        """Add to the best matches for words of the query that stand close in the text."""
        if len(concepts) < 2 or not self.weights.nearness or not len(matches.docs):
            return
        best = _largest(matches.scores, self.weights.looked_at_closely)
        texts = self.view.entries(matches.docs[best])
        wanted = _Wanted([concept for concept, _worth in concepts])
        for position in best:
            _entry, text = texts.get(int(matches.docs[position]), (None, ""))
            matches.scores[position] += self._nearness(wanted.places(text), concepts)

    def _nearness(self, places: list[list[int]], concepts: list[tuple[Concept, float]]) -> float:
        gained = 0.0
        for left in range(len(concepts) - 1):
            distance = _distance(places[left], places[left + 1])
            if distance is not None:
                worth = min(concepts[left][1], concepts[left + 1][1])
                gained += worth / (1 + max(0, distance - 1) / self.weights.near)
        return gained * self.weights.nearness

    # Conditions

    def with_phrases(self, matches: Matches, phrases: Sequence[Phrase]) -> Matches:
        """Keep the matches that hold every phrase, in any of the searched fields."""
        for phrase in phrases:
            matches = matches.only(self._holding_phrase(phrase)[matches.docs])
        return matches

    def without_phrases(self, matches: Matches, phrases: Sequence[Phrase]) -> Matches:
        """Drop the matches that hold one of the phrases."""
        for phrase in phrases:
            matches = matches.only(~self._holding_phrase(phrase)[matches.docs])
        return matches

    def _holding_phrase(self, phrase: Phrase) -> Array:
        holding = np.zeros(self.view.size, bool)
        for name, _boost, _length in self.weights.fields:
            holding[self._holding(name, phrase)] = True
        return holding

    def _holding(self, name: str, phrase: Phrase) -> Array:
        """Give the documents in which the words follow each other at the given distances."""
        starts: Array | None = None
        for distance, word in phrase:
            here = [
                (docs << PLACE_BITS) + (places + LONGEST_PHRASE - distance)
                for docs, places in self.view.places(name, EXACT + word.exact)
            ]
            found = np.concatenate(here) if here else np.empty(0, np.int64)
            starts = found if starts is None else np.intersect1d(starts, found)
            if not len(starts):
                return np.empty(0, np.int64)
        return np.empty(0, np.int64) if starts is None else np.unique(starts >> PLACE_BITS)

    def without(self, matches: Matches, excluded: Sequence[Word]) -> Matches:
        """Drop the matches that hold an excluded word."""
        if not excluded or not len(matches.docs):
            return matches
        variants = [
            Variant(((term,),), 1.0) for word in excluded for term in (word.stem, PART + word.stem)
        ]
        holding = np.zeros(self.view.size, bool)
        holding[self.counts(variants)[0].docs] = True
        return matches.only(~holding[matches.docs])


def _added(parts: Sequence[Counts]) -> Counts:
    """Add up the counts of the same documents."""
    parts = [part for part in parts if len(part.docs)]
    if len(parts) < 2:
        return parts[0] if parts else NOTHING
    docs = np.concatenate([part.docs for part in parts])
    counts = np.concatenate([part.counts for part in parts])
    last = int(docs.max()) + 1
    if len(docs) * 4 > last:  # many of all documents: count them all, which needs no sorting
        sums = np.bincount(docs, counts, last)
        found = np.flatnonzero(sums)
        return Counts(found, sums[found])
    found, places = np.unique(docs, return_inverse=True)
    return Counts(found, np.bincount(places, counts))


def _least(left: Counts, right: Counts) -> Counts:
    """Keep the documents that both hold, with the lesser count."""
    docs, here, there = np.intersect1d(
        left.docs, right.docs, assume_unique=True, return_indices=True
    )
    return Counts(docs, np.minimum(left.counts[here], right.counts[there]))


def _greatest(parts: Sequence[Counts]) -> Counts:
    """Give each document the greatest of its counts."""
    parts = [part for part in parts if len(part.docs)]
    if len(parts) < 2:
        return parts[0] if parts else NOTHING
    docs = np.concatenate([part.docs for part in parts])
    counts = np.concatenate([part.counts for part in parts])
    order = np.lexsort((-counts, docs))
    docs, counts = docs[order], counts[order]
    first = np.ones(len(docs), bool)
    first[1:] = docs[1:] != docs[:-1]
    return Counts(docs[first], counts[first])


def _largest(values: Array, most: int) -> Array:
    """Give the positions of the largest values, in no order; of equals, the first."""
    if len(values) <= most:
        return np.arange(len(values))
    return np.argsort(-values, kind="stable")[:most] if len(values) < 1000 else _top(values, most)


def _top(values: Array, most: int) -> Array:
    limit = np.partition(values, len(values) - most)[len(values) - most]
    above = np.flatnonzero(values > limit)
    return np.concatenate((above, np.flatnonzero(values == limit)[: most - len(above)]))


class _Wanted:
    """Finds the places of several concepts in texts; a word is analysed once for all texts."""

    def __init__(self, concepts: Sequence[Concept]) -> None:
        self._size = len(concepts)
        self._concepts_of: dict[str, set[int]] = {}
        for number, concept in enumerate(concepts):
            for variant in concept.variants:
                for term in variant.groups[0] if len(variant.groups) == 1 else ():
                    if not term.startswith(EXACT):
                        self._concepts_of.setdefault(term, set()).add(number)
        self._stems = [term.removeprefix(PART) for term in self._concepts_of]
        self._known: dict[str, tuple[int, ...]] = {}

    def places(self, text: str) -> list[list[int]]:
        """Give for each concept the places of its words in the text, ascending."""
        places: list[list[int]] = [[] for _ in range(self._size)]
        known = self._known
        for place, word in enumerate(german.written_words(text[:LONGEST_LOOKED_AT])):
            found = known.get(word)
            if found is None:
                found = known[word] = self._of(word)
            for number in found:
                places[number].append(place)
        return places

    def _of(self, written: str) -> tuple[int, ...]:
        of = self._concepts_of
        word = german.analyse_for(written, self._stems)
        found = [of[term] for term in word.terms if term in of] if word else ()
        return tuple(set().union(*found)) if found else ()


def _distance(left: Sequence[int], right: Sequence[int]) -> int | None:
    """Give the least number of words from a place on the left list to one on the right list."""
    if not left or not right:
        return None
    merged = sorted([(place, 0) for place in left] + [(place, 1) for place in right])
    distances = [
        following - place
        for (place, side), (following, other) in itertools.pairwise(merged)
        if side != other
    ]
    return min(distances, default=None)
