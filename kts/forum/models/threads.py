"""Categories and threads.

A thread carries its category's visibility, so lists and search filter on one column; whoever
changes the one changes the other (``services.categories``, ``services.moderation``).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.models import TimestampMixin, UTCDateTime
from kts.core.text import slugify
from kts.extensions import db
from kts.municipalities.models import Municipality, Topic

if TYPE_CHECKING:
    from kts.forum.models.posts import Post

POSTS_PER_PAGE = 20  # about ten minutes of reading
TITLE_LENGTH = 200
REASON_LENGTH = 1000
WRITERS = ("members", "moderators")
QUESTION, EXPERIENCE, DISCUSSION = "question", "experience", "discussion"
ANNOUNCEMENT, POLL = "announcement", "poll"
KINDS = (QUESTION, EXPERIENCE, DISCUSSION, ANNOUNCEMENT, POLL)

thread_topic = Table(
    "thread_topic",
    db.metadata,
    Column("thread_id", Integer, ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "topic_id",
        Integer,
        ForeignKey("topic.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)


class Category(TimestampMixin, db.Model):
    """A room of the forum: who sees it (a visibility token) and who may open threads in it.

    ``writable_by`` limits only new threads; whoever sees a thread may answer it. A name is taken
    only among the rooms of one audience: otherwise its refusal would tell of a room that somebody
    may not know of.
    """

    __tablename__ = "category"
    __table_args__ = (
        UniqueConstraint("visibility", "name"),
        CheckConstraint("writable_by IN ('members','moderators')", name="writable_by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, default="")
    visibility: Mapped[str] = mapped_column(String(40), default="members", index=True)
    writable_by: Mapped[str] = mapped_column(String(20), default="members")
    position: Mapped[int] = mapped_column(default=0)


class ShownMixin:
    """What a moderator can hide and its author take back."""

    hidden: Mapped[bool]
    deleted: Mapped[datetime | None]

    @hybrid_property
    def shown(self) -> bool:
        """Say whether all of the audience see it: neither hidden nor taken back."""
        return not self.hidden and self.deleted is None

    @shown.inplace.expression
    @classmethod
    def _shown(cls) -> ColumnElement[bool]:
        return and_(~cls.hidden, cls.deleted.is_(None))


class Thread(ShownMixin, TimestampMixin, db.Model):
    """A conversation in a category, of one of five kinds.

    ``last_number`` numbers the newest post and is counted up in the database, so that two answers
    at the same moment get two numbers. ``last_post_id`` has no foreign key: posts already point
    here, and a circle would make both tables hard to copy. ``municipality_id`` is the municipality
    that the thread is about. ``external_key`` recognises an imported thread.

    ``hot`` is the score of ``services.heat``, ``answers_by_others`` counts posts that the opener
    did not write. A merged thread leads on to ``merged_into_id``. ``deleted`` is set when its
    author takes it back. ``steward_id``: who looks after the question since its author handed
    over her role.
    """

    __tablename__ = "thread"
    __table_args__ = (
        Index("ix_thread_category_activity", "category_id", "pinned", "last_post_at"),
        Index("ix_thread_visibility_activity", "visibility", "last_post_at"),
        Index("ix_thread_visibility_hot", "visibility", "hot"),
        Index("ix_thread_visibility_created", "visibility", "created"),
        CheckConstraint(
            "kind IN ('question','experience','discussion','announcement','poll')", name="kind"
        ),
        CheckConstraint("slow_seconds >= 0", name="slow_seconds"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"))
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    municipality_id: Mapped[int | None] = mapped_column(
        ForeignKey("municipality.id", ondelete="SET NULL"), index=True
    )
    visibility: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20), default=DISCUSSION)
    pinned: Mapped[bool] = mapped_column(default=False)
    locked: Mapped[bool] = mapped_column(default=False)
    hidden: Mapped[bool] = mapped_column(default=False)
    hidden_reason: Mapped[str] = mapped_column(Text, default="")
    last_number: Mapped[int] = mapped_column(default=0)
    post_count: Mapped[int] = mapped_column(default=0)
    last_post_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    last_post_id: Mapped[int | None]
    accepted_post_id: Mapped[int | None]
    problem_count: Mapped[int] = mapped_column(default=0)
    answers_by_others: Mapped[int] = mapped_column(default=0)
    hot: Mapped[float] = mapped_column(default=0.0)
    steward_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    slow_seconds: Mapped[int] = mapped_column(default=0)
    deleted: Mapped[datetime | None] = mapped_column(UTCDateTime)
    merged_into_id: Mapped[int | None] = mapped_column(
        ForeignKey("thread.id", ondelete="SET NULL"), index=True
    )
    external_key: Mapped[str | None] = mapped_column(String(64), unique=True)

    category: Mapped[Category] = relationship()
    author: Mapped[User | None] = relationship(foreign_keys=[author_id])
    steward: Mapped[User | None] = relationship(foreign_keys=[steward_id])
    municipality: Mapped[Municipality | None] = relationship()
    topics: Mapped[list[Topic]] = relationship(secondary=thread_topic, order_by=Topic.sort)
    last_post: Mapped[Post | None] = relationship(
        primaryjoin="foreign(Thread.last_post_id) == Post.id", viewonly=True
    )

    @property
    def slug(self) -> str:
        """Give the readable part of the address."""
        return slugify(self.title)

    @property
    def path(self) -> str:
        """Give the thread's address on this site."""
        return f"/thema/{self.id}-{self.slug}"

    @property
    def replies(self) -> int:
        """Give the number of answers."""
        return max(0, self.post_count - 1)

    @property
    def pages(self) -> int:
        """Give the number of pages."""
        return page_of(max(1, self.last_number))


def page_of(number: int) -> int:
    """Give the page, from 1, on which the post with this number stands."""
    return (number - 1) // POSTS_PER_PAGE + 1
