"""From ranked pieces to what a person sees: things with their best pages, facets, passages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from kts.search import highlight
from kts.search.engine import FACETS, Hit, PageHit, SearchRequest
from kts.search.engines.whoosh.ranking import Match
from kts.search.engines.whoosh.schema import Meta
from kts.search.engines.whoosh.segments import View
from kts.search.expansion import Concept

FURTHER_PAGES_COUNT = 0.1  # of their score, for the thing as a whole
FURTHER_PAGES_COUNTED = 3
FURTHER_PAGE_AT_LEAST = 0.4  # of the best page's score, to be shown with it


@dataclass
class Group:
    """One thing found: its matching pieces, best first."""

    parent: str
    meta: Meta
    matches: list[Match] = field(default_factory=list)
    concepts: int = 0
    score: float = 0.0
    coverage: float = 0.0


def group(view: View, matches: Iterable[Match], required: int) -> list[Group]:
    """Bring the pieces of a thing together; its best piece holds as many of the words as it can."""
    groups: dict[str, Group] = {}
    for match in matches:
        meta = view.segments[match.segment].metas[match.number]
        found = groups.get(meta.parent)
        if found is None:
            found = groups[meta.parent] = Group(meta.parent, meta)
        found.matches.append(match)
        found.concepts |= match.concepts & required
    for found in groups.values():
        found.matches.sort(key=lambda match: -match.score)
        best = found.matches[0]
        found.meta = view.segments[best.segment].metas[best.number]
        found.coverage = max(match.coverage for match in found.matches)
        further = found.matches[1 : 1 + FURTHER_PAGES_COUNTED]
        found.score = best.score + FURTHER_PAGES_COUNT * sum(match.score for match in further)
    return list(groups.values())


_VALUES: dict[str, Callable[[Meta], Iterable[str]]] = {
    "kind": lambda meta: (meta.kind,),
    "land": lambda meta: (meta.land,) if meta.land else (),
    "topic": lambda meta: meta.topics,
    "municipality": lambda meta: (meta.municipality,) if meta.municipality else (),
    "year": lambda meta: (str(meta.year),) if meta.year else (),
}


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
    groups: Sequence[Group], request: SearchRequest
) -> tuple[list[Group], dict[str, dict[str, int]]]:
    """Give the groups that pass the filters, and the facets.

    A facet counts what its other values would give, so its own restriction does not apply to it.
    """
    wanted = {name: values for name, values in chosen(request).items() if values}
    passing: list[Group] = []
    counters: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    for found in groups:
        if not _in_years(found.meta, request):
            continue
        failing = [
            name for name, values in wanted.items() if values.isdisjoint(_VALUES[name](found.meta))
        ]
        if not failing:
            passing.append(found)
        if len(failing) <= 1:
            for name in failing or FACETS:
                counters[name].update(_VALUES[name](found.meta))
    return passing, {name: dict(counter.most_common()) for name, counter in counters.items()}


def _in_years(meta: Meta, request: SearchRequest) -> bool:
    if request.year_from is None and request.year_to is None:
        return True
    year = meta.year or meta.updated_at.year
    return (request.year_from or 0) <= year <= (request.year_to or 9999)


def hit(view: View, found: Group, concepts: Sequence[Concept], request: SearchRequest) -> Hit:
    """Make the hit of one thing, with its best page and a few further ones."""
    groups = [concept.stems for concept in concepts]
    stems = frozenset().union(*groups)
    meta = found.meta
    enough = found.matches[0].score * FURTHER_PAGE_AT_LEAST
    further = [match for match in found.matches[1:] if match.score >= enough]
    number = meta.parent.rpartition(":")[2]
    object_id = int(number) if number.isdigit() else meta.id
    return Hit(
        kind=meta.kind,
        id=object_id,
        url=meta.url,
        title=meta.title,
        title_html=highlight.mark(meta.title, stems),
        snippet=_snippet(view, found.matches[0], groups),
        score=round(found.score, 4),
        page=meta.page,
        heading=meta.heading,
        document_id=object_id if meta.kind == "document" else None,
        municipality=meta.municipality,
        land=meta.land,
        year=meta.year,
        topics=meta.topics,
        updated=meta.updated_at,
        created=meta.created_at,
        key=meta.key,
        parent=meta.parent,
        pages=tuple(
            _page(view, match, groups) for match in further[: max(0, request.pages_per_hit)]
        ),
        matching_pages=1 + len(further),
    )


def _page(view: View, match: Match, groups: Sequence[frozenset[str]]) -> PageHit:
    meta = view.segments[match.segment].metas[match.number]
    return PageHit(meta.page, meta.url, _snippet(view, match, groups), meta.heading)


def _snippet(view: View, match: Match, groups: Sequence[frozenset[str]]) -> str:
    segment = view.segments[match.segment]
    text = segment.text(match.number).lstrip()
    return highlight.snippet(text.removeprefix(segment.metas[match.number].heading), groups)
