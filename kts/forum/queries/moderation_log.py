"""What was done to a thread, and which names in that its reader may read.

A log outlives moves between groups: a group's coordinator does not learn from it what other closed
rooms are called.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from kts.core.access import Viewer, visible
from kts.core.audit import AuditEntry
from kts.extensions import db
from kts.forum.models import Category, Post, Thread
from kts.forum.models.moderating import FAMILIES, SINGLE, ThreadEvent
from kts.forum.queries.threads import visible_threads

LOGGED_AT_MOST = 300
PLACES = ("category", "thread")  # what of an entry names something beside the thread itself
UNKNOWN = "…"


@dataclass(frozen=True)
class Logged:
    """One line of the log; ``undo``: the act can still be taken back.

    ``changes`` are those of the entry, as far as the reader may know the places in them.
    """

    entry: AuditEntry
    event: ThreadEvent | None
    undo: bool
    changes: dict[str, Any]


def log_of(viewer: Viewer, thread: Thread, post: Post | None = None) -> list[Logged]:
    """List what was done to the thread and its posts, newest first, in a few statements."""
    about: ColumnElement[bool] = and_(
        AuditEntry.kind == "thread", AuditEntry.object_id == thread.id
    )
    about = or_(about, ThreadEvent.thread_id == thread.id)
    if post is not None:
        about = and_(AuditEntry.kind == "post", AuditEntry.object_id == post.id)
    statement = (
        db.select(AuditEntry, ThreadEvent)
        .outerjoin(ThreadEvent, ThreadEvent.audit_id == AuditEntry.id)
        .where(about)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(LOGGED_AT_MOST)
    )
    rows = db.session.execute(statement).all()
    open_acts = _undoable(newest_events(thread))
    told = changes_told(viewer, [entry for entry, _event in rows])
    return [
        Logged(entry, event, bool(event and event.id in open_acts), changes)
        for (entry, event), changes in zip(rows, told, strict=True)
    ]


def _undoable(events: Iterable[ThreadEvent]) -> set[int]:
    """Give the ids of the acts that can still be taken back; ``events`` newest first."""
    found: set[int] = set()
    families: set[tuple[str, Any]] = set()
    for event in events:
        if event.undone_at or not (event.kind in FAMILIES or event.kind in SINGLE):
            continue
        family = (FAMILIES.get(event.kind, str(event.id)), event.data.get("post_id"))
        if family not in families and "answer" not in event.data:
            found.add(event.id)
        families.add(family)
    return found


def newest_events(thread: Thread) -> Sequence[ThreadEvent]:
    """List the latest acts on the thread."""
    statement = (
        db.select(ThreadEvent)
        .where(ThreadEvent.thread_id == thread.id)
        .order_by(ThreadEvent.id.desc())
        .limit(LOGGED_AT_MOST)
    )
    return db.session.scalars(statement).all()


def changes_told(viewer: Viewer, entries: Sequence[AuditEntry]) -> list[dict[str, Any]]:
    """Give the changes of each entry, without names of places that the viewer may not know of.

    Moderators read all of it; a group's coordinators meet threads that come from elsewhere.
    """
    if viewer.is_moderator:
        return [entry.changes for entry in entries]
    known = _known_names(viewer, entries)
    return [_told(entry.changes, known) for entry in entries]


def _known_names(viewer: Viewer, entries: Sequence[AuditEntry]) -> set[Any]:
    titles = {name for entry in entries for name in entry.changes.get("thread", ()) if name}
    rooms = db.select(Category.name).where(visible(Category.visibility, viewer))
    threads = visible_threads(viewer).with_only_columns(Thread.title)
    found = db.session.scalars(threads.where(Thread.title.in_(titles)))
    return {*db.session.scalars(rooms), *found}


def _told(changes: dict[str, Any], known: set[Any]) -> dict[str, Any]:
    return {
        field: [name if name in known else UNKNOWN for name in names] if field in PLACES else names
        for field, names in changes.items()
    }
