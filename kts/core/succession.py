"""What was replaced by what: one thing names another, of whatever kind, as its successor.

Both ends are of kinds that :mod:`kts.core.shelf_life` knows. A thing has one successor and any
number of predecessors; no thing follows upon itself, however many steps lie between. Whoever reads
is told only of what she may see.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, and_, case, or_
from sqlalchemy.orm import Mapped, mapped_column

from kts.core import audit, shelf_life
from kts.core.access import Viewer
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.core.models import UTCDateTime
from kts.core.shelf_life import UNDO_WITHIN, Thing
from kts.extensions import db

LONGEST_CHAIN = 100  # steps looked at; nobody reads on through more
MOST_PREDECESSORS = 20  # named on a page

End = tuple[str, int]


class Succession(db.Model):
    """One thing is replaced by another; ``kind`` and ``subject_id`` name the older."""

    __tablename__ = "succession"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        Index("ix_succession_successor", "successor_kind", "successor_id"),
        {"sqlite_autoincrement": True},  # a form of what is gone must not meet another row
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int]
    successor_kind: Mapped[str] = mapped_column(String(20))
    successor_id: Mapped[int]
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))

    title = ""  # of the older, for the log


def find(older: End) -> Succession | None:
    """Find what a thing is replaced by."""
    kind, subject_id = older
    return db.session.scalar(db.select(Succession).filter_by(kind=kind, subject_id=subject_id))


def replace(actor: Any, older: Thing, newer: End | None, seen: int | None) -> audit.AuditEntry:
    """Name the successor, or none any more; ``seen`` is the row that the form showed.

    Raises Conflict where somebody was first, Invalid where it would follow upon itself.
    """
    row = find((older.kind, older.id))
    if (row.id if row else None) != seen:
        raise Conflict(_("Somebody else has changed the successor meanwhile. Nothing was changed."))
    if newer is not None:
        _refuse_circle((older.kind, older.id), newer)
    before = [row.successor_kind, row.successor_id] if row else None
    changes = {"before": {"older": [older.kind, older.id], "was": before, "is": newer}}
    if row is not None:
        db.session.delete(row)
        db.session.flush()
    row = Succession(kind=older.kind, subject_id=older.id, created_by_id=actor.id)
    row.title = older.title
    if newer is None:
        return audit.record(actor, "succession.end", None, changes=changes)
    row.successor_kind, row.successor_id = newer
    db.session.add(row)
    return audit.record(actor, "succession.name", row, changes=changes)


def undo(actor: Any, older: Thing, entry: audit.AuditEntry) -> None:
    """Bring back what was before an own deed; raise Conflict where it is old or not the newest."""
    told = entry.changes.get("before", {})
    row = find((older.kind, older.id))
    now_is = [row.successor_kind, row.successor_id] if row else None
    own = entry.actor_id == actor.id and told.get("older") == [older.kind, older.id]
    if (
        not own
        or entry.at < now() - UNDO_WITHIN
        or now_is != (list(told["is"]) if told["is"] else None)
    ):
        raise Conflict(_("This can no longer be undone: somebody has changed it since."))
    was = tuple(told["was"]) if told["was"] else None
    replace(actor, older, was, row.id if row else None)


def _refuse_circle(older: End, newer: End) -> None:
    end: End | None = newer
    for _step in range(LONGEST_CHAIN):
        if end == older:
            raise Invalid(_("That would be a circle: what you chose is itself replaced by this."))
        row = find(end) if end else None
        end = (row.successor_kind, row.successor_id) if row else None
        if end is None:
            return
    raise Invalid(_("Too many things follow upon one another here."))


def around(viewer: Viewer, kind: str, subject_id: int) -> tuple[Thing | None, Sequence[Thing]]:
    """Give the successor and the predecessors of a thing, as far as the viewer may see them."""
    forth = and_(Succession.kind == kind, Succession.subject_id == subject_id)
    back = and_(Succession.successor_kind == kind, Succession.successor_id == subject_id)
    first = case((forth, 0), else_=1)  # the successor is named however many were before
    statement = db.select(Succession).where(or_(forth, back)).order_by(first, Succession.id.desc())
    rows = db.session.scalars(statement.limit(MOST_PREDECESSORS + 1)).all()
    here = (kind, subject_id)
    ends = [
        (row.successor_kind, row.successor_id)
        if (row.kind, row.subject_id) == here
        else (row.kind, row.subject_id)
        for row in rows
    ]
    things = shelf_life.load_all(viewer, ends)
    forward = [end for row, end in zip(rows, ends, strict=True) if _is_older(row, here)]
    backward = [end for row, end in zip(rows, ends, strict=True) if not _is_older(row, here)]
    successor = next((things[end] for end in forward if end in things), None)
    return successor, [things[end] for end in backward if end in things]


def _is_older(row: Succession, here: End) -> bool:
    return (row.kind, row.subject_id) == here
