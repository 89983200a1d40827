"""What the home page and the programme page show of the other rooms, as this viewer may see it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from kts.core.access import Viewer
from kts.core.audit import AuditEntry
from kts.documents.models import Document, DocumentVersion
from kts.documents.queries import newest_documents, visible_documents
from kts.extensions import db
from kts.forum.models import Thread
from kts.forum.queries.threads import visible_threads
from kts.municipalities.models import COHORTS, ModelProject, Municipality, Topic
from kts.municipalities.queries import all_projects, offered_topics

ITEMS = 5  # a column of the home page; more belongs to the list behind it
TOPICS = 14


@dataclass(frozen=True)
class Numbers:
    """How much there is to find for this viewer."""

    municipalities: int
    projects: int
    documents: int
    pages: int
    threads: int


def documents(viewer: Viewer) -> Sequence[Document]:
    """Give the newest documents."""
    return newest_documents(viewer, ITEMS)


def threads(viewer: Viewer) -> Sequence[Thread]:
    """Give the threads with the newest posts, of whatever category the viewer sees."""
    return _latest(_shown_threads(viewer))


def group_threads(viewer: Viewer) -> Sequence[Thread]:
    """Give the threads with the newest posts in the viewer's groups."""
    return _latest(_shown_threads(viewer).where(Thread.visibility.startswith("group:")))


def _shown_threads(viewer: Viewer) -> Select[tuple[Thread]]:
    """Leave out what moderators have hidden: no news, even for who may still see it."""
    return visible_threads(viewer).where(Thread.shown)


def _latest(statement: Select[tuple[Thread]]) -> Sequence[Thread]:
    statement = (
        statement.options(joinedload(Thread.category), joinedload(Thread.municipality))
        .order_by(None)
        .order_by(Thread.last_post_at.desc(), Thread.id.desc())
        .limit(ITEMS)
    )
    return db.session.scalars(statement).unique().all()


def municipalities() -> Sequence[tuple[Municipality, object]]:
    """Give the municipalities whose profile people changed last, with the moment of it.

    The audit log knows; ``updated`` also moves when a register is imported.
    """
    changed = (
        select(AuditEntry.object_id, func.max(AuditEntry.at).label("at"))
        .where(AuditEntry.kind == "municipality")
        .group_by(AuditEntry.object_id)
        .order_by(func.max(AuditEntry.at).desc())
        .limit(ITEMS)
        .subquery()
    )
    statement = (
        select(Municipality, changed.c.at)
        .join(changed, changed.c.object_id == Municipality.id)
        .order_by(changed.c.at.desc())
    )
    return [tuple(row) for row in db.session.execute(statement)]


def topics() -> list[Topic]:
    """List the Handlungsfelder as ways in."""
    return offered_topics()[:TOPICS]


def numbers(viewer: Viewer) -> Numbers:
    """Count what this viewer can find."""
    readable = visible_documents(viewer).subquery()
    pages = (
        select(func.coalesce(func.sum(DocumentVersion.page_count), 0))
        .select_from(readable)
        .join(DocumentVersion, DocumentVersion.id == readable.c.current_version_id)
    )
    return Numbers(
        municipalities=_count(select(Municipality.id)),
        projects=_count(select(ModelProject.id)),
        documents=_count(visible_documents(viewer)),
        pages=db.session.scalar(pages) or 0,
        threads=_count(_shown_threads(viewer)),
    )


def _count(statement: Select) -> int:
    rows = statement.order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(rows)) or 0


def projects_by_cohort() -> dict[int, list[ModelProject]]:
    """Group the model projects by cohort; a cohort without imported projects is empty."""
    cohorts: dict[int, list[ModelProject]] = defaultdict(list)
    for project in all_projects():
        cohorts[project.cohort].append(project)
    return {cohort: cohorts[cohort] for cohort in COHORTS}
