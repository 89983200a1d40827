"""Questions that people keep, and what they were told about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.core.clock import now
from kts.core.models import TimestampMixin, UTCDateTime
from kts.extensions import db

TELLING = ("daily", "weekly", "off")
NAME_LENGTH = 120


class SavedSearch(TimestampMixin, db.Model):
    """A question of one person; nobody else knows of it.

    ``query`` and ``filters`` (facet -> values) are what ``kts.search.asked`` understood. ``seen``:
    until when the person has looked; ``looked``: until when the worker has. What was deleted stays
    for a while, so that the person can take it back.
    """

    __tablename__ = "saved_search"
    __table_args__ = (CheckConstraint("telling IN ('daily','weekly','off')", name="telling"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    query: Mapped[str] = mapped_column(Text, default="")
    filters: Mapped[dict[str, list[str]]] = mapped_column(JSON, default=dict)
    telling: Mapped[str] = mapped_column(String(10), default="daily")
    seen: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    looked: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    deleted: Mapped[datetime | None] = mapped_column(UTCDateTime)

    user: Mapped[Any] = relationship("User")


class ToldHit(db.Model):
    """A thing that the owner of a saved search was told of, so that no edit tells it again."""

    __tablename__ = "saved_search_told"

    saved_search_id: Mapped[int] = mapped_column(
        ForeignKey("saved_search.id", ondelete="CASCADE"), primary_key=True
    )
    parent: Mapped[str] = mapped_column(String(100), primary_key=True)
    told: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
