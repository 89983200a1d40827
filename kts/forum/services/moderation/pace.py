"""Slow mode: a minimal time between two posts of one person in a heated thread."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import format_datetime, format_timedelta
from flask_babel import gettext as _
from sqlalchemy import func

from kts.core.clock import now
from kts.core.errors import Conflict
from kts.extensions import db
from kts.forum import notifications
from kts.forum.models import Post, Thread
from kts.forum.models.moderating import ThreadEvent
from kts.forum.policies import can_moderate_thread
from kts.forum.services.moderation.events import note_event


class TooSoon(Conflict):
    """The person has just written in this thread; a little later it works."""


def set_pace(
    actor: Any, thread: Thread, seconds: int, reason: str = "", until: datetime | None = None
) -> ThreadEvent | None:
    """Let that many seconds pass between two posts of one person; 0 ends it."""
    if thread.slow_seconds == seconds:
        return None
    before, thread.slow_seconds = thread.slow_seconds, seconds
    kind = "thread.slow" if seconds else "thread.unslow"
    event = note_event(
        actor,
        thread,
        kind,
        reason=reason,
        changes={"slow_seconds": [before, seconds]},
        data={"before": before, "seconds": seconds},
        until=until if seconds else None,
    )
    notifications.tell_author(actor, thread, kind, reason)
    return event


def require_patience(actor: Any, thread: Thread) -> None:
    """Raise TooSoon for a person who wrote here a moment ago and keeps no order here."""
    if not thread.slow_seconds or can_moderate_thread(actor, thread):
        return
    last = db.session.scalar(
        db.select(func.max(Post.created)).filter_by(thread_id=thread.id, author_id=actor.id)
    )
    if last is None:
        return
    free_at = last + timedelta(seconds=thread.slow_seconds)
    if free_at > now():
        raise TooSoon(_too_soon(thread.slow_seconds, free_at))


def _too_soon(seconds: int, free_at: datetime) -> str:
    return _(
        "In this thread there is at least %(pause)s between two posts of one person. You can "
        "send the next one from %(time)s on.",
        pause=format_timedelta(timedelta(seconds=seconds), threshold=2),
        time=format_datetime(free_at, "short"),
    )
