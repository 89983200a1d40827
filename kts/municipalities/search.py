"""What the search knows of municipalities.

All of the register is in the index, so that a name always leads somewhere; a municipality without
any content of its own weighs less than one that others can learn from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import defer, selectinload

from kts.core.terms import successor
from kts.core.text import plain_text
from kts.extensions import db
from kts.municipalities.geography import LAENDER
from kts.municipalities.models import Municipality, Topic
from kts.municipalities.names import fold
from kts.search import outbox
from kts.search.engine import IndexDocument
from kts.search.sources import FacetValue, Resolver, SearchSource

if TYPE_CHECKING:
    from kts.municipalities.models import ModelProject

KIND = "municipality"
WEIGHT_EMPTY = 0.6  # below every municipality with a profile or a project
BATCH = 500  # rows held in memory at once while indexing the register


def note_changes(ids: Iterable[int]) -> None:
    """Mark municipalities for the index, for writes in bulk that no listener sees."""
    outbox.note(KIND, list(ids))


def load(ids: Sequence[int]) -> Iterator[IndexDocument]:
    """Give the index documents of municipalities."""
    for start in range(0, len(ids), BATCH):
        statement = (
            select(Municipality)
            .where(Municipality.id.in_(ids[start : start + BATCH]))
            .options(selectinload(Municipality.topics), selectinload(Municipality.projects))
        )
        for municipality in db.session.scalars(statement):
            yield _document(municipality)


def all_ids() -> Iterable[int]:
    """Give the ids of all municipalities."""
    return db.session.scalars(select(Municipality.id)).all()


def _document(item: Municipality) -> IndexDocument:
    rich = bool(item.profile or item.projects)
    return IndexDocument(
        key=f"{KIND}:{item.id}",
        kind=KIND,
        id=item.id,
        parent=f"{KIND}:{item.id}",
        language="de",
        title=item.name,
        body="\n".join(part for part in _body(item) if part),
        url=item.path,
        topics=tuple(topic.slug for topic in item.topics),
        municipality=item.slug,
        land=item.land,
        visibility="public",
        created=item.created,
        updated=item.updated,
        weight=1.0 if rich else WEIGHT_EMPTY,
        year=None,
    )


def _body(item: Municipality) -> Iterator[str]:
    """Give sentences, so that a passage quoted from them reads well."""
    yield _sentence([p for p in (item.kind_label, item.district_name, item.land_name) if p])
    yield _sentence([topic.name for topic in item.topics])
    for project in item.projects:
        yield _sentence([_project(project)])
    yield plain_text(item.profile_html)


def _sentence(parts: Sequence[str]) -> str:
    return f"{', '.join(parts)}." if parts else ""


def _project(project: ModelProject) -> str:
    return f"Modellprojekt Smart Cities {project.cohort}: {project.title}"


SOURCE = SearchSource(kind=KIND, model=Municipality, load=load, all_ids=all_ids)


def topic_labels(slugs: Sequence[str]) -> dict[str, str]:
    """Give the names of Handlungsfelder for the search's facets."""
    found = db.session.scalars(select(Topic).where(Topic.slug.in_(slugs)))
    return {topic.slug: topic.label for topic in found}


def municipality_labels(slugs: Sequence[str]) -> dict[str, str]:
    """Give the names of municipalities for the search's facets; made-up ones say so."""
    found = db.session.execute(
        select(Municipality.slug, Municipality.name, Municipality.is_sample).where(
            Municipality.slug.in_(slugs)
        )
    )
    return {
        slug: _("%(name)s (made up)", name=name) if is_sample else name
        for slug, name, is_sample in found
    }


def land_labels(codes: Sequence[str]) -> dict[str, str]:
    """Give the names of Länder for the search's facets."""
    return {code: LAENDER[code][1] for code in codes if code in LAENDER}


# What stands behind kommune:, thema: and land: in a question.

MOST_WITH_A_NAME = 300  # more begin with "Bad ", and none is called so
ERRORS_FROM = {3: 1, 6: 2}  # letters of a name, and how many of them may be wrong
UMLAUTS_WRITTEN_OUT = 2  # "Muehlhaeuser" folds to a shorter word than it is
LAND_NICKNAMES = {"nrw": "05", "rlp": "07", "bawu": "08", "ba wu": "08", "meck pomm": "13"}


def _municipalities_named(text: str) -> list[FacetValue]:
    """Give the municipalities of that key, slug or name; namesakes all."""
    folded, slug = fold(text), text.strip().lower()
    if not folded:
        return []
    found = _municipalities(
        select(Municipality).where(
            or_(
                Municipality.slug == slug,
                Municipality.ags == slug,
                Municipality.search_name == folded,
                Municipality.search_name.startswith(f"{folded} ", autoescape=True),
            )
        ),
        MOST_WITH_A_NAME,
    )
    only = [item for item in found if item.ags == slug or (item.slug == slug and "-" in slug)]
    same = [item for item in found if fold(item.name) == folded or item.slug == slug]
    whole = [item for item in found if item.search_name == folded]
    return _told_apart(only or same or whole)


def _municipalities_beginning(text: str, limit: int) -> list[FacetValue]:
    """Give the municipalities with a word that begins so, larger ones first."""
    folded = fold(text)
    if not folded:
        return [] if text.strip() else _told_apart(_municipalities(select(Municipality), limit))
    begins = Municipality.search_name.startswith(folded, autoescape=True)
    inside = Municipality.search_name.contains(f" {folded}", autoescape=True)
    return _told_apart(_municipalities(select(Municipality).where(or_(begins, inside)), limit))


def _municipalities_near(text: str, limit: int) -> list[FacetValue]:
    """Give the municipalities with nearly this name, larger ones first among equals."""
    from rapidfuzz import process  # 4 MB that pages have no use for
    from rapidfuzz.distance import OSA

    folded = fold(text)
    errors = max((n for letters, n in ERRORS_FROM.items() if len(folded) >= letters), default=0)
    longest = len(folded) + errors + UMLAUTS_WRITTEN_OUT
    population = func.coalesce(Municipality.population, 0)
    rows = db.session.execute(
        select(Municipality.id, Municipality.name)
        .where(func.length(Municipality.name).between(len(folded) - errors, longest))
        .order_by(population.desc(), Municipality.id)
    )
    names = {number: fold(name) for number, name in rows}
    best = process.extract(folded, names, scorer=OSA.distance, score_cutoff=errors, limit=limit)
    order = [number for _name, _distance, number in best]
    if not order:
        return _municipalities_beginning(text, limit)
    found = _municipalities(select(Municipality).where(Municipality.id.in_(order)), limit)
    return _told_apart(sorted(found, key=lambda item: order.index(item.id)))


def _municipalities(statement: Any, limit: int) -> list[Municipality]:
    unknown = Municipality.population.is_(None)
    ordered = statement.order_by(unknown, Municipality.population.desc(), Municipality.id)
    return list(
        db.session.scalars(
            ordered.limit(limit).options(
                defer(Municipality.profile), defer(Municipality.profile_html)
            )
        )
    )


def _told_apart(items: Sequence[Municipality]) -> list[FacetValue]:
    """Name namesakes with their place, and write them by their slug."""
    names = [item.name for item in items]
    return [
        FacetValue(item.slug, item.name, item.name)
        if names.count(item.name) == 1
        else FacetValue(item.slug, f"{item.name} ({item.place_label})", item.slug)
        for item in items
    ]


MUNICIPALITIES = Resolver(_municipalities_named, _municipalities_beginning, _municipalities_near)


def _of_list(entries: Callable[[], Sequence[tuple[FacetValue, Sequence[str]]]]) -> Resolver:
    """Give a resolver for a short list: each value with all its names."""

    def folded() -> list[tuple[FacetValue, list[str]]]:
        return [(value, [fold(name) for name in names if name]) for value, names in entries()]

    def named(text: str) -> list[FacetValue]:
        wanted = fold(text)
        return [value for value, names in folded() if wanted and wanted in names]

    def beginning(text: str, limit: int) -> list[FacetValue]:
        wanted = fold(text)
        found = [
            value
            for value, names in folded()
            if any(f" {name}".find(f" {wanted}") >= 0 for name in names)
        ]
        return found[:limit]

    def near(text: str, limit: int) -> list[FacetValue]:
        from rapidfuzz.distance import OSA  # 4 MB that pages have no use for

        wanted = fold(text)
        if not wanted:
            return []
        found = {
            value: min(OSA.distance(wanted, name) for name in names) for value, names in folded()
        }
        errors = max(1, len(wanted) // 4)
        alike = sorted((value for value in found if found[value] <= errors), key=found.__getitem__)
        return (alike or beginning(text, limit))[:limit]

    return Resolver(named, beginning, near)


def _topics() -> list[tuple[FacetValue, Sequence[str]]]:
    """Give each topic with its names; those of a merged one name what stands for it today."""
    found = list(db.session.scalars(select(Topic).order_by(Topic.sort, Topic.id)))
    merged = {topic.id: topic.merged_into_id for topic in found if topic.merged_into_id is not None}
    names: dict[int, list[str]] = {topic.id: [] for topic in found}
    for topic in found:
        names[successor(merged, topic.id)] += (topic.slug, topic.name, topic.name_en)
    return [
        (FacetValue(topic.slug, topic.label, topic.name), names[topic.id])
        for topic in found
        if not topic.is_merged
    ]


def _laender() -> list[tuple[FacetValue, Sequence[str]]]:
    nicknames = {code: nickname for nickname, code in LAND_NICKNAMES.items()}
    return [
        (FacetValue(code, name, short), (code, short, name, nicknames.get(code, "")))
        for code, (short, name) in LAENDER.items()
    ]


TOPICS = _of_list(_topics)
LAENDER_NAMED = _of_list(_laender)
