"""From ranked pieces to what a person sees: things with their best pages, facets, passages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from markupsafe import Markup

from kts.search import highlight
from kts.search.engine import FACETS, Hit, PageHit, SearchRequest
from kts.search.engines.columns import Array
from kts.search.engines.entries import Entry
from kts.search.engines.ranking import Matches
from kts.search.engines.views import View
from kts.search.expansion import Concept

FURTHER_PAGES_COUNT = 0.1  # of their score, for the thing as a whole
FURTHER_PAGES_COUNTED = 3
FURTHER_PAGE_AT_LEAST = 0.4  # of the best page's score, to be shown with it
A_LITTLE = 1e-9  # shares of the same words may differ by rounding


@dataclass
class Groups:
    """Things found: their pieces lie together in ``matches``, those of one thing in a row.

    ``starts`` and ``ends`` bound each thing's pieces; ``best`` is the position of its best piece.
    """

    matches: Matches
    starts: Array
    ends: Array
    best: Array
    scores: Array
    concepts: Array
    coverage: Array

    def only(self, kept: Array) -> Groups:
        """Give the things that ``kept`` chooses (a mask, or positions in a new order)."""
        return Groups(
            self.matches, self.starts[kept], self.ends[kept], self.best[kept],
            self.scores[kept], self.concepts[kept], self.coverage[kept],
        )  # fmt: skip

    @property
    def docs(self) -> Array:
        """Give the best document of each thing."""
        return self.matches.docs[self.best]


def group(view: View, matches: Matches) -> Groups:
    """Bring the pieces of a thing together; its best piece holds as many of the words as it can."""
    parents = view.codes["parent"][matches.docs]
    if len(parents) and np.any(parents[1:] < parents[:-1]):
        order = np.argsort(parents, kind="stable")
        matches, parents = matches.only(order), parents[order]
    matches, parents = _newest_versions(view, matches, parents)
    starts = np.flatnonzero(np.diff(parents, prepend=-1))
    ends = np.append(starts[1:], len(parents)).astype(np.int64)
    if not len(starts):
        nothing = np.empty(0, np.int64)
        return Groups(matches, nothing, nothing, nothing, np.empty(0), nothing, np.empty(0))
    best, scores = _best(matches.scores, starts, ends)
    return Groups(
        matches, starts, ends, best, scores,
        np.bitwise_or.reduceat(matches.concepts, starts),
        np.maximum.reduceat(matches.coverage, starts),
    )  # fmt: skip


def _newest_versions(view: View, matches: Matches, parents: Array) -> tuple[Matches, Array]:
    """Drop pages of older versions where the newest one holds as much of what was asked."""
    old = view.superseded[matches.docs]
    if not old.any():
        return matches, parents
    newest = np.zeros(int(parents.max()) + 1)
    np.maximum.at(newest, parents[~old], matches.coverage[~old])
    kept = ~old | (matches.coverage > newest[parents] + A_LITTLE)
    return matches.only(kept), parents[kept]


def _best(scores: Array, starts: Array, ends: Array) -> tuple[Array, Array]:
    """Give each thing's best piece, and its score with a share of its next best pieces."""
    left = scores.copy()
    thing_of = np.repeat(np.arange(len(starts)), ends - starts)
    best = total = None
    for turn in range(1 + FURTHER_PAGES_COUNTED):
        highest = np.maximum.reduceat(left, starts)
        there = np.flatnonzero((left == highest[thing_of]) & (left > -np.inf))
        first = there[np.unique(thing_of[there], return_index=True)[1]]
        if turn == 0:
            best, total = first, highest.copy()
            if len(starts) == len(scores):
                break
        else:
            total[thing_of[first]] += FURTHER_PAGES_COUNT * left[first]
        left[first] = -np.inf
    return best, total


# Filters and facets


def chosen(request: SearchRequest) -> dict[str, frozenset[str]]:
    """Give the values that the request restricts each facet to."""
    return {
        "kind": request.kinds,
        "land": request.lands,
        "topic": request.topics,
        "municipality": request.municipalities,
        "year": frozenset(map(str, request.years)),
    }


def filtered(
    view: View, groups: Groups, request: SearchRequest
) -> tuple[Groups, dict[str, dict[str, int]]]:
    """Give the things that pass the filters, and the facets.

    A facet counts what its other values would give, so its own restriction does not apply to it.
    """
    within_years = _in_years(view, groups.docs, request)
    if not within_years.all():
        groups = groups.only(within_years)
    docs = groups.docs
    failing = {
        name: ~_holds(view, name, values)[view.codes[_COLUMN[name]][docs]]
        for name, values in chosen(request).items()
        if values
    }
    failures = sum(failing.values(), np.zeros(len(docs), np.int64))
    facets = {
        name: _counted(view, name, docs[failures - failing.get(name, 0) == 0]) for name in FACETS
    }
    return groups.only(failures == 0), facets


_COLUMN = {name: "topics" if name == "topic" else name for name in FACETS}


def _values(view: View, name: str) -> Sequence[tuple[str, ...]]:
    """Give the facet's values for each code of its column; an empty value counts as none."""
    values = getattr(view.book, _COLUMN[name]).values
    if name == "topic":
        return list(values)
    return [(str(value),) if value else () for value in values]


def _holds(view: View, name: str, wanted: frozenset[str]) -> Array:
    return np.array([not wanted.isdisjoint(value) for value in _values(view, name)], bool)


def _counted(view: View, name: str, docs: Array) -> dict[str, int]:
    numbers = np.bincount(view.codes[_COLUMN[name]][docs]) if len(docs) else np.empty(0, np.int64)
    values = _values(view, name)
    counter: Counter[str] = Counter()
    for code in np.flatnonzero(numbers):
        for value in values[code]:
            counter[value] += int(numbers[code])
    return dict(sorted(counter.items(), key=lambda row: (-row[1], row[0])))


def _in_years(view: View, docs: Array, request: SearchRequest) -> Array:
    if request.year_from is None and request.year_to is None:
        return np.ones(len(docs), bool)
    years = _years(view, docs)
    return (years >= (request.year_from or 0)) & (years <= (request.year_to or 9999))


def _years(view: View, docs: Array) -> Array:
    """Give each document's year, else that of its last change."""
    values = np.array(view.book.year.values or [0])
    years = values[view.codes["year"][docs]]
    unknown = years == 0
    years[unknown] = [datetime.fromtimestamp(t, UTC).year for t in view.updated[docs[unknown]]]
    return years


# Order


def best_first(view: View, groups: Groups) -> Groups:
    """Sort by score; of equals, what came first into the index."""
    return groups.only(np.lexsort((view.codes["parent"][groups.docs], -groups.scores)))


def ordered(view: View, groups: Groups, request: SearchRequest) -> Groups:
    """Sort as the request wants; groups come best first and equals stay so."""
    docs = groups.docs
    if request.sort == "relevance" or not len(docs):
        return groups
    if request.sort == "title":
        titles = view.book.title.values
        codes = view.codes["title"][docs]
        order = np.array(sorted(range(len(docs)), key=lambda n: titles[codes[n]]), np.int64)
    else:
        moments = view.updated[docs]
        order = np.argsort(-moments if request.sort == "newest" else moments, kind="stable")
    return groups.only(order)


# What is shown


def hits(
    view: View, groups: Groups, concepts: Sequence[Concept], request: SearchRequest
) -> tuple[Hit, ...]:
    """Make the hits of all these things, each with its best page and a few further ones."""
    stems = [concept.stems for concept in concepts]
    marker = highlight.Marker(stems) if request.passages else _Silent([])
    most = max(0, request.pages_per_hit)
    # Whoever searches inside of one thing wants every place.
    least = 0.0 if request.within else FURTHER_PAGE_AT_LEAST
    further = [_further(groups, number, least) for number in range(len(groups.best))]
    shown = [
        [int(best), *map(int, rest[:most])] for best, rest in zip(groups.best, further, strict=True)
    ]
    docs = groups.matches.docs
    entries = view.entries(docs[position] for row in shown for position in row)
    return tuple(
        _hit(
            [entries[int(docs[position])] for position in row],
            float(groups.scores[number]),
            1 + len(further[number]),
            marker,
        )
        for number, row in enumerate(shown)
        if all(int(docs[position]) in entries for position in row)
    )


def _further(groups: Groups, number: int, least: float) -> Array:
    """Give the positions of the other good pages of a thing, best first."""
    positions = np.arange(groups.starts[number], groups.ends[number])
    scores = groups.matches.scores[positions]
    best = groups.best[number]
    enough = groups.matches.scores[best] * least
    good = positions[(scores >= enough) & (positions != best)]
    return good[np.argsort(-groups.matches.scores[good], kind="stable")]


def _hit(
    pages: Sequence[tuple[Entry, str]],
    score: float,
    matching_pages: int,
    marker: highlight.Marker,
) -> Hit:
    entry, text = pages[0]
    number = entry.parent.rpartition(":")[2]
    object_id = int(number) if number.isdigit() else entry.id
    return Hit(
        kind=entry.kind,
        id=object_id,
        url=entry.url,
        title=entry.title,
        title_html=marker.mark(entry.title),
        snippet=_snippet(entry, text, marker),
        score=round(score, 4),
        page=entry.page,
        heading=entry.heading,
        document_id=object_id if entry.kind == "document" else None,
        municipality=entry.municipality,
        land=entry.land,
        year=entry.year,
        topics=tuple(entry.topics),
        updated=entry.updated_at,
        created=entry.created_at,
        key=entry.key,
        parent=entry.parent,
        pages=tuple(
            PageHit(
                other.page,
                other.url,
                _snippet(other, body, marker),
                other.heading,
                other.superseded,
            )
            for other, body in pages[1:]
        ),
        matching_pages=matching_pages,
        version=entry.version,
        superseded=entry.superseded,
    )


class _Silent(highlight.Marker):
    """Quotes nothing, for whoever only wants to know where."""

    def snippet(self, text: str, length: int = 0) -> Markup:
        """Give an empty passage."""
        return Markup("")


def _snippet(entry: Entry, text: str, marker: highlight.Marker) -> str:
    return marker.snippet(text.lstrip().removeprefix(entry.heading))
