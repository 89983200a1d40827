"""Which documents match a query how well: BM25F over concepts, on Whoosh's postings.

Whoosh's own query tree scores each term alone. Here all variants of a word asked for (inflected,
in a compound, synonym) count as one word, documents that hold more of the words come first, and
words that stand together count more. Only documents that the viewer may see are ever counted, in
statistics too. The weights were measured with benchmarks/relevance; see docs/search.md.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kts.search.engines.whoosh.segments import Audience, Segment, View
from kts.search.expansion import EXACT, PART, Concept, Variant
from kts.search.german import Word

Counts = dict[int, float]  # document number in the segment -> weighted number of occurrences


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
    looked_at_closely: int = 60  # documents for which the words' places are read


WEIGHTS = Weights()


@dataclass
class Match:
    """A document found: its segment and number there, its score, which concepts it holds."""

    segment: int
    number: int
    score: float
    concepts: int = 0  # a bit for each
    coverage: float = 1.0


@dataclass
class Ranking:
    """All matches of a query, and the concepts that nothing visible holds."""

    matches: list[Match] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    required: int = 0  # bits of the concepts that a full match holds


class Ranker:
    """Ranks the documents of one generation of the index that one viewer may see."""

    def __init__(self, view: View, audience: Audience, weights: Weights = WEIGHTS) -> None:
        self.view = view
        self.masks = audience.masks
        self.averages = audience.averages
        self.visible = audience.size
        self.weights = weights

    # What holds a concept

    def counts(self, concept: Concept) -> list[Counts]:
        """Give, segment by segment, how much of the concept each visible document holds."""
        return [
            self._counts(segment, mask, concept.variants)
            for segment, mask in zip(self.view.segments, self.masks, strict=True)
        ]

    def held_by(self, variants: Sequence[Variant]) -> int:
        """Say how many visible documents hold one of the variants."""
        return sum(
            len(self._counts(segment, mask, variants))
            for segment, mask in zip(self.view.segments, self.masks, strict=True)
        )

    def _counts(self, segment: Segment, mask: bytearray, variants: Sequence[Variant]) -> Counts:
        counts: Counts = {}
        for variant in variants:
            if variant.term is not None and not variant.substitute:
                self._add(counts, segment, mask, variant.term, variant.weight)
                continue
            for number, count in self._all_groups(segment, mask, variant).items():
                before = counts.get(number, 0.0)
                weighted = count * variant.weight
                counts[number] = max(before, weighted) if variant.substitute else before + weighted
        return counts

    def _all_groups(self, segment: Segment, mask: bytearray, variant: Variant) -> Counts:
        """Count each document that holds every group as often as its rarest group."""
        together: Counts | None = None
        for group in variant.groups:
            counts: Counts = {}
            for term in group:
                self._add(counts, segment, mask, term, 1.0)
            if together is None:
                together = counts
            else:
                together = {
                    number: min(count, counts[number])
                    for number, count in together.items()
                    if number in counts
                }
            if not together:
                break
        return together or {}

    def _add(
        self, counts: Counts, segment: Segment, mask: bytearray, term: str, weight: float
    ) -> None:
        for name, boost, length in self.weights.fields:
            ids, frequencies = segment.postings(name, term)
            if not ids:
                continue
            lengths = segment.lengths[name]
            base, slope = 1.0 - length, length / self.averages[name]
            factor = weight * boost
            for number, frequency in zip(ids, frequencies, strict=True):
                if mask[number]:
                    counts[number] = counts.get(number, 0.0) + factor * frequency / (
                        base + slope * lengths[number]
                    )

    # Scores

    def rank(self, concepts: Sequence[Concept]) -> Ranking:
        """Score every visible document that holds at least one of the concepts."""
        ranking = Ranking()
        values: list[dict[int, Match]] = [{} for _ in self.view.segments]
        total = 0.0
        near: list[tuple[int, Concept, float]] = []
        for bit, concept in enumerate(concepts):
            counts = self.counts(concept)
            held_by = self._held_by_word_itself(concept) or sum(map(len, counts))
            if concept.weight >= 1.0:
                ranking.required |= 1 << bit
            if not held_by:
                ranking.unknown.append(bit)
                continue
            worth = concept.weight * self._rarity(held_by)
            total += worth
            near.append((bit, concept, worth))
            for segment, found in enumerate(counts):
                self._score(values[segment], segment, found, 1 << bit, worth)
        ranking.matches = [match for found in values for match in found.values()]
        self._weigh_coverage(ranking.matches, total)
        self._weigh_nearness(ranking.matches, near)
        self._weigh_documents(ranking.matches)
        return ranking

    def _held_by_word_itself(self, concept: Concept) -> int:
        own = [variant for variant in concept.variants if not variant.substitute]
        return self.held_by(own) if len(own) < len(concept.variants) else 0

    def _rarity(self, held_by: int) -> float:
        return math.log(1 + (self.visible - held_by + 0.5) / (held_by + 0.5))

    def _score(
        self, into: dict[int, Match], segment: int, found: Counts, bit: int, worth: float
    ) -> None:
        k1 = self.weights.saturation
        for number, count in found.items():
            score = worth * count * (k1 + 1) / (count + k1)
            match = into.get(number)
            if match is None:
                into[number] = Match(segment, number, score, bit, worth)
            else:
                match.score += score
                match.concepts |= bit
                match.coverage += worth

    def _weigh_coverage(self, matches: Iterable[Match], total: float) -> None:
        for match in matches:
            match.coverage = match.coverage / total if total else 1.0
            match.score *= match.coverage**self.weights.coverage

    def _weigh_documents(self, matches: Iterable[Match]) -> None:
        segments = self.view.segments
        for match in matches:
            match.score *= segments[match.segment].metas[match.number].weight

    # Nearness

    def _weigh_nearness(
        self, matches: list[Match], concepts: list[tuple[int, Concept, float]]
    ) -> None:
        """Add to the best matches for words of the query that stand close in the text."""
        if len(concepts) < 2 or not self.weights.nearness:
            return
        best = sorted(matches, key=lambda match: -match.score)[: self.weights.looked_at_closely]
        for segment in range(len(self.view.segments)):
            here = sorted((m for m in best if m.segment == segment), key=lambda m: m.number)
            if here:
                self._add_nearness(segment, here, concepts)

    def _add_nearness(self, segment, matches, concepts) -> None:
        numbers = [match.number for match in matches]
        places = [
            self._places(self.view.segments[segment], concept, numbers)
            for _bit, concept, _worth in concepts
        ]
        for match in matches:
            for left in range(len(concepts) - 1):
                distance = _distance(
                    places[left].get(match.number), places[left + 1].get(match.number)
                )
                if distance is not None:
                    worth = min(concepts[left][2], concepts[left + 1][2])
                    closeness = 1 / (1 + max(0, distance - 1) / self.weights.near)
                    match.score += self.weights.nearness * worth * closeness

    def _places(
        self, segment: Segment, concept: Concept, numbers: list[int]
    ) -> dict[int, list[int]]:
        places: dict[int, list[int]] = {}
        terms = {
            term
            for variant in concept.variants
            if len(variant.groups) == 1
            for term in variant.groups[0]
            if not term.startswith(EXACT)
        }
        for term in terms:
            for number, found in segment.positions("body", term, numbers).items():
                places.setdefault(number, []).extend(found)
        return places

    # Conditions

    def with_phrases(
        self, matches: list[Match], phrases: Sequence[Sequence[tuple[int, Word]]]
    ) -> list[Match]:
        """Keep the matches that hold every phrase, in any of the searched fields."""
        for phrase in phrases:
            matches = [match for match in matches if self._holds_phrase(match, phrase)]
        return matches

    def _holds_phrase(self, match: Match, phrase: Sequence[tuple[int, Word]]) -> bool:
        segment = self.view.segments[match.segment]
        for name, _boost, _length in self.weights.fields:
            starts: set[int] | None = None
            for distance, word in phrase:
                found = segment.positions(name, EXACT + word.exact, [match.number])
                here = {place - distance for place in found.get(match.number, ())}
                starts = here if starts is None else starts & here
                if not starts:
                    break
            if starts:
                return True
        return False

    def without(self, matches: list[Match], excluded: Sequence[Word]) -> list[Match]:
        """Drop the matches that hold an excluded word."""
        if not excluded:
            return matches
        variants = [
            Variant(((term,),), 1.0) for word in excluded for term in (word.stem, PART + word.stem)
        ]
        held = [
            self._counts(segment, mask, variants)
            for segment, mask in zip(self.view.segments, self.masks, strict=True)
        ]
        return [match for match in matches if match.number not in held[match.segment]]


def _distance(left: list[int] | None, right: list[int] | None) -> int | None:
    """Give the least number of words from a place on the left list to one on the right list."""
    if not left or not right:
        return None
    merged = sorted([(place, 0) for place in left] + [(place, 1) for place in right])
    best: int | None = None
    for (place, side), (following, other) in itertools.pairwise(merged):
        if side != other and (best is None or following - place < best):
            best = following - place
    return best
