"""What moderators did to a thread, as its readers see it, and what undoing needs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.accounts.models import User
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.models import UTCDateTime
from kts.extensions import db
from kts.forum.models.threads import Thread

#: Each act: which mark it changes, to what, and the act that is its counterpart.
MARKS: dict[str, tuple[str, bool, str]] = {
    "thread.pin": ("pinned", True, "thread.unpin"),
    "thread.unpin": ("pinned", False, "thread.pin"),
    "thread.lock": ("locked", True, "thread.unlock"),
    "thread.unlock": ("locked", False, "thread.lock"),
    "thread.hide": ("hidden", True, "thread.unhide"),
    "thread.unhide": ("hidden", False, "thread.hide"),
    "post.hide": ("hidden", True, "post.unhide"),
    "post.unhide": ("hidden", False, "post.hide"),
    "post.wiki": ("wiki", True, "post.unwiki"),
    "post.unwiki": ("wiki", False, "post.wiki"),
}
#: Acts of one family follow one another; only the last of them can be taken back.
FAMILIES = {
    **{kind: f"{kind.partition('.')[0]}.{field}" for kind, (field, _v, _c) in MARKS.items()},
    **{"thread.move": "place", "thread.slow": "pace", "thread.unslow": "pace"},
}
#: Acts that can be taken back each for itself.
SINGLE = ("thread.merge", "thread.split", "thread.propose")


class ThreadEvent(db.Model):
    """One act on a thread or on a post of it, at the place where it happened.

    ``kind`` is the action's name in the audit log (``thread.lock``, ``post.hide``).
    ``after_number`` is the post behind which it stands; that post may have been moved since.
    ``data`` holds what undoing and telling need, never words of posts. ``until`` is when the
    worker ends the act; it empties the field when it has. An act that was taken back keeps its
    row with ``undone_at``: readers no longer see it, moderators do.
    """

    __tablename__ = "thread_event"
    __table_args__ = (
        Index("ix_thread_event_thread", "thread_id", "after_number"),
        Index("ix_thread_event_kind_created", "kind", "created"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"))
    after_number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(30))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    audit_id: Mapped[int | None] = mapped_column(
        ForeignKey("audit_entry.id", ondelete="SET NULL"), index=True
    )
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reason: Mapped[str] = mapped_column(Text, default="")
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    until: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    thread: Mapped[Thread] = relationship()
    actor: Mapped[User | None] = relationship()
    audit: Mapped[AuditEntry | None] = relationship()


class PostMove(db.Model):
    """One post's way from a number in one thread to a number in another, within one event.

    Old numbers are never given again, so the way back is open as long as the post is still where
    the event put it.
    """

    __tablename__ = "post_move"
    __table_args__ = (
        UniqueConstraint("event_id", "post_id"),
        Index("ix_post_move_from", "event_id", "from_number"),
        Index("ix_post_move_to", "event_id", "to_number"),
        Index("ix_post_move_from_thread", "from_thread_id"),
        Index("ix_post_move_post", "post_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("thread_event.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    from_thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"))
    from_number: Mapped[int]
    to_thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"))
    to_number: Mapped[int]
