"""Tables of the search: what the index has still to learn, and the synonyms that the KTS keeps."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kts.core.clock import now
from kts.core.models import TimestampMixin, UTCDateTime
from kts.extensions import db


class SearchChange(db.Model):
    """A thing whose index entries may be out of date (an outbox row).

    It is written in the transaction that changes the thing and removed when the index holds the
    thing's current state, so neither a crash nor a lost queue loses a change. It says nothing of
    what changed: the worker always loads the current state, so rows may be worked off twice and in
    any order. ``attempts`` counts failures; what fails waits behind what does not.
    """

    __tablename__ = "search_change"
    __table_args__ = (Index("ix_search_change_attempts_id", "attempts", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[int]
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    attempts: Mapped[int] = mapped_column(default=0)


class Synonym(TimestampMixin, db.Model):
    """Words that may stand for each other when someone searches; the KTS keeps the list.

    ``words`` are separated by commas; a member may have several words ("mobiles Arbeiten").
    """

    __tablename__ = "synonym"

    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(Text)

    @property
    def members(self) -> tuple[str, ...]:
        """Give the words of the group."""
        return tuple(word.strip() for word in self.words.split(",") if word.strip())
