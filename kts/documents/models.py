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
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    true,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship, validates

from kts.core.clock import now
from kts.core.models import TimestampMixin, UTCDateTime
from kts.core.text import slugify
from kts.documents import kinds
from kts.documents.extraction.shapes import Accessibility
from kts.documents.kinds import KINDS as KINDS
from kts.documents.licences import Licence, describe, recognise
from kts.extensions import db
from kts.municipalities.names import fold

QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
STATES = (QUEUED, RUNNING, DONE, FAILED)
NONE = "none"  # a format without pages has no page images, and one with text needs no recognition
MISSING = "missing"  # the worker has no program for the recognition of text

# What readers call one of the ``pages`` of these formats; all others without pages have chapters. A
# long sheet becomes several parts and an empty one none, so a part is not called a sheet.
UNITS = {"pptx": "slide", "xlsx": "part"}

# Where the text of a page comes from: the file itself, or a machine that looked at its picture.
FROM_FILE, FROM_PICTURE = "file", "ocr"


def unit_of(file_format: str, preview_state: str) -> str:
    """Name what readers call a page of such a file: ``page``, ``slide``, ``part``, ``chapter``."""
    return UNITS.get(file_format, "chapter") if preview_state == NONE else "page"


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

    ``retired_at`` takes it out of lists and search as well; its address stays and says why.

    ``licence`` is a value of :mod:`.licences`. ``publisher`` names whoever brought it out where
    that is not the municipality itself, as with the programme's own papers.
    """

    __tablename__ = "document"
    __table_args__ = (Index("ix_document_listed", "visibility", "hidden_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    search_title: Mapped[str] = mapped_column(String(600), default="")
    kind: Mapped[str] = mapped_column(String(20), default="strategy", index=True)
    language: Mapped[str] = mapped_column(String(5), default="de")
    description: Mapped[str] = mapped_column(Text, default="", server_default="")
    publisher: Mapped[str] = mapped_column(String(200), default="", server_default="")
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
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    retired_reason: Mapped[str] = mapped_column(Text, default="", server_default="")

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

    @validates("kind")
    def _take_kind(self, _key: str, value: str) -> str:
        return kinds.current(value)

    @validates("licence")
    def _recognise_licence(self, _key: str, value: str) -> str:
        return recognise(value)

    @property
    def terms(self) -> Licence:
        """Give the licence with its name, meaning and text."""
        return describe(self.licence)

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
    def is_retired(self) -> bool:
        """Say whether it is only kept for those who come by an old link."""
        return self.retired_at is not None

    @property
    def newest_version(self) -> DocumentVersion | None:
        """Give the version with the highest number, in whatever state."""
        return self.versions[0] if self.versions else None


class DocumentVersion(db.Model):
    """One file of a document: never changed once it is read.

    ``extraction_state`` and ``preview_state`` are the truth about background work; ``alive_at``
    moves while a process works on the row, so work that died is found again.
    ``submission_key`` makes sending the same form twice one version. Until it is ``released``,
    only those who work on the document know of it; see :mod:`.releasing`.

    ``ocr_state`` and ``ocr_alive_at`` are the same for the recognition of scanned pages, which
    goes on after the version is shown; which pages are left is told by the pages themselves.
    ``accessibility_facts`` is JSON, read with the text; empty where it was not looked at.
    """

    __tablename__ = "document_version"
    __table_args__ = (
        UniqueConstraint("document_id", "number"),
        CheckConstraint(f"extraction_state IN {STATES}", name="extraction_state"),
        CheckConstraint(f"preview_state IN {(NONE, *STATES)}", name="preview_state"),
        Index("ix_document_version_work", "extraction_state", "preview_state"),
        Index("ix_document_version_ocr", "ocr_state"),
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
    released: Mapped[bool] = mapped_column(default=True, server_default=true())
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
    ocr_state: Mapped[str] = mapped_column(String(10), default=NONE, server_default=NONE)
    ocr_alive_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    accessibility_facts: Mapped[str | None] = mapped_column(Text)

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
    def unit(self) -> str:
        """Name what readers call one of its pages."""
        return unit_of(self.format, self.preview_state)

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

    @property
    def accessibility(self) -> Accessibility | None:
        """Give what the file does for assistive technology; None where it was not looked at."""
        return Accessibility.from_json(self.accessibility_facts)

    @property
    def has_scanned_pages_to_read(self) -> bool:
        """Say whether pages wait for the recognition of their text, or would if it were set up."""
        return self.ocr_state in (QUEUED, RUNNING, MISSING)

    @property
    def lacks_text_recognition(self) -> bool:
        """Say whether scanned pages stay unread because the recognition is not set up."""
        return self.ocr_state == MISSING


class DocumentPage(db.Model):
    """One page of a PDF or one chapter of another format; ``text`` is what the search reads.

    ``html`` is the rendered chapter where the format has more than plain paragraphs, with the
    version of the rules it was rendered by; ``markdown`` is its source.

    ``image_only`` is a page that was found without text: a scan. Once a machine has looked at it,
    ``text_source`` is ``ocr``, and ``ocr_confidence`` says from 0 to 100 how sure it was of the
    text; None where it found nothing worth keeping. ``word_boxes`` are the places of the words (see
    :mod:`.boxes`): None where nobody has looked yet, loaded only when it is asked for.
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
    text_source: Mapped[str] = mapped_column(
        String(10), default=FROM_FILE, server_default=FROM_FILE
    )
    ocr_confidence: Mapped[int | None]
    word_boxes: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))

    version: Mapped[DocumentVersion] = relationship(back_populates="pages")

    @property
    def is_recognised(self) -> bool:
        """Say whether the text was read from a picture by a machine and may be wrong."""
        return self.text_source == FROM_PICTURE and self.ocr_confidence is not None

    @property
    def waits_for_recognition(self) -> bool:
        """Say whether it is a scan that no machine has looked at."""
        return self.image_only and self.text_source == FROM_FILE


class DocumentCorrection(db.Model):
    """A mistake that somebody found who may not edit the document; open until it is answered."""

    __tablename__ = "document_correction"
    __table_args__ = (Index("ix_document_correction_open", "document_id", "answered_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    text: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    answer: Mapped[str] = mapped_column(Text, default="")

    document: Mapped[Document] = relationship()
    author = relationship("User", foreign_keys=[author_id])

    @property
    def title(self) -> str:
        """Name it in the audit log."""
        return self.document.title
