"""Categories, threads and posts, and how far each person has read.

A thread carries its category's visibility, so lists and search filter on one column; whoever
changes the one changes the other (``services.categories``, ``services.moderation``). Posts are
numbered within their thread, the number is never given twice, and a page of a thread is a range
of numbers: permalinks stay right whatever is hidden later.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.models import TimestampMixin, UTCDateTime
from kts.core.text import RENDER_VERSION, slugify
from kts.extensions import db
from kts.municipalities.models import Municipality, Topic

POSTS_PER_PAGE = 20  # about ten minutes of reading
TITLE_LENGTH = 200
BODY_LENGTH = 40_000  # about ten printed pages; what is longer is a document
REASON_LENGTH = 1000
WRITERS = ("members", "moderators")

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

    ``writable_by`` limits only new threads; whoever sees a thread may answer it.
    """

    __tablename__ = "category"
    __table_args__ = (
        CheckConstraint("writable_by IN ('members','moderators')", name="writable_by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    description: Mapped[str] = mapped_column(Text, default="")
    visibility: Mapped[str] = mapped_column(String(40), default="members", index=True)
    writable_by: Mapped[str] = mapped_column(String(20), default="members")
    position: Mapped[int] = mapped_column(default=0)


class Thread(TimestampMixin, db.Model):
    """A conversation in a category.

    ``last_number`` numbers the newest post and is counted up in the database, so that two answers
    at the same moment get two numbers. ``last_post_id`` has no foreign key: posts already point
    here, and a circle would make both tables hard to copy. ``municipality_id`` is the municipality
    that the thread is about. ``external_key`` recognises an imported thread.
    """

    __tablename__ = "thread"
    __table_args__ = (
        Index("ix_thread_category_activity", "category_id", "pinned", "last_post_at"),
        Index("ix_thread_visibility_activity", "visibility", "last_post_at"),
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
    pinned: Mapped[bool] = mapped_column(default=False)
    locked: Mapped[bool] = mapped_column(default=False)
    hidden: Mapped[bool] = mapped_column(default=False)
    hidden_reason: Mapped[str] = mapped_column(Text, default="")
    last_number: Mapped[int] = mapped_column(default=0)
    post_count: Mapped[int] = mapped_column(default=0)
    last_post_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    last_post_id: Mapped[int | None]
    external_key: Mapped[str | None] = mapped_column(String(64), unique=True)

    category: Mapped[Category] = relationship()
    author: Mapped[User | None] = relationship()
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


class Post(TimestampMixin, db.Model):
    """What one person said; ``html`` is rendered when it is written.

    ``version`` grows with each edit and tells an edit made on an older state. ``submission`` is
    the fingerprint of the form that made the post: the same form sent twice makes one post.
    """

    __tablename__ = "post"
    __table_args__ = (
        UniqueConstraint("thread_id", "number"),
        UniqueConstraint("author_id", "submission"),
        CheckConstraint("number > 0", name="number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"))
    number: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="SET NULL"))
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    render_version: Mapped[int] = mapped_column(default=RENDER_VERSION)
    version: Mapped[int] = mapped_column(default=1)
    edited_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    hidden: Mapped[bool] = mapped_column(default=False)
    hidden_reason: Mapped[str] = mapped_column(Text, default="")
    submission: Mapped[str | None] = mapped_column(String(64))

    thread: Mapped[Thread] = relationship()
    author: Mapped[User | None] = relationship()
    reply_to: Mapped[Post | None] = relationship(remote_side="Post.id")

    @property
    def edit_count(self) -> int:
        """Give how often the text was changed."""
        return self.version - 1

    @property
    def page(self) -> int:
        """Give the page of the thread on which the post stands."""
        return page_of(self.number)

    @property
    def anchor(self) -> str:
        """Give the id of the post's element."""
        return f"beitrag-{self.number}"

    @property
    def title(self) -> str:
        """Name the post in the audit log."""
        return f"{self.thread.title} #{self.number}"


def page_of(number: int) -> int:
    """Give the page, from 1, on which the post with this number stands."""
    return (number - 1) // POSTS_PER_PAGE + 1


class PostRevision(db.Model):
    """A text that a post had before somebody changed it at ``created``."""

    __tablename__ = "post_revision"
    __table_args__ = (UniqueConstraint("post_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    version: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    editor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)

    editor: Mapped[User | None] = relationship()


class ReadState(db.Model):
    """The number of the last post of a thread up to which a person has read without a gap."""

    __tablename__ = "read_state"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    thread_id: Mapped[int] = mapped_column(
        ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    last_read: Mapped[int] = mapped_column(default=0)
    updated: Mapped[datetime] = mapped_column(UTCDateTime, default=now, onupdate=now)


class PostReference(db.Model):
    """A link in a post to a page of a document, derived from its text at each save.

    ``version_id`` is the version that was current then, so the card shows the page that was meant
    even after a newer version moved everything.
    """

    __tablename__ = "post_reference"
    __table_args__ = (
        UniqueConstraint("post_id", "position"),
        Index("ix_post_reference_document", "document_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    position: Mapped[int]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    version_id: Mapped[int | None] = mapped_column(
        ForeignKey("document_version.id", ondelete="SET NULL")
    )
    page: Mapped[int | None]
