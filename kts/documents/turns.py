"""Whose turn it is: work on versions that is done for one version at a time, by one process.

Drawing pages and recognising scans each have a state and a sign of life of their own on the
version; a process that shows none for a while is taken for dead.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute

from kts.core.clock import now
from kts.documents.models import DONE, QUEUED, RUNNING, DocumentVersion
from kts.extensions import db


@dataclass(frozen=True)
class Work:
    """One kind of work: the columns of its state and its sign of life, and how long that lasts."""

    state: InstrumentedAttribute[str]
    alive_at: InstrumentedAttribute[object]
    dead_after: timedelta


def claim(work: Work, version_id: int) -> DocumentVersion | None:
    """Mark the version as being worked on; None where any other is, or it waits for nothing.

    Leaves the commit; where it gives None, the transaction has ended.
    """
    others = select(DocumentVersion.id).where(
        work.state == RUNNING, work.alive_at >= now() - work.dead_after
    )
    claimed = None
    if db.session.scalar(others.limit(1)) is None:
        claimed = db.session.execute(
            update(DocumentVersion)
            .where(
                DocumentVersion.id == version_id,
                DocumentVersion.extraction_state == DONE,
                work.state.in_((QUEUED, RUNNING)),
            )
            .values({work.state: RUNNING, work.alive_at: now()})
        )
    if claimed is None or not claimed.rowcount:
        db.session.rollback()
        return None
    return db.session.get_one(DocumentVersion, version_id, populate_existing=True)


def waited_longest(work: Work) -> int | None:
    """Give the version whose turn is next; None where nothing waits."""
    return db.session.scalar(
        select(DocumentVersion.id)
        .where(work.state == QUEUED, DocumentVersion.extraction_state == DONE)
        .order_by(work.alive_at, DocumentVersion.id)
        .limit(1)
    )
