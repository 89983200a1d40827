"""What people do to posts of others: reactions, bookmarks, reading lists."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.models import UTCDateTime
from kts.documents.models import Document
from kts.extensions import db
from kts.forum.models.posts import Post
from kts.municipalities.models import Municipality

HELPFUL, SAME, THANKS = "helpful", "same", "thanks"
REACTIONS = (HELPFUL, SAME, THANKS)
RATING = (HELPFUL, SAME)  # thanks are kind, and say nothing about the answer
NOTE_LENGTH = 1000
WHOLE = 0  # the page of a mark on a whole document; NULL would not be unique

_ONE_THING = "(post_id IS NULL) <> (document_id IS NULL)"


class Reaction(db.Model):
    """A person says of another's post that it helped, that they do so too, or thanks for it."""

    __tablename__ = "reaction"
    __table_args__ = (CheckConstraint("kind IN ('helpful','same','thanks')", name="kind"),)

    post_id: Mapped[int] = mapped_column(
        ForeignKey("post.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)

    post: Mapped[Post] = relationship()
    user: Mapped[User] = relationship()


class Bookmark(db.Model):
    """A post or a page of a document that one person wants to find again; nobody else sees it.

    ``remind_at`` asks for a message; ``reminded_at`` says that it was written.
    """

    __tablename__ = "bookmark"
    __table_args__ = (
        UniqueConstraint("user_id", "post_id"),
        Index("uq_bookmark_document", "user_id", "document_id", "page", unique=True),
        Index("ix_bookmark_reminder", "reminded_at", "remind_at"),
        CheckConstraint(_ONE_THING, name="one_thing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    post_id: Mapped[int | None] = mapped_column(
        ForeignKey("post.id", ondelete="CASCADE"), index=True
    )
    document_id: Mapped[int | None] = mapped_column(
        ForeignKey("document.id", ondelete="CASCADE"), index=True
    )
    page: Mapped[int] = mapped_column(default=WHOLE)
    note: Mapped[str] = mapped_column(Text, default="")
    remind_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)

    user: Mapped[User] = relationship()
    post: Mapped[Post | None] = relationship()
    document: Mapped[Document | None] = relationship()


class ReadingItem(db.Model):
    """A post or page that one colleague recommends to all of her municipality.

    ``done_at`` is set when somebody has dealt with it; it stays, struck through, until removed.
    """

    __tablename__ = "reading_item"
    __table_args__ = (
        UniqueConstraint("municipality_id", "post_id"),
        Index("uq_reading_item_document", "municipality_id", "document_id", "page", unique=True),
        CheckConstraint(_ONE_THING, name="one_thing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id", ondelete="CASCADE"))
    post_id: Mapped[int | None] = mapped_column(
        ForeignKey("post.id", ondelete="CASCADE"), index=True
    )
    document_id: Mapped[int | None] = mapped_column(
        ForeignKey("document.id", ondelete="CASCADE"), index=True
    )
    page: Mapped[int] = mapped_column(default=WHOLE)
    note: Mapped[str] = mapped_column(Text, default="")
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)

    municipality: Mapped[Municipality] = relationship()
    post: Mapped[Post | None] = relationship()
    document: Mapped[Document | None] = relationship()
    added_by: Mapped[User | None] = relationship(foreign_keys=[added_by_id])
    done_by: Mapped[User | None] = relationship(foreign_keys=[done_by_id])
