"""The quality seal: its criteria in versions, what has it and why, what was suggested."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.models import UTCDateTime
from kts.extensions import db

MET, NOT_APPLICABLE = "met", "not_applicable"
WAITING, GIVEN, DECLINED = "waiting", "given", "declined"
KINDS = "kind IN ('document','thread','dossier')"
STANDS = text("withdrawn_at IS NULL")
WAITS = text("state = 'waiting'")
TEXT_LENGTH = 2000
SENTENCE_LENGTH = 300


class SealCriteria(db.Model):
    """A version of the criteria; the one without ``number`` is the draft of the next.

    ``points`` are ``{"number", "title", "text", "html"}`` in order, cut from ``body``. A published
    version never changes, since seals name it.
    """

    __tablename__ = "seal_criteria"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int | None] = mapped_column(unique=True)
    body: Mapped[str] = mapped_column(Text)
    points: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    version: Mapped[int] = mapped_column(default=1)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))

    @property
    def title(self) -> str:
        """Name it in the log."""
        return f"Version {self.number}" if self.number else "Entwurf"

    @property
    def numbered(self) -> list[dict[str, str]]:
        """Give the points that are answered, without what stands before the first."""
        return [point for point in self.points if point["number"]]


class QualitySeal(db.Model):
    """The seal on one thing: an answer to each criterion, and a reason that everybody reads.

    ``answers`` are ``{"number", "title", "state", "sentence"}``. It ends by itself after
    ``valid_until`` or when it is withdrawn; then the next one is a new row.
    """

    __tablename__ = "quality_seal"
    __table_args__ = (
        CheckConstraint(KINDS, name="kind"),
        Index(
            "uq_quality_seal_standing",
            *("kind", "object_id"),
            unique=True,
            sqlite_where=STANDS,
            postgresql_where=STANDS,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    object_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    criteria_id: Mapped[int] = mapped_column(ForeignKey("seal_criteria.id"), index=True)
    answers: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    reason: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    valid_until: Mapped[date] = mapped_column(Date)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")

    criteria: Mapped[SealCriteria] = relationship()

    @property
    def path(self) -> str:
        """Give the address of its reasons."""
        return f"/guetesiegel/{self.id}"

    @property
    def stands(self) -> bool:
        """Say whether nobody has withdrawn it."""
        return self.withdrawn_at is None

    @property
    def is_over(self) -> bool:
        """Say whether its time has run out."""
        return self.valid_until < now().date()

    @property
    def counts(self) -> bool:
        """Say whether the thing has the seal today."""
        return self.stands and not self.is_over


class LabelSuggestion(db.Model):
    """A member's suggestion to give the seal; one that waits for each thing."""

    __tablename__ = "label_suggestion"
    __table_args__ = (
        CheckConstraint(KINDS, name="kind"),
        CheckConstraint("state IN ('waiting','given','declined')", name="state"),
        Index(
            "uq_label_suggestion_waiting",
            *("kind", "object_id"),
            unique=True,
            sqlite_where=WAITS,
            postgresql_where=WAITS,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    object_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(10), default=WAITING)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    answer: Mapped[str] = mapped_column(Text, default="")

    author: Mapped[User | None] = relationship(foreign_keys=[author_id])

    @property
    def path(self) -> str:
        """Give the address where it is decided."""
        return f"/kuratierung/guetesiegel/vorschlaege/{self.id}"
