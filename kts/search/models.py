"""Tables of the search: what the index has still to learn, the synonyms, what is searched for."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.core.clock import now
from kts.core.models import TimestampMixin, UTCDateTime
from kts.extensions import db

LONGEST_KEPT = 120  # characters of a query that are counted; what is longer is a text, not a search
LONGEST_PARENT = 60  # "document:2147483647"
DONE, IGNORED = "done", "ignored"
NOTE_LENGTH = 500


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
    ``version`` grows with each change and keeps two moderators from overwriting each other.
    """

    __tablename__ = "synonym"

    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    @property
    def title(self) -> str:
        """Name the group for lists and the audit log."""
        return self.words

    @property
    def members(self) -> tuple[str, ...]:
        """Give the words of the group."""
        return tuple(word.strip() for word in self.words.split(",") if word.strip())


class QueryCount(db.Model):
    """How often something was asked on one day, by whomever (``learning``).

    ``folded`` tells which spellings are one query, ``text`` is one of them. ``empty`` counts the
    searches that found nothing, ``weak`` those with hardly a hit or only with words left out or
    corrected, ``clicks`` those from which somebody went on to a hit. It holds no person, no
    address, no session and no time of day, and nothing that would lead to one.
    """

    __tablename__ = "query_count"
    __table_args__ = (UniqueConstraint("day", "folded"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    folded: Mapped[str] = mapped_column(String(LONGEST_KEPT), index=True)
    text: Mapped[str] = mapped_column(String(LONGEST_KEPT))
    searches: Mapped[int] = mapped_column(default=0)
    empty: Mapped[int] = mapped_column(default=0)
    weak: Mapped[int] = mapped_column(default=0)
    clicks: Mapped[int] = mapped_column(default=0)


class ClickCount(db.Model):
    """How often somebody went from a query's hits to one thing, on one day.

    ``parent`` names the thing as the index does (``document:7``); ``ranks`` is the sum of the
    places at which it stood, so that a mean can be told.
    """

    __tablename__ = "click_count"
    __table_args__ = (UniqueConstraint("day", "folded", "parent"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    folded: Mapped[str] = mapped_column(String(LONGEST_KEPT), index=True)
    parent: Mapped[str] = mapped_column(String(LONGEST_PARENT))
    clicks: Mapped[int] = mapped_column(default=0)
    ranks: Mapped[int] = mapped_column(default=0)


class GoodQuery(db.Model):
    """A query that may be suggested to everybody; chosen anew each night (``learning``)."""

    __tablename__ = "good_query"

    id: Mapped[int] = mapped_column(primary_key=True)
    folded: Mapped[str] = mapped_column(String(LONGEST_KEPT), unique=True)
    text: Mapped[str] = mapped_column(String(LONGEST_KEPT))
    weight: Mapped[int] = mapped_column(default=0)


class SettledQuery(db.Model):
    """A moderator's word that a query need not be looked at any more.

    ``done``: something was done about it; searches after that day count again. ``ignored``: it is
    none of the platform's business, stays away and is suggested to nobody.
    """

    __tablename__ = "settled_query"
    __table_args__ = (CheckConstraint("outcome IN ('done','ignored')", name="outcome"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    folded: Mapped[str] = mapped_column(String(LONGEST_KEPT), unique=True)
    text: Mapped[str] = mapped_column(String(LONGEST_KEPT))
    outcome: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(String(NOTE_LENGTH), default="")
    day: Mapped[date] = mapped_column(default=lambda: now().date())
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))

    by = relationship("User")

    @property
    def title(self) -> str:
        """Name it for the audit log."""
        return self.text
