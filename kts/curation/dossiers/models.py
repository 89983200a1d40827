"""The tables of dossiers: the draft and its parts, the versions that were published, who edits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
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
from kts.municipalities.models import Topic

DRAFT, PUBLISHED, RETIRED = "draft", "published", "retired"
DOCUMENT, PAGE, THREAD, POST, EXPERIENCE = "document", "page", "thread", "post", "experience"
LINK, TEXT, HEADING = "link", "text", "heading"
ITEM_KINDS = (DOCUMENT, PAGE, THREAD, POST, EXPERIENCE, LINK, TEXT, HEADING)
TITLE_LENGTH = 200
SUMMARY_LENGTH = 500
TEXT_LENGTH = 40_000  # about ten printed pages; what is longer is a document
QUOTE_LENGTH = 2000  # a quotation; what is longer is a copy and would need a licence
ADDRESS_LENGTH = 1000
NOTE_LENGTH = 500  # what is new in a version; why a dossier was retired
ALT_LENGTH = 300

dossier_topic = Table(
    "dossier_topic",
    db.metadata,
    Column("dossier_id", ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True),
    Column("topic_id", ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Dossier(TimestampMixin, db.Model):
    """A collection by the KTS on one question: what to read, in which order, and why.

    The row and its parts are the draft, which its editors change; readers see ``shown``, the
    version that was published last. A retired one keeps its address and says why; a deleted one is
    kept with ``deleted_at``, so that it can be brought back. ``shown_number`` is no foreign key:
    versions point here already, and a circle would make both tables hard to copy.

    ``version`` grows with each change of the words and ``order_version`` with each change of the
    parts: they keep two editors from overwriting each other. ``set_aside`` is the draft that was
    replaced by an older version, so that this can be undone. ``cover`` holds the keys of
    :mod:`.covers`, ``cover_key`` repeats the file of it.
    """

    __tablename__ = "dossier"
    __table_args__ = (CheckConstraint("state IN ('draft','published','retired')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    summary: Mapped[str] = mapped_column(String(SUMMARY_LENGTH), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    html: Mapped[str] = mapped_column(Text, default="")
    render_version: Mapped[int] = mapped_column(default=RENDER_VERSION)
    state: Mapped[str] = mapped_column(String(10), default=DRAFT, index=True)
    visibility: Mapped[str] = mapped_column(String(40), default="public")
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    retired_reason: Mapped[str] = mapped_column(String(NOTE_LENGTH), default="", server_default="")
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)
    order_version: Mapped[int] = mapped_column(default=1, server_default="1")
    cover: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    cover_key: Mapped[str | None] = mapped_column(String(64), index=True)
    set_aside: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    featured_place: Mapped[int | None] = mapped_column(index=True)
    featured_until: Mapped[date | None] = mapped_column(Date)
    shown_number: Mapped[int | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))

    created_by: Mapped[User | None] = relationship()
    topics: Mapped[list[Topic]] = relationship(secondary=dossier_topic, order_by=Topic.name)
    shown: Mapped[DossierVersion | None] = relationship(
        primaryjoin="and_(DossierVersion.dossier_id == Dossier.id, "
        "DossierVersion.number == foreign(Dossier.shown_number))",
        viewonly=True,
    )
    items: Mapped[list[DossierItem]] = relationship(
        back_populates="dossier",
        primaryjoin="and_(Dossier.id == DossierItem.dossier_id, DossierItem.removed_at.is_(None))",
        order_by="DossierItem.position, DossierItem.id",
        cascade="save-update, merge",
        passive_deletes=True,
    )
    editors: Mapped[list[DossierEditor]] = relationship(
        back_populates="dossier",
        order_by="DossierEditor.id",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    @property
    def shown_title(self) -> str:
        """Give the title that readers know; the draft's own where they know none."""
        return self.shown.title if self.shown else self.title

    @property
    def slug(self) -> str:
        """Give the readable part of the address, which tells nothing of the draft."""
        return slugify(self.shown_title)

    @property
    def path(self) -> str:
        """Give the dossier's address on this site."""
        return f"/dossiers/{self.id}-{self.slug}"

    @property
    def is_published(self) -> bool:
        """Say whether it stands in the list of dossiers for others than its editors."""
        return self.state == PUBLISHED and self.deleted_at is None

    @property
    def is_retired(self) -> bool:
        """Say whether it is only kept for those who come by an old link."""
        return self.state == RETIRED and self.deleted_at is None


class DossierItem(db.Model):
    """One part of a dossier: something of this site, a link, a heading, or the editor's text.

    What lives on this site is named by number and looked up for each reader, so that nobody reads
    of what she may not see; ``title`` and ``url`` belong to links and headings alone. There are no
    foreign keys: a document that is gone is left out, and its place kept for whoever repairs it.

    ``version_number`` is the version of a document that is meant; without it the newest one.
    ``page`` to ``last_page`` is a range. ``quote`` is a passage in the words of the source,
    ``note`` what the editors say about it. ``version`` grows with each change of these words. A
    part that was taken out keeps its row with ``removed_at``: it can be put back, and older
    versions, which name it by number, can be compared with later ones.
    """

    __tablename__ = "dossier_item"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('document','page','thread','post','experience','link','text','heading')",
            name="kind",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(
        ForeignKey("dossier.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(10))
    object_id: Mapped[int | None]
    version_number: Mapped[int | None]
    page: Mapped[int | None]
    last_page: Mapped[int | None]
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    url: Mapped[str] = mapped_column(String(ADDRESS_LENGTH), default="")
    accessed: Mapped[date | None] = mapped_column(Date)
    quote: Mapped[str] = mapped_column(Text, default="", server_default="")
    note: Mapped[str] = mapped_column(Text, default="")
    html: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    dossier: Mapped[Dossier] = relationship(back_populates="items")


class DossierVersion(db.Model):
    """What was published: never changed, numbered from 1, and cited with its number and date.

    ``snapshot`` is what :mod:`.snapshots` makes of the draft: words and references, never the
    content of what is referred to, which stays subject to who may read it. ``cover_key`` repeats
    the file of its cover, so that the file is kept as long as the version is.
    """

    __tablename__ = "dossier_version"
    __table_args__ = (UniqueConstraint("dossier_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    summary: Mapped[str] = mapped_column(String(SUMMARY_LENGTH), default="")
    note: Mapped[str] = mapped_column(String(NOTE_LENGTH), default="")
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON)
    cover_key: Mapped[str | None] = mapped_column(String(64), index=True)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))

    published_by: Mapped[User | None] = relationship()


class DossierEditor(db.Model):
    """Somebody who edits the draft of one dossier, whatever her role on the platform."""

    __tablename__ = "dossier_editor"
    __table_args__ = (UniqueConstraint("dossier_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)

    dossier: Mapped[Dossier] = relationship(back_populates="editors")
    user: Mapped[User] = relationship()


class DossierDismissal(db.Model):
    """A suggestion that does not belong in the dossier, and is not made again."""

    __tablename__ = "dossier_dismissal"
    __table_args__ = (UniqueConstraint("dossier_id", "kind", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    object_id: Mapped[int]
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class DossierExport(db.Model):
    """A long dossier as PDF, made by the worker: ``content`` is what it holds until it is made.

    ``digest`` is that of the content as one reader may see it: whoever may see the same gets the
    same file, and what she may no longer see leads to another one. Forgotten after some days.
    """

    __tablename__ = "dossier_export"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    blob_key: Mapped[str | None] = mapped_column(String(64), index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
