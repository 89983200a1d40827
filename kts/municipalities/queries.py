"""Reads about municipalities and model projects.

Everything here is public; the viewer matters for what other features add (documents). A list has
a fixed number of statements however many rows it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import defer, joinedload, selectinload

from kts.core import slots
from kts.core.access import Viewer
from kts.core.audit import AuditEntry, history
from kts.core.errors import NotFound
from kts.core.terms import successor, successors
from kts.extensions import db
from kts.municipalities.models import (
    KINDS,
    OPERATING,
    SIZE_CLASSES,
    SIZE_LIMITS,
    ModelProject,
    Municipality,
    Topic,
    model_project_member,
    municipality_topic,
)
from kts.municipalities.names import fold

#: Filled by the documents feature: ``fill(viewer=...)`` gives a select of municipality ids.
SLOT_WITH_DOCUMENTS = "municipality_ids_with_documents"


@dataclass(frozen=True)
class Filters:
    """What a visitor looks for; empty values do not filter."""

    q: str = ""
    land: str = ""
    size: str = ""
    kind: str = ""
    cohort: int | None = None
    operating: str = ""
    topic: str = ""
    with_project: bool = False
    with_documents: bool = False

    def __bool__(self) -> bool:
        return self != Filters()

    def arguments(self) -> dict[str, Any]:
        """Give the filters as arguments of an address, without the empty ones."""
        given = {
            "q": self.q,
            "land": self.land,
            "groesse": self.size,
            "art": self.kind,
            "staffel": self.cohort,
            "betrieb": self.operating,
            "handlungsfeld": self.topic,
            "modellprojekt": 1 if self.with_project else None,
            "dokumente": 1 if self.with_documents else None,
        }
        return {name: value for name, value in given.items() if value}


def in_project() -> Select[tuple[int]]:
    """Select the ids of all members of model projects."""
    return select(model_project_member.c.municipality_id)


def find_municipalities(filters: Filters, viewer: Viewer) -> Select[tuple[Municipality]]:
    """Select what the filters let through; best match first.

    With a name: the exact one, then those that begin with it. Then members of model projects, then
    by population, since that is whom most visitors look for.
    """
    statement = (
        select(Municipality)
        .options(
            defer(Municipality.profile),
            defer(Municipality.profile_html),
            selectinload(Municipality.projects),
            selectinload(Municipality.topics),
        )
        .where(*_conditions(filters, viewer))
    )
    order: list[Any] = []
    if name := fold(filters.q):
        begins = Municipality.search_name.startswith(name, autoescape=True)
        exact = func.lower(Municipality.name) == filters.q.strip().lower()
        order.append(case((exact, 0), (begins, 1), else_=2))
    order.append(case((Municipality.id.in_(in_project()), 0), else_=1))
    return statement.order_by(
        *order, func.coalesce(Municipality.population, 0).desc(), Municipality.id
    )


def _conditions(filters: Filters, viewer: Viewer) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.q.strip():
        found.append(_named(filters.q))
    if filters.land:
        found.append(Municipality.land == filters.land)
    if filters.kind in KINDS:
        found.append(Municipality.kind == filters.kind)
    if filters.size in SIZE_CLASSES:
        found.append(_of_size(filters.size))
    if filters.cohort:
        cohort = in_project().join(ModelProject).where(ModelProject.cohort == filters.cohort)
        found.append(Municipality.id.in_(cohort))
    if filters.operating in OPERATING and filters.operating:
        so = in_project().join(ModelProject).where(ModelProject.operating == filters.operating)
        found.append(Municipality.id.in_(so))
    if filters.topic:
        about = (
            select(municipality_topic.c.municipality_id)
            .join(Topic)
            .where(Topic.slug == filters.topic)
        )
        found.append(Municipality.id.in_(about))
    if filters.with_project:
        found.append(Municipality.id.in_(in_project()))
    if filters.with_documents:
        found.append(or_(*_with_documents(viewer)))
    return found


def _named(text: str) -> ColumnElement[bool]:
    """Match every word of the text somewhere in the name; digits are a postcode or a key."""
    compact = text.replace(" ", "")
    if compact.isdigit():
        return or_(Municipality.postcode.startswith(compact), Municipality.ags.startswith(compact))
    words = fold(text).split()
    if not words:
        return false()
    return and_(*(Municipality.search_name.contains(word, autoescape=True) for word in words))


def _of_size(size: str) -> ColumnElement[bool]:
    if size == "district":
        return Municipality.kind == "district"
    low, high = next((low, high) for code, low, high in SIZE_LIMITS if code == size)
    bounds = [Municipality.kind.in_(("town", "municipality")), Municipality.population >= low]
    return and_(*bounds, *([Municipality.population < high] if high else []))


def documents_filter_available() -> bool:
    """Say whether a feature can tell which municipalities have documents."""
    return bool(current_app.extensions.get("kts_slots", {}).get(SLOT_WITH_DOCUMENTS))


def _with_documents(viewer: Viewer) -> list[ColumnElement[bool]]:
    selects = slots.contributions(SLOT_WITH_DOCUMENTS, viewer=viewer)
    return [Municipality.id.in_(ids) for ids in selects] or [Municipality.id.is_(None)]


def get_municipality(slug: str) -> Municipality:
    """Find a municipality with all that its page shows; raises NotFound."""
    found = db.session.scalar(
        select(Municipality)
        .filter_by(slug=slug)
        .options(
            selectinload(Municipality.contacts),
            selectinload(Municipality.topics),
            selectinload(Municipality.projects).selectinload(ModelProject.members),
        )
    )
    if found is None:
        raise NotFound
    return found


def municipality_by_slug(slug: str) -> Municipality | None:
    """Find a municipality for a form; none for an unknown slug."""
    return db.session.scalar(select(Municipality).filter_by(slug=slug)) if slug else None


def municipality_by_key(key: str) -> Municipality | None:
    """Find by AGS or district key."""
    return db.session.scalar(select(Municipality).filter_by(ags=key))


def municipalities_by_ids(ids: Sequence[int]) -> dict[int, Municipality]:
    """Give several by id."""
    found = db.session.scalars(select(Municipality).where(Municipality.id.in_(ids)))
    return {municipality.id: municipality for municipality in found}


def all_projects() -> list[ModelProject]:
    """List the model projects with lead and members, by Land and name (two statements)."""
    statement = (
        select(ModelProject)
        .options(
            joinedload(ModelProject.lead).options(*_light()),
            selectinload(ModelProject.members).options(*_light()),
        )
        .order_by(ModelProject.land, ModelProject.title)
    )
    return list(db.session.scalars(statement).unique())


def _light() -> tuple[Any, ...]:
    return defer(Municipality.profile), defer(Municipality.profile_html)


def get_project(slug: str) -> ModelProject:
    """Find a project with its members; raises NotFound."""
    project = db.session.scalar(
        select(ModelProject)
        .filter_by(slug=slug)
        .options(joinedload(ModelProject.lead), selectinload(ModelProject.members))
    )
    if project is None:
        raise NotFound
    return project


def _merged_topics() -> dict[int, int]:
    columns = select(Topic.id, Topic.merged_into_id)
    found = db.session.execute(columns.where(Topic.merged_into_id.is_not(None)))
    return {number: into for number, into in found if into is not None}


def current_topic_ids(ids: Iterable[int]) -> list[int]:
    """Give what stands for these topics today: of a merged one the topic it went into."""
    return successors(_merged_topics(), ids)


def topics_of(ids: Iterable[int]) -> list[Topic]:
    """Give the topics of these ids as they stand today, in the order of the vocabulary."""
    statement = select(Topic).where(Topic.id.in_(current_topic_ids(ids)))
    return list(db.session.scalars(statement.order_by(Topic.sort, Topic.name)))


def topics_by_name() -> dict[str, Topic]:
    """Give the topics by each of their names (case folded), also by those that were merged."""
    found = list(db.session.scalars(select(Topic).order_by(Topic.sort, Topic.name)))
    known = {topic.id: topic for topic in found}
    merged = {t.id: t.merged_into_id for t in found if t.merged_into_id is not None}
    return {
        name.casefold(): known[successor(merged, topic.id)]
        for topic in sorted(found, key=lambda topic: not topic.is_merged)
        for name in (topic.name, topic.name_en, topic.slug)
        if name
    }


def offered_topics(also: Iterable[int] = ()) -> list[Topic]:
    """List the topics that can be chosen; of the retired ones those with these ids."""
    kept = set(also)
    return [topic for topic in all_topics() if topic.is_offered or topic.id in kept]


def all_topics() -> list[Topic]:
    """List the vocabulary in its order, with what is retired, without what was merged."""
    statement = select(Topic).where(Topic.merged_into_id.is_(None))
    return list(db.session.scalars(statement.order_by(Topic.sort, Topic.name)))


def left_register(municipality: Municipality) -> bool:
    """Say whether a later register no longer has the municipality."""
    if municipality.register_date is None:
        return False
    later = select(Municipality.id).where(Municipality.register_date > municipality.register_date)
    return db.session.scalar(later.limit(1)) is not None


def changes_of(municipality: Municipality) -> list[AuditEntry]:
    """List the changes of a profile, newest first."""
    return history(Municipality.__tablename__, municipality.id)
