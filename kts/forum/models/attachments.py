"""Images and files in posts."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kts.core.models import TimestampMixin
from kts.extensions import db

NAME_LENGTH = 120

post_attachment = Table(
    "post_attachment",
    db.metadata,
    Column("post_id", Integer, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "attachment_id",
        Integer,
        ForeignKey("attachment.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)


class Attachment(TimestampMixin, db.Model):
    """A file that somebody uploaded to show it in a post.

    ``digest`` is the hash of what was sent: the same file sent twice by one person is one
    attachment. ``blob_key`` is what is kept, for an image a new drawing of it without the camera's
    notes. Whoever may read a post that shows it may open it; a post shows only what its writer
    has uploaded. What no post shows belongs to its uploader alone and goes after some days, and so
    does what the last post that showed it has left behind.
    """

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("uploader_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uploader_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    digest: Mapped[str] = mapped_column(String(64))
    blob_key: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    format: Mapped[str] = mapped_column(String(10))
    width: Mapped[int | None]
    height: Mapped[int | None]

    @property
    def is_image(self) -> bool:
        """Say whether a page shows it, rather than offering it to be saved."""
        return self.width is not None

    @property
    def path(self) -> str:
        """Give the address of the file."""
        return f"/anhang/{self.id}"
