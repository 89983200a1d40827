"""The library: a document, its versions, the pages of each version.

A document is what people know by its title; a version is one file of it and never changes once it
is read; a page belongs to a version, so a link to a page of an older version stays right when a
newer one comes. Which version is shown is on the document (``current_version``): the newest one
that could be read. A document without one is seen only by those who may work on it.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from kts.core.clock import now
from kts.core.models import TimestampMixin, UTCDateTime
from kts.core.text import slugify
from kts.extensions import db
from kts.municipalities.names import fold

KINDS = ("strategy", "concept", "report", "guideline", "study", "resolution", "other")

QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
STATES = (QUEUED, RUNNING, DONE, FAILED)
NONE = "none"  # a format without pages has no page images

document_topic = Table(
    "document_topic",
    db.metadata,
    Column("document_id", ForeignKey("document.id", ondelete="CASCADE"), primary_key=True),
    Column("topic_id", ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Document(TimestampMixin, db.Model):
    """A strategy, concept or report, of a municipality or of the programme itself.

    ``search_title`` is the folded title for the list. ``hidden_at`` takes it out of every list and
    of the search; only moderators and the municipality's editors still see it, with the reason.
    """

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        Index("ix_document_listed", "visibility", "hidden_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    search_title: Mapped[str] = mapped_column(String(600), default="")
    kind: Mapped[str] = mapped_column(String(20), default="strategy", index=True)
    language: Mapped[str] = mapped_column(String(5), default="de")
    licence: Mapped[str] = mapped_column(String(200), default="")
    source_url: Mapped[str] = mapped_column(String(1000), default="")
    visibility: Mapped[str] = mapped_column(String(40), default="public")
    municipality_id: Mapped[int | None] = mapped_column(
        ForeignKey("municipality.id", ondelete="SET NULL"), index=True
    )
    created_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    current_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("document_version.id", ondelete="SET NULL", use_alter=True), index=True
    )
    hidden_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    hidden_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    hidden_reason: Mapped[str] = mapped_column(Text, default="")

    municipality = relationship("Municipality")
    created_by = relationship("User", foreign_keys=[created_by_id])
    topics = relationship("Topic", secondary=document_topic, order_by="Topic.name")
    current_version: Mapped[DocumentVersion | None] = relationship(
        foreign_keys=[current_version_id], post_update=True
    )
    versions: Mapped[list[DocumentVersion]] = relationship(
        back_populates="document",
        foreign_keys="DocumentVersion.document_id",
        order_by="DocumentVersion.number.desc()",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    @validates("title")
    def _fold_title(self, _key: str, value: str) -> str:
        self.search_title = fold(value)
        return value

    @property
    def slug(self) -> str:
        """Give the readable part of the address."""
        return slugify(self.title)

    @property
    def path(self) -> str:
        """Give the document's address on this site."""
        return f"/dokumente/{self.id}-{self.slug}"

    @property
    def year(self) -> int | None:
        """Give the year of the version that is shown."""
        return self.current_version.year if self.current_version else None

    @property
    def source_host(self) -> str:
        """Give the site on which it was first published."""
        return urlsplit(self.source_url).hostname or self.source_url

    @property
    def is_hidden(self) -> bool:
        """Say whether moderators took it out."""
        return self.hidden_at is not None

    @property
    def newest_version(self) -> DocumentVersion | None:
        """Give the version with the highest number, in whatever state."""
        return self.versions[0] if self.versions else None


class DocumentVersion(db.Model):
    """One file of a document: never changed once it is read.

    ``extraction_state`` and ``preview_state`` are the truth about background work; ``alive_at``
    moves while a process works on the row, so work that died is found again.
    ``submission_key`` makes sending the same form twice one version.
    """

    __tablename__ = "document_version"
    __table_args__ = (
        UniqueConstraint("document_id", "number"),
        CheckConstraint(f"extraction_state IN {STATES}", name="extraction_state"),
        CheckConstraint(f"preview_state IN {(NONE, *STATES)}", name="preview_state"),
        Index("ix_document_version_work", "extraction_state", "preview_state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    number: Mapped[int]
    label: Mapped[str] = mapped_column(String(200), default="")
    year: Mapped[int | None]
    blob_key: Mapped[str] = mapped_column(String(64), index=True)
    filename: Mapped[str] = mapped_column(String(255))
    format: Mapped[str] = mapped_column(String(10))
    size: Mapped[int]
    page_count: Mapped[int] = mapped_column(default=0)
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    external_key: Mapped[str | None] = mapped_column(String(500), index=True)
    submission_key: Mapped[str | None] = mapped_column(String(100), unique=True)

    extraction_state: Mapped[str] = mapped_column(String(10), default=QUEUED)
    extraction_error: Mapped[str] = mapped_column(String(40), default="")
    extraction_detail: Mapped[str] = mapped_column(String(200), default="")
    extraction_attempts: Mapped[int] = mapped_column(default=0)
    pages_done: Mapped[int] = mapped_column(default=0)
    preview_state: Mapped[str] = mapped_column(String(10), default=NONE)
    alive_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cover_key: Mapped[str | None] = mapped_column(String(64))

    document: Mapped[Document] = relationship(back_populates="versions", foreign_keys=[document_id])
    uploaded_by = relationship("User", foreign_keys=[uploaded_by_id])
    pages: Mapped[list[DocumentPage]] = relationship(
        back_populates="version",
        order_by="DocumentPage.number",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    @property
    def sha256(self) -> str:
        """Give the hash of the file, under which it is stored."""
        return self.blob_key

    @property
    def has_page_images(self) -> bool:
        """Say whether the format has pages that can be drawn."""
        return self.preview_state != NONE

    @property
    def is_ready(self) -> bool:
        """Say whether its text is read."""
        return self.extraction_state == DONE

    @property
    def is_waiting(self) -> bool:
        """Say whether its text is still being read."""
        return self.extraction_state in (QUEUED, RUNNING)

    @property
    def percent(self) -> int:
        """Give how much is read, from 0 to 100."""
        return min(100, self.pages_done * 100 // self.page_count) if self.page_count else 0


class DocumentPage(db.Model):
    """One page of a PDF or one chapter of another format; ``text`` is what the search reads.

    ``html`` is the rendered chapter where the format has more than plain paragraphs, with the
    version of the rules it was rendered by; ``markdown`` is its source.
    """

    __tablename__ = "document_page"
    __table_args__ = (UniqueConstraint("version_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("document_version.id", ondelete="CASCADE"))
    number: Mapped[int]
    label: Mapped[str] = mapped_column(String(20), default="")
    heading: Mapped[str] = mapped_column(String(300), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    markdown: Mapped[str | None] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    render_version: Mapped[int] = mapped_column(default=0)
    image_only: Mapped[bool] = mapped_column(default=False)
    preview_key: Mapped[str | None] = mapped_column(String(64))
    preview_width: Mapped[int | None]
    preview_height: Mapped[int | None]

    version: Mapped[DocumentVersion] = relationship(back_populates="pages")
