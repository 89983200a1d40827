"""What the map shows: one mark a model project, moved a little where marks would overlap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from kts.municipalities.geography import (
    HEIGHT,
    LAENDER,
    WIDTH,
    Outline,
    land_name,
    outlines,
    project,
    spread,
)
from kts.municipalities.models import COHORTS, ModelProject
from kts.municipalities.queries import Filters

GAP = 17.0  # drawing units between two marks; a mark is about 15 wide
SHAPES = {2019: "circle", 2020: "diamond", 2021: "triangle"}


@dataclass(frozen=True)
class Mark:
    """A project on the map; ``shown`` is false where a filter leaves it out."""

    project: ModelProject
    x: float
    y: float
    shown: bool

    @property
    def shape(self) -> str:
        """Give the shape of the cohort, so that colour is not the only difference."""
        return SHAPES.get(self.project.cohort, "circle")


@dataclass(frozen=True)
class MapView:
    """Everything the template draws."""

    width: int
    height: int
    outlines: tuple[Outline, ...]
    marks: list[Mark]
    by_land: dict[str, int]
    by_cohort: dict[int, int]
    total: int
    land: str

    @property
    def shown(self) -> int:
        """Give how many marks the filters leave."""
        return sum(mark.shown for mark in self.marks)


def draw(projects: Iterable[ModelProject], filters: Filters) -> MapView:
    """Place the marks; the filters for Land, cohort and operation dim the others."""
    projects = list(projects)
    placed = [item for item in projects if item.latlon]
    points = tuple(project(*item.latlon) for item in placed if item.latlon)
    marks = [
        Mark(item, round(x, 1), round(y, 1), _passes(item, filters))
        for item, (x, y) in zip(placed, _spread(points), strict=True)
    ]
    marks.sort(key=lambda mark: (mark.shown, mark.project.cohort, mark.project.title))
    cohorts = Counter(item.cohort for item in projects)
    return MapView(
        width=WIDTH,
        height=HEIGHT,
        outlines=outlines(),
        marks=marks,
        by_land=Counter(item.land for item in projects),
        by_cohort={year: cohorts[year] for year in COHORTS},
        total=len(projects),
        land=filters.land,
    )


@lru_cache(maxsize=8)
def _spread(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    return tuple((place.x, place.y) for place in spread(points, GAP))


def _passes(item: ModelProject, filters: Filters) -> bool:
    if filters.cohort and item.cohort != filters.cohort:
        return False
    if filters.operating and item.operating != filters.operating:
        return False
    return not filters.land or filters.land in lands_of(item)


def lands_of(item: ModelProject) -> set[str]:
    """Give the Länder that a project lies in."""
    return {item.land, *(member.land for member in item.members)}


def group_by_land(projects: Iterable[ModelProject]) -> list[tuple[str, str, list[ModelProject]]]:
    """Give (key, name, projects) for every Land that leads a project, by name."""
    ordered = sorted(projects, key=lambda item: (land_name(item.land), item.title.casefold()))
    return [
        (land, LAENDER[land][1] if land in LAENDER else "", list(group))
        for land, group in groupby(ordered, key=lambda item: item.land)
    ]
