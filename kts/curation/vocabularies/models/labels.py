"""Labels that moderators give to content, and which content has them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.core.clock import now
from kts.core.models import TimestampMixin, UTCDateTime
from kts.core.terms import TermMixin
from kts.extensions import db

DOCUMENT, THREAD, DOSSIER = "document", "thread", "dossier"
LABELLED = (DOCUMENT, THREAD, DOSSIER)
REASON_LENGTH = 500
SEAL = "guetesiegel"  # how addresses name the quality seal, where they name a label


class Label(TermMixin, TimestampMixin, db.Model):
    """A label ("Gute Grundlage"); ``description`` is the explanation that readers see."""

    __tablename__ = "label"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)


class LabelUse(db.Model):
    """A label on one thing, with the reason that everybody reads.

    ``object_id`` has no foreign key, since it names rows of several tables.
    """

    __tablename__ = "label_use"
    __table_args__ = (
        UniqueConstraint("kind", "object_id", "label_id"),
        Index("ix_label_use_label_id", "label_id", "kind"),
        CheckConstraint("kind IN ('document','thread','dossier')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    label_id: Mapped[int] = mapped_column(ForeignKey("label.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    object_id: Mapped[int]
    reason: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))

    label: Mapped[Label] = relationship()
