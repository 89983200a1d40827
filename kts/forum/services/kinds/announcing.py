"""Announcements are news for a time; then they take their place in the list like other threads."""

from datetime import datetime

from sqlalchemy import Select

from kts.core.clock import now
from kts.extensions import db
from kts.forum.models import Thread
from kts.forum.models.kinds import Announcement


def announce(thread: Thread, until: datetime | None) -> None:
    """Say until when the thread is news; one with an end is pinned as long."""
    announcement = db.session.get(Announcement, thread.id)
    if announcement is None:
        announcement = Announcement(thread_id=thread.id)
        db.session.add(announcement)
    elif announcement.until == until:
        return
    announcement.until, announcement.ended = until, None
    thread.pinned = until is not None
    db.session.flush()


def due_announcements() -> bool:
    """Say whether there are announcements whose time has come."""
    return db.session.scalar(_due().with_only_columns(Announcement.thread_id).limit(1)) is not None


def end_announcements() -> int:
    """Unpin what is news no longer; give how many. What is pinned again stays so."""
    ended = db.session.scalars(_due()).all()
    for announcement in ended:
        announcement.ended = now()
        db.session.get_one(Thread, announcement.thread_id).pinned = False
    db.session.flush()
    return len(ended)


def _due() -> Select[tuple[Announcement]]:
    return db.select(Announcement).where(Announcement.until <= now(), Announcement.ended.is_(None))
