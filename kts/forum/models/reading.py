"""How far each person has read, and the indexes and counts that lists of threads live on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from kts.core.clock import now
from kts.core.models import UTCDateTime
from kts.extensions import db
from kts.forum.models.posts import Post
from kts.forum.models.threads import Thread


class ReadState(db.Model):
    """The number of the last post of a thread up to which a person has read without a gap.

    ``updated`` tells whether the mark is older or newer than a :class:`CategoryRead`: what the
    person did last counts.
    """

    __tablename__ = "read_state"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    thread_id: Mapped[int] = mapped_column(
        ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    last_read: Mapped[int] = mapped_column(default=0)
    updated: Mapped[datetime] = mapped_column(UTCDateTime, default=now, onupdate=now)


class CategoryRead(db.Model):
    """A person counts everything in a category as read that was written up to ``read_at``.

    One row instead of one for each thread. ``previous_at`` is what it was before, so that the
    click can be taken back; None means that there was no row.
    """

    __tablename__ = "category_read"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    category_id: Mapped[int] = mapped_column(
        ForeignKey("category.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    read_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    previous_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ThreadVoices(db.Model):
    """How many people and municipalities spoke in a thread; derived by ``services.heat``."""

    __tablename__ = "thread_voices"

    thread_id: Mapped[int] = mapped_column(
        ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True
    )
    people: Mapped[int] = mapped_column(default=0)
    municipalities: Mapped[int] = mapped_column(default=0)


# A list of a category reads its first rows from one of these and stops; see queries.lists.
Index("ix_thread_category_hot", Thread.category_id, Thread.visibility, Thread.hot)
Index("ix_thread_category_created", Thread.category_id, Thread.visibility, Thread.created)
Index(
    "ix_thread_unanswered",
    *(Thread.visibility, Thread.kind, Thread.answers_by_others, Thread.created),
)
# Holds all that heat needs, so that a long thread is counted without touching its posts.
Index(
    "ix_post_voices",
    *(Post.thread_id, Post.author_id, Post.hidden, Post.deleted, Post.created, Post.rating),
)
Index("ix_post_author_thread", Post.author_id, Post.thread_id, Post.deleted)
