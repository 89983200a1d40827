"""Writing down an act: in the audit log, and at its place between the posts."""

from datetime import datetime
from typing import Any

from kts.core import audit
from kts.core.clock import now
from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.forum.models.moderating import ThreadEvent


def note_event(
    actor: Any,
    obj: Thread | Post,
    kind: str,
    *,
    reason: str = "",
    changes: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
    after: int | None = None,
    until: datetime | None = None,
) -> ThreadEvent:
    """Log the act and put it behind post number ``after``, by default the newest one."""
    thread = obj.thread if isinstance(obj, Post) else obj
    entry = audit.record(actor, kind, obj, reason=reason, changes=changes)
    db.session.flush()
    event = ThreadEvent(
        thread_id=thread.id,
        after_number=thread.last_number if after is None else after,
        kind=kind,
        actor_id=getattr(actor, "id", None),
        audit_id=entry.id,
        data={**(data or {}), **_lasting(until)},
        reason=reason,
        created=now(),
        until=until,
    )
    db.session.add(event)
    db.session.flush()
    return event


def _lasting(until: datetime | None) -> dict[str, str]:
    """Keep the end for readers, since the worker empties the column."""
    return {"until": until.isoformat()} if until else {}


def take_back(event: ThreadEvent) -> None:
    """Mark an act as undone, so that readers no longer see it."""
    event.undone_at, event.until = now(), None
    db.session.flush()
