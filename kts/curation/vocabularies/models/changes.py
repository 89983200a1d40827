"""What was done to a vocabulary, kept so that it can be undone, and splits that are planned."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.models import UTCDateTime
from kts.extensions import db

UNDO_DAYS = 30  # afterwards too much has been built upon it
ACTIONS = "action IN ('add','change','order','merge','split','retire','offer')"


class VocabularyChange(db.Model):
    """One deed of a moderator; ``image`` holds exactly the rows it touched, before and after.

    ``term_id`` names the term in the table of the vocabulary. ``left_alone`` counts what an undoing
    did not restore, because it had been changed since.
    """

    __tablename__ = "vocabulary_change"
    __table_args__ = (
        CheckConstraint(ACTIONS, name="action"),
        Index("ix_vocabulary_change_term", "vocabulary", "term_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vocabulary: Mapped[str] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(10))
    term_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    reason: Mapped[str] = mapped_column(Text, default="")
    image: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    left_alone: Mapped[int] = mapped_column(default=0, server_default="0")

    actor: Mapped[User | None] = relationship(foreign_keys=[actor_id])
    undone_by: Mapped[User | None] = relationship(foreign_keys=[undone_by_id])

    @property
    def path(self) -> str:
        """Give the address of its page."""
        return f"/kuratierung/vokabulare/aenderungen/{self.id}"

    @property
    def undo_until(self) -> datetime:
        """Give the moment until which it can be undone."""
        return self.created + timedelta(days=UNDO_DAYS)

    @property
    def can_be_undone(self) -> bool:
        """Say whether it still stands and is young enough."""
        return self.undone_at is None and now() < self.undo_until


class SplitPlan(db.Model):
    """A term that is going to be split: into what, and where each use goes. Nothing is done yet.

    ``targets`` are ``{"key"}`` of a term that exists or ``{"name", "name_en"}`` of a new one;
    ``choices`` maps a place and the id of a thing to the numbers of its targets. ``version`` counts
    what is saved, so that two moderators at one plan do not overwrite each other.
    """

    __tablename__ = "vocabulary_split"

    id: Mapped[int] = mapped_column(primary_key=True)
    vocabulary: Mapped[str] = mapped_column(String(20))
    term_id: Mapped[int]
    targets: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    choices: Mapped[dict[str, dict[str, list[int]]]] = mapped_column(JSON, default=dict)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    version: Mapped[int] = mapped_column(default=1)

    created_by: Mapped[User | None] = relationship()

    @property
    def path(self) -> str:
        """Give the address of its page."""
        return f"/kuratierung/vokabulare/aufteilungen/{self.id}"
