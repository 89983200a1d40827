"""What each feature gives the index.

A feature registers its source in ``init_app``; search never imports the feature. A change to an
instance of ``model``, or of a model that it depends on, makes the worker load the thing anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kts.search.engine import IndexDocument

Load = Callable[[Sequence[int]], Iterable[IndexDocument]]


@dataclass(frozen=True)
class SearchSource:
    """One kind of thing that can be found.

    ``load`` gives the index documents of some things, nothing for one that is gone or hidden;
    ``all_ids`` gives all that may have some. ``depends`` maps another model to a function that
    gives the id of the thing which a changed instance belongs to, or None.
    """

    kind: str
    model: type[Any]
    load: Load
    all_ids: Callable[[], Iterable[int]]
    depends: Mapping[type[Any], Callable[[Any], int | None]] = field(default_factory=dict)


SOURCES: dict[str, SearchSource] = {}


def register(source: SearchSource) -> None:
    """Let the index hold this kind of thing."""
    SOURCES[source.kind] = source


def source_of(model: type[Any]) -> list[tuple[SearchSource, Callable[[Any], int | None]]]:
    """Give the sources that an instance of the model touches, with how to tell the thing's id."""
    found: list[tuple[SearchSource, Callable[[Any], int | None]]] = []
    for source in SOURCES.values():
        if issubclass(model, source.model):
            found.append((source, _own_id))
        found.extend(
            (source, thing_of)
            for other, thing_of in source.depends.items()
            if issubclass(model, other)
        )
    return found


def _own_id(instance: Any) -> int:
    return int(instance.id)


Labels = Callable[[Sequence[str]], Mapping[str, str]]
LABELS: dict[str, Labels] = {}


def label_facet(facet: str, labels: Labels) -> None:
    """Let a feature name values that only it knows: of a facet, or ``document_unit`` by id."""
    LABELS[facet] = labels


def labels_of(facet: str, values: Sequence[str]) -> Mapping[str, str]:
    """Give the names of a facet's values; a value that nobody names stands for itself."""
    named = LABELS[facet](values) if facet in LABELS and values else {}
    return {value: named.get(value, value) for value in values}


@dataclass(frozen=True)
class FacetValue:
    """A value of a facet, the name that people know, and how an operator writes it."""

    value: str
    label: str
    written: str


@dataclass(frozen=True)
class Resolver:
    """How what stands behind ``kommune:`` becomes values that the index knows.

    ``named`` gives the values that a text names in any usual spelling (several where they share the
    name), ``beginning`` those whose name begins so, ``near`` those that may have been meant.
    """

    named: Callable[[str], Sequence[FacetValue]]
    beginning: Callable[[str, int], Sequence[FacetValue]]
    near: Callable[[str, int], Sequence[FacetValue]]


RESOLVERS: dict[str, Resolver] = {}


def resolve_facet(facet: str, resolver: Resolver) -> None:
    """Let a feature say what the operator of a facet names."""
    RESOLVERS[facet] = resolver


def named(facet: str, text: str) -> Sequence[FacetValue]:
    """Give the values of a facet that the text names; none for an unknown name."""
    return RESOLVERS[facet].named(text) if facet in RESOLVERS and text else ()


def near(facet: str, text: str, limit: int) -> Sequence[FacetValue]:
    """Give values of a facet that may have been meant."""
    return RESOLVERS[facet].near(text, limit) if facet in RESOLVERS and text else ()


def beginning(facet: str, text: str, limit: int) -> Sequence[FacetValue]:
    """Give values of a facet whose name begins so, for suggestions."""
    return RESOLVERS[facet].beginning(text, limit) if facet in RESOLVERS else ()
