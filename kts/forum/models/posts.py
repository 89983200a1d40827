"""Posts, the texts that they had before, and the document pages that they point to.

Posts are numbered within their thread, the number is never given twice, and a page of a thread is
a range of numbers: permalinks stay right whatever is hidden later.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.models import TimestampMixin, UTCDateTime
from kts.core.text import RENDER_VERSION
from kts.extensions import db
from kts.forum.models.threads import ShownMixin, Thread, page_of
from kts.municipalities.models import Municipality

BODY_LENGTH = 40_000  # about ten printed pages; what is longer is a document


class Post(ShownMixin, TimestampMixin, db.Model):
    """What one person said; ``html`` is rendered when it is written.

    ``version`` grows with each edit and tells an edit made on an older state. ``submission`` is
    the fingerprint of the form that made the post: the same form sent twice makes one post.

    ``deleted`` is set when its author takes it back; the words go some weeks later.
    ``official_for_id`` names the municipality in whose name it speaks. ``rating`` counts the
    reactions that say it helped. Everybody who may answer may change a ``wiki`` post.
    """

    __tablename__ = "post"
    __table_args__ = (
        UniqueConstraint("thread_id", "number"),
        UniqueConstraint("author_id", "submission"),
        CheckConstraint("number > 0", name="number"),
        Index("ix_post_author_created", "author_id", "created"),
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
    deleted: Mapped[datetime | None] = mapped_column(UTCDateTime)
    wiki: Mapped[bool] = mapped_column(default=False)
    rating: Mapped[int] = mapped_column(default=0)
    official_for_id: Mapped[int | None] = mapped_column(
        ForeignKey("municipality.id", ondelete="SET NULL")
    )
    submission: Mapped[str | None] = mapped_column(String(64))

    thread: Mapped[Thread] = relationship()
    author: Mapped[User | None] = relationship()
    reply_to: Mapped[Post | None] = relationship(remote_side="Post.id")
    official_for: Mapped[Municipality | None] = relationship()

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
