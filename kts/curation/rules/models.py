"""Rules that hold contributions back: words, links, new members. A rule deletes nothing."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.models import TimestampMixin, UTCDateTime
from kts.extensions import db

PHRASE_LENGTH = 120
HOST_LENGTH = 253  # as long as a name in the domain name system can be
HELD, NEVER = "held", "never"


class WatchedWord(TimestampMixin, db.Model):
    """A word or phrase that a moderator wants to see before others do.

    ``folded`` is the phrase without case, with umlauts as two letters; it counts once. ``whole``
    means that it must stand by itself, not inside another word. ``note`` says to moderators why it
    is watched; authors never read it. ``since`` and ``until`` are days, both included.
    """

    __tablename__ = "watched_word"
    __table_args__ = (UniqueConstraint("folded", "whole"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    phrase: Mapped[str] = mapped_column(String(PHRASE_LENGTH))
    folded: Mapped[str] = mapped_column(String(2 * PHRASE_LENGTH))
    whole: Mapped[bool] = mapped_column(default=True)
    note: Mapped[str] = mapped_column(Text, default="")
    active: Mapped[bool] = mapped_column(default=True)
    since: Mapped[date | None] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(default=1)

    @property
    def title(self) -> str:
        """Name the rule in the log."""
        return self.phrase


class WatchedHost(TimestampMixin, db.Model):
    """A site, with all below it: links to it are held, or never count as links to elsewhere.

    Of several that fit a link the one with the longest name counts.
    """

    __tablename__ = "watched_host"
    __table_args__ = (
        UniqueConstraint("host"),
        CheckConstraint("effect IN ('held','never')", name="effect"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(String(HOST_LENGTH))
    effect: Mapped[str] = mapped_column(String(10), default=HELD)
    note: Mapped[str] = mapped_column(Text, default="")
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    @property
    def title(self) -> str:
        """Name the rule in the log."""
        return self.host


class NewcomerRule(TimestampMixin, db.Model):
    """Who is new, and what new members may do; one row. A limit that is 0 does not exist.

    New is whose account is younger than ``young_days`` or who has fewer than ``few_posts`` posts.
    The first ``hold_first`` contributions are held, and texts with more than ``most_links`` links
    to other sites; the other four refuse what goes beyond them.
    """

    __tablename__ = "newcomer_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    young_days: Mapped[int] = mapped_column(default=14)
    few_posts: Mapped[int] = mapped_column(default=3)
    hold_first: Mapped[int] = mapped_column(default=0)
    most_links: Mapped[int] = mapped_column(default=0)
    posts_a_day: Mapped[int] = mapped_column(default=0)
    threads_a_day: Mapped[int] = mapped_column(default=0)
    links_a_post: Mapped[int] = mapped_column(default=0)
    files_a_post: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    @property
    def is_on(self) -> bool:
        """Say whether anything is asked of new members."""
        return any(getattr(self, name) for name in LIMITS)


LIMITS = (
    *("hold_first", "most_links", "posts_a_day"),
    *("threads_a_day", "links_a_post", "files_a_post"),
)


class VouchedMember(db.Model):
    """A person whose contributions no rule holds back any more, since a moderator said so."""

    __tablename__ = "vouched_member"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), unique=True)
    vouched_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(Text, default="")
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    vouched_by: Mapped[User | None] = relationship(foreign_keys=[vouched_by_id])

    @property
    def title(self) -> str:
        """Name the person in the log."""
        return self.user.display_name
