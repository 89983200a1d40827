"""What belongs to one kind of thread: fields of an experience, polls, shared problems.

Every table names its thread, so that a change of any of them is a change of the thread's page.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.models import UTCDateTime
from kts.extensions import db
from kts.forum.models.threads import ANNOUNCEMENT, DISCUSSION, EXPERIENCE, POLL, QUESTION, Thread
from kts.municipalities.models import Municipality

if TYPE_CHECKING:
    from kts.forum.models.posts import Post

KIND_NAMES = {
    QUESTION: _l("Question"),
    EXPERIENCE: _l("Experience report"),
    DISCUSSION: _l("Discussion"),
    POLL: _l("Poll"),
    ANNOUNCEMENT: _l("Announcement"),
}

LEAST_OPTIONS, MOST_OPTIONS = 2, 12  # more do not fit on a screen and are hard to compare
OPTION_LENGTH = 200
FIELD_LENGTH = 5000  # six long fields together stay below the length of a post
SHORT_LENGTH = 200
OPEN, VOTED, ENDED = "open", "voted", "ended"
RESULTS = (OPEN, VOTED, ENDED)
PERSON, MUNICIPALITY = "person", "municipality"
COUNTED = (PERSON, MUNICIPALITY)


def last_moment(end: datetime | None) -> datetime | None:
    """Give a moment of the last day before an end at midnight."""
    return end - timedelta(seconds=1) if end else None


class Acceptance(db.Model):
    """The answer that helped, and who said so; one a thread.

    ``Thread.accepted_post_id`` is derived from it and is empty while the post cannot be read, so
    an answer that is hidden and shown again is still the accepted one.
    """

    __tablename__ = "acceptance"

    thread_id: Mapped[int] = mapped_column(
        ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True
    )
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)

    post: Mapped[Post] = relationship("Post")


class SharedProblem(db.Model):
    """Somebody has the same question, for one of her municipalities or for herself.

    A person says so once. Two people of one municipality count as one, and each can take back her
    own word only.
    """

    __tablename__ = "shared_problem"
    __table_args__ = (UniqueConstraint("thread_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    municipality_id: Mapped[int | None] = mapped_column(
        ForeignKey("municipality.id", ondelete="CASCADE"), index=True
    )
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)

    user: Mapped[User] = relationship()
    municipality: Mapped[Municipality | None] = relationship()


class Experience(db.Model):
    """What a municipality tells of a project, field by field, in Markdown.

    The text of the thread's first post is composed from these fields, so that search, quotations,
    digests and exports need not know them; the post's version guards the fields as well, and its
    history keeps their earlier states. ``cost_euro`` is in whole euro, ``effort_days`` in
    person-days.
    """

    __tablename__ = "experience"
    __table_args__ = (
        CheckConstraint("cost_euro >= 0", name="cost_euro"),
        CheckConstraint("effort_days >= 0", name="effort_days"),
    )

    thread_id: Mapped[int] = mapped_column(
        ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True
    )
    start: Mapped[str] = mapped_column(Text, default="")
    done: Mapped[str] = mapped_column(Text, default="")
    worked: Mapped[str] = mapped_column(Text, default="")
    failed: Mapped[str] = mapped_column(Text)
    cost: Mapped[str] = mapped_column(Text, default="")
    advice: Mapped[str] = mapped_column(Text, default="")
    duration: Mapped[str] = mapped_column(String(SHORT_LENGTH), default="")
    cost_euro: Mapped[int | None]
    effort_days: Mapped[int | None]

    @property
    def has_figures(self) -> bool:
        """Say whether there is something to read at a glance."""
        return bool(self.duration or self.cost_euro is not None or self.effort_days is not None)


class Announcement(db.Model):
    """Until when an announcement is news; without ``until`` it is as long as it is pinned.

    ``ended`` is set when the time has come and the thread took its place in the list again.
    """

    __tablename__ = "announcement"

    thread_id: Mapped[int] = mapped_column(
        ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True
    )
    until: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    ended: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @property
    def is_current(self) -> bool:
        """Say whether it is still news."""
        return self.until is None or self.until > now()

    @property
    def last_moment(self) -> datetime | None:
        """Give a moment of the last day on which it is news."""
        return last_moment(self.until)


class Poll(db.Model):
    """What a poll asks for and who learns its results.

    ``most`` is how many options one vote may name. ``results`` are shown always, to those who have
    voted, or at the end. ``ends`` passes without anybody's doing; ``closed`` is an earlier end.
    """

    __tablename__ = "poll"
    __table_args__ = (
        CheckConstraint("most >= 1", name="most"),
        CheckConstraint("results IN ('open','voted','ended')", name="results"),
        CheckConstraint("counted IN ('person','municipality')", name="counted"),
    )

    thread_id: Mapped[int] = mapped_column(
        ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True
    )
    most: Mapped[int] = mapped_column(default=1)
    results: Mapped[str] = mapped_column(String(20), default=OPEN)
    counted: Mapped[str] = mapped_column(String(20), default=PERSON)
    named: Mapped[bool] = mapped_column(default=False)
    ends: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed: Mapped[datetime | None] = mapped_column(UTCDateTime)

    thread: Mapped[Thread] = relationship()
    options: Mapped[list[PollOption]] = relationship(
        order_by="PollOption.position", cascade="all, delete-orphan"
    )

    @property
    def end(self) -> datetime | None:
        """Give the moment at which it ends or ended; None while nobody knows."""
        return min((moment for moment in (self.ends, self.closed) if moment), default=None)

    @property
    def is_over(self) -> bool:
        """Say whether votes can no longer be given or changed."""
        return self.end is not None and self.end <= now()

    @property
    def last_moment(self) -> datetime | None:
        """Give a moment of the last day on which one can vote."""
        return last_moment(self.end)

    def voter_key(self, number: int) -> str:
        """Give what recognises a person's or municipality's vote in this poll and nowhere else."""
        secret = str(current_app.config["SECRET_KEY"]).encode()
        voter = f"poll:{self.thread_id}:{self.counted}:{number}"
        return hmac.new(secret, voter.encode(), "sha256").hexdigest()


class PollOption(db.Model):
    """One possible answer of a poll."""

    __tablename__ = "poll_option"
    __table_args__ = (
        Index("ix_poll_option_thread", "thread_id", "position"),
        CheckConstraint("position > 0", name="position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("poll.thread_id", ondelete="CASCADE"))
    position: Mapped[int]
    text: Mapped[str] = mapped_column(String(OPTION_LENGTH))


class PollVote(db.Model):
    """One option that somebody has chosen.

    ``voter`` recognises whoever may change the vote, and names nobody: it is a keyed hash
    (:meth:`Poll.voter_key`). Only a poll with names keeps the account or the municipality.
    No time is kept, since it would tell who it was.
    """

    __tablename__ = "poll_vote"
    __table_args__ = (
        UniqueConstraint("option_id", "voter"),
        Index("ix_poll_vote_thread_voter", "thread_id", "voter"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("poll.thread_id", ondelete="CASCADE"))
    option_id: Mapped[int] = mapped_column(ForeignKey("poll_option.id", ondelete="CASCADE"))
    voter: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    municipality_id: Mapped[int | None] = mapped_column(
        ForeignKey("municipality.id", ondelete="SET NULL"), index=True
    )


#: What a change of counts as a change of the thread's page.
TABLES = (Acceptance, SharedProblem, Experience, Announcement, Poll, PollOption, PollVote)
