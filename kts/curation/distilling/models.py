"""The tables of knowledge made of threads: the draft, whose words are in it, what they said."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.models import TimestampMixin, UTCDateTime
from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.municipalities.models import Municipality

EXPERIENCE, FACTSHEET = "experience", "factsheet"
KINDS = (EXPERIENCE, FACTSHEET)
DRAFT, ASKED, PUBLISHED, DROPPED = "draft", "asked", "published", "dropped"
STATES = (DRAFT, ASKED, PUBLISHED, DROPPED)

WAITING, AGREED, CHANGES, DECLINED = "waiting", "agreed", "changes", "declined"
ANSWERS = (WAITING, AGREED, CHANGES, DECLINED)
NEW, SILENT, GONE = "new", "silent", "gone"  # what waiting can mean, see ``standing``

FULL, PLACE, ANONYMOUS = "full", "place", "anonymous"
NAMINGS = (FULL, PLACE, ANONYMOUS)

TITLE_LENGTH = 200
QUESTION_LENGTH = 300  # one sentence
SECTION_LENGTH = 5000  # as much as a field of an experience holds
REASON_LENGTH = 500
PLACE_LENGTH = 300

REMINDED_AFTER = timedelta(days=7)
SILENT_AFTER = timedelta(days=21)  # people come twice a month; then only paraphrase, without name


class Distillate(TimestampMixin, db.Model):
    """An experience or fact sheet that is being made of a thread, and where it was published.

    ``texts`` holds Markdown by section. A passage of a post is not copied into it but stands there
    as a mark with its number, so that naming a contributor, and taking her words out, needs no
    search in running text. ``version`` grows with each change by those who work on it and keeps
    two of them from overwriting each other.

    ``result_version`` is the version of an experience's first post as it was published: whoever
    edits it in the forum is not overwritten. ``echoes`` counts changes of the published thread
    that show at the top of the one it came from. ``submission`` is the mark of the form that began
    the draft: the same form sent twice begins one.
    """

    __tablename__ = "distillate"
    __table_args__ = (
        CheckConstraint("kind IN ('experience','factsheet')", name="kind"),
        CheckConstraint("state IN ('draft','asked','published','dropped')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), index=True)
    municipality_id: Mapped[int | None] = mapped_column(
        ForeignKey("municipality.id", ondelete="SET NULL"), index=True
    )
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    texts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    as_of: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20), default=DRAFT, index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    dropped_reason: Mapped[str] = mapped_column(String(REASON_LENGTH), default="")
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    result_thread_id: Mapped[int | None] = mapped_column(
        ForeignKey("thread.id", ondelete="SET NULL"), index=True
    )
    result_document_id: Mapped[int | None] = mapped_column(
        ForeignKey("document.id", ondelete="SET NULL"), index=True
    )
    result_version: Mapped[int | None]
    echoes: Mapped[int] = mapped_column(default=0)
    submission: Mapped[str | None] = mapped_column(String(64), unique=True)

    thread: Mapped[Thread] = relationship(foreign_keys=[thread_id])
    result_thread: Mapped[Thread | None] = relationship(foreign_keys=[result_thread_id])
    result_document: Mapped[Any] = relationship("Document")
    municipality: Mapped[Municipality | None] = relationship()
    created_by: Mapped[User | None] = relationship()
    contributors: Mapped[list[DistillateContributor]] = relationship(
        back_populates="distillate", order_by="DistillateContributor.id", passive_deletes=True
    )
    passages: Mapped[list[DistillatePassage]] = relationship(
        back_populates="distillate", order_by="DistillatePassage.number", passive_deletes=True
    )

    @property
    def path(self) -> str:
        """Give the address on which the draft is worked on."""
        return f"/kuratierung/wissen/{self.id}"

    @property
    def thread_path(self) -> str:
        """Give an address of the conversation that tells nothing of it to those who may not see."""
        return f"/thema/{self.thread_id}-gespraech"

    @property
    def result_path(self) -> str:
        """Give the address of what was published; empty before."""
        result = self.result_thread or self.result_document
        return result.path if result else ""

    @property
    def is_factsheet(self) -> bool:
        """Say whether it becomes a document."""
        return self.kind == FACTSHEET

    @property
    def is_dropped(self) -> bool:
        """Say whether nobody goes on with it."""
        return self.state == DROPPED


class DistillateContributor(db.Model):
    """Somebody whose words are in a draft, and what she answered.

    ``name`` and ``place`` are how she would be named, as it was when she was asked: she agrees to
    exactly that. ``version`` grows when her words change; an answer to an older state is refused.
    ``withdrawn_at`` is set when she takes her name back later. Without ``user_id`` the account is
    gone: nobody can be asked, and she is named as her post shows.
    """

    __tablename__ = "distillate_contributor"
    __table_args__ = (
        UniqueConstraint("distillate_id", "user_id"),
        CheckConstraint("answer IN ('waiting','agreed','changes','declined')", name="answer"),
        CheckConstraint("naming IN ('full','place','anonymous')", name="naming"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    distillate_id: Mapped[int] = mapped_column(ForeignKey("distillate.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    name: Mapped[str] = mapped_column(String(200), default="")
    place: Mapped[str] = mapped_column(String(PLACE_LENGTH), default="")
    answer: Mapped[str] = mapped_column(String(20), default=WAITING)
    naming: Mapped[str] = mapped_column(String(20), default=FULL)
    note: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    asked_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    reminded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    distillate: Mapped[Distillate] = relationship(back_populates="contributors")
    user: Mapped[User | None] = relationship()
    passages: Mapped[list[DistillatePassage]] = relationship(
        back_populates="contributor", order_by="DistillatePassage.number", passive_deletes=True
    )

    @property
    def standing(self) -> str:
        """Say where she stands: an answer, or ``new``, ``waiting``, ``silent``, ``gone``."""
        if self.answer != WAITING:
            return self.answer
        if self.user is None or not self.user.active:
            return GONE
        if self.asked_at is None:
            return NEW
        return SILENT if self.asked_at <= now() - SILENT_AFTER else WAITING

    @property
    def shown_name(self) -> str:
        """Give the name that stands beside her words; empty where the account is gone."""
        if self.standing == GONE:
            return self.user.display_name if self.user else ""
        return self.name

    @property
    def is_used(self) -> bool:
        """Say whether words of hers are in the draft."""
        return any(passage.removed_at is None for passage in self.passages)

    @property
    def path(self) -> str:
        """Give the address on which she answers."""
        return f"/mitwirkung/{self.id}"


class DistillatePassage(db.Model):
    """Words of one post that a draft quotes or builds on; ``number`` is that of its mark.

    ``words`` are what is quoted, ``suggested`` what their author would rather read. A passage that
    was taken out keeps its row and number: a mark that was left behind must not mean another one.
    """

    __tablename__ = "distillate_passage"
    __table_args__ = (UniqueConstraint("distillate_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    distillate_id: Mapped[int] = mapped_column(ForeignKey("distillate.id", ondelete="CASCADE"))
    contributor_id: Mapped[int] = mapped_column(
        ForeignKey("distillate_contributor.id", ondelete="CASCADE"), index=True
    )
    post_id: Mapped[int | None] = mapped_column(
        ForeignKey("post.id", ondelete="SET NULL"), index=True
    )
    number: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    suggested: Mapped[str] = mapped_column(Text, default="")
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    distillate: Mapped[Distillate] = relationship(back_populates="passages")
    contributor: Mapped[DistillateContributor] = relationship(back_populates="passages")
    post: Mapped[Post | None] = relationship()


class DistillingDismissal(db.Model):
    """A thread of which no knowledge shall be made; it is not suggested again."""

    __tablename__ = "distilling_dismissal"

    thread_id: Mapped[int] = mapped_column(
        ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True
    )
    reason: Mapped[str] = mapped_column(String(REASON_LENGTH), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
