"""What the search knows of municipalities.

All of the register is in the index, so that a name always leads somewhere; a municipality without
any content of its own weighs less than one that others can learn from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from kts.core.text import plain_text
from kts.extensions import db
from kts.municipalities.geography import LAENDER
from kts.municipalities.models import Municipality, Topic
from kts.search import outbox
from kts.search.engine import IndexDocument
from kts.search.sources import SearchSource

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
