"""One question answered on one generation of an index, whichever engine it lies in.

Find, correct what nothing holds, loosen, group, filter, sort, show: the same for all engines.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from kts.search import german
from kts.search.engine import SearchRequest, SearchResponse, Synonyms
from kts.search.engines import results, spelling
from kts.search.engines.columns import Array
from kts.search.engines.ranking import Matches, Ranker, Ranking
from kts.search.engines.results import Groups
from kts.search.engines.views import Audience, View
from kts.search.expansion import SynonymTable, expand, loosened, variants_of
from kts.search.query import ParsedQuery

ENOUGH = 10  # things with all words; with fewer, things with some of the words follow
PARTLY_AT_LEAST = 0.35  # of what the words are worth, for a thing that lacks some
FILLED_UP_TO = 10  # things, with such as hold even less


class Thesaurus:
    """The table of synonyms, made anew when the list of groups has changed."""

    def __init__(self, groups: Synonyms) -> None:
        self._groups = groups
        self._table: tuple[Any, SynonymTable] = ((), SynonymTable())

    def table(self) -> SynonymTable:
        """Give the table of the groups as they are now."""
        groups = tuple(map(tuple, self._groups()))
        if groups != self._table[0]:
            self._table = (groups, SynonymTable(groups))
        return self._table[1]


class Answer:
    """One request being answered."""

    def __init__(
        self, view: View, table: SynonymTable, request: SearchRequest, parsed: ParsedQuery
    ) -> None:
        self.view = view
        self.request = request
        self.parsed = parsed
        audience = view.audience(request.visibility)
        self.ranker = Ranker(view, audience, _mask(view, audience, request))
        self.concepts = expand(parsed, table)
        self.corrected: dict[str, str] = {}

    def response(self, started: float) -> SearchResponse:
        """Give the answer; ``started`` is when the question came (``time.perf_counter``)."""
        groups, is_loosened = self._groups() if self.parsed.words else (self._everything(), False)
        groups, facets = results.filtered(self.view, groups, self.request)
        groups = results.ordered(self.view, groups, self.request)
        first = self.request.offset
        shown = groups.only(np.arange(len(groups.best))[first : first + self.request.limit])
        return SearchResponse(
            total=len(groups.best),
            hits=results.hits(self.view, shown, self.concepts, self.request),
            facets=facets,
            did_you_mean=self._meant(),
            loosened=is_loosened,
            only_common_words=self.parsed.only_common,
            took_ms=milliseconds(started),
        )

    def _groups(self) -> tuple[Groups, bool]:
        """Give what holds all words; when that is too little, also what holds most of them."""
        ranking = self._ranking()
        matches = self._fitting(ranking.matches)
        if _holding_all(results.group(self.view, matches), ranking).sum() >= ENOUGH:
            found = self._best_first(ranking)
            return found.only(_holding_all(found, ranking)), False
        self.concepts = loosened(self.concepts)
        ranking = self.ranker.rank(self.concepts)
        found = self._best_first(ranking)
        holds_all = _holding_all(found, ranking)
        full, rest = np.flatnonzero(holds_all), np.flatnonzero(~holds_all)
        near = int(np.count_nonzero(found.coverage[rest] >= PARTLY_AT_LEAST))
        rest = rest[: max(near, FILLED_UP_TO - len(full))]
        return found.only(np.concatenate((full, rest))), bool(len(rest))

    def _everything(self) -> Groups:
        """Give all that may be found, newest first, for a question that has only filters."""
        docs = np.flatnonzero(self.ranker.mask)
        moments = self.view.updated[docs]
        matches = Matches(docs, moments, np.zeros(len(docs), np.int64), np.ones(len(docs)))
        return results.best_first(self.view, results.group(self.view, self._fitting(matches)))

    def _best_first(self, ranking: Ranking) -> Groups:
        matches = self._fitting(self.ranker.weigh(ranking))
        return results.best_first(self.view, results.group(self.view, matches))

    def _fitting(self, matches: Matches) -> Matches:
        matches = self.ranker.with_phrases(matches, self.parsed.phrases)
        matches = self.ranker.without_phrases(matches, self.parsed.excluded_phrases)
        return self.ranker.without(matches, self.parsed.excluded)

    def _ranking(self) -> Ranking:
        ranking = self.ranker.rank(self.concepts)
        if ranking.unknown and self._correct(ranking.unknown):
            ranking = self.ranker.rank(self.concepts)
        return ranking

    def _correct(self, unknown: Sequence[int]) -> bool:
        """Let words that nothing holds be found by what they may have meant."""
        alone = len(unknown) == len(self.concepts)
        for number in unknown:
            concept = self.concepts[number]
            found = spelling.corrections(concept.query_word.word, self.ranker, alone=alone)
            for folded, _distance in found:
                concept.variants.extend(variants_of(german.analyse(folded)))
            if found:
                written = spelling.spelling_in_texts(found[0][0], self.ranker)
                self.corrected[concept.query_word.text] = written
        return bool(self.corrected)

    def _meant(self) -> str:
        meant = self.request.query
        for typed, written in self.corrected.items():
            meant = meant.replace(typed, written, 1)
        return meant if self.corrected else ""


def is_asked(request: SearchRequest, parsed: ParsedQuery) -> bool:
    """Say whether there is anything to look for: a word, or a filter to list things by."""
    filters = (
        request.kinds, request.municipalities, request.lands, request.topics, request.years,
        request.year_from, request.year_to, request.within,
    )  # fmt: skip
    return bool(parsed.words) or any(filters)


def _holding_all(groups: Groups, ranking: Ranking) -> Array:
    return groups.concepts & ranking.required == ranking.required


def _mask(view: View, audience: Audience, request: SearchRequest) -> Array:
    """Say what may be found at all: in the language, within the thing, changed after the moment."""
    mask = audience.mask
    if request.language:
        code = view.book.language.known(request.language)
        mask = mask & (view.codes["language"] == (-1 if code is None else code))
    if request.within:
        code = view.book.parent.known(request.within)
        mask = mask & (view.codes["parent"] == (-1 if code is None else code))
    if request.version is not None:
        code = view.book.version.known(request.version)
        mask = mask & (view.codes["version"] == (-1 if code is None else code))
    if request.updated_after is not None:
        mask = mask & (view.updated > request.updated_after.timestamp())
    return mask


def milliseconds(started: float) -> float:
    """Give the time since then."""
    return round((time.perf_counter() - started) * 1000, 2)
