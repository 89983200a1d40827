"""The tables of reviews: what is reviewed, what was said about it, who approved, by which rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.models import UTCDateTime
from kts.documents.models import DocumentVersion
from kts.extensions import db
from kts.municipalities.models import Municipality, Topic

DOCUMENT, EXPERIENCE, DOSSIER = "document", "experience", "dossier"
KINDS = (DOCUMENT, EXPERIENCE, DOSSIER)
DRAFT, SUBMITTED, CHANGES = "draft", "submitted", "changes"
APPROVED, PUBLISHED, RETIRED = "approved", "published", "retired"
STATES = (DRAFT, SUBMITTED, CHANGES, APPROVED, PUBLISHED, RETIRED)
OPEN = (DRAFT, SUBMITTED, CHANGES, APPROVED)
NOBODY, UNTRUSTED, EVERYBODY = "nobody", "untrusted", "all"
COMMENT_LENGTH = 4000  # two printed pages about one passage
QUOTE_LENGTH = 1000  # a passage; what is longer is a page
REASON_LENGTH = 2000
TITLE_LENGTH = 300
TEXT_TITLE_LENGTH = 120
USUAL_DAYS = 14  # two weeks: a moderator's holiday does not stop everything


class Review(db.Model):
    """The way of one thing to its readers: a document's version, an experience, a dossier.

    ``subject_id`` names the document, the held contribution or the dossier by ``kind``;
    ``version_id`` is the file that is reviewed, ``snapshot`` the state of a dossier that is.
    ``open_key`` is there until it is published: one thing has one open review. ``asked`` and
    ``answer`` are the words of the last round, earlier ones are in the log.

    ``version`` grows with each deed and refuses the second of two who act at once.
    """

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("kind IN ('document','experience','dossier')", name="kind"),
        CheckConstraint(
            "state IN ('draft','submitted','changes','approved','published','retired')",
            name="state",
        ),
        Index("ix_review_state", "state", "submitted_at"),
        Index("ix_review_subject", "kind", "subject_id"),
        {"sqlite_autoincrement": True},  # an old form must not meet another thing
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int]
    version_id: Mapped[int | None] = mapped_column(
        ForeignKey("document_version.id", ondelete="SET NULL"), index=True
    )
    open_key: Mapped[str | None] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    municipality_id: Mapped[int | None] = mapped_column(
        ForeignKey("municipality.id", ondelete="SET NULL"), index=True
    )
    state: Mapped[str] = mapped_column(String(20), default=SUBMITTED)
    round: Mapped[int] = mapped_column(default=1)
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    submitted_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    reviewer_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    asked: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    snapshot: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)

    author: Mapped[User | None] = relationship(foreign_keys=[author_id])
    reviewer: Mapped[User | None] = relationship(foreign_keys=[reviewer_id])
    municipality: Mapped[Municipality | None] = relationship()
    file: Mapped[DocumentVersion | None] = relationship()
    comments: Mapped[list[ReviewComment]] = relationship(
        back_populates="review",
        order_by="ReviewComment.id",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )
    approvals: Mapped[list[ReviewApproval]] = relationship(
        back_populates="review",
        order_by="ReviewApproval.id",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    @property
    def path(self) -> str:
        """Give the address at which moderators review it."""
        return f"/kuratierung/pruefungen/{self.id}"

    @property
    def author_path(self) -> str:
        """Give the address at which the author sees what is asked of her."""
        return f"/meine/einreichungen/{self.id}"

    @property
    def is_open(self) -> bool:
        """Say whether it has not come to readers yet."""
        return self.state in OPEN

    @property
    def is_in_work(self) -> bool:
        """Say whether it can still come to readers; what was withdrawn for good cannot."""
        return self.open_key is not None

    @property
    def open_comments(self) -> list[ReviewComment]:
        """List the comments that nobody has settled."""
        return [comment for comment in self.comments if comment.settled_at is None]


class ReviewComment(db.Model):
    """What a reviewer says about a page or a passage: the quoted words and what to do.

    ``answer`` is what the author says to it.
    """

    __tablename__ = "review_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id", ondelete="CASCADE"), index=True)
    round: Mapped[int]
    page: Mapped[int | None]
    quote: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    answer: Mapped[str] = mapped_column(Text, default="")
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))

    review: Mapped[Review] = relationship(back_populates="comments")
    author: Mapped[User | None] = relationship(foreign_keys=[author_id])
    settled_by: Mapped[User | None] = relationship(foreign_keys=[settled_by_id])


class ReviewApproval(db.Model):
    """One person's yes to what she saw; ``seen`` is its fingerprint.

    It counts as long as the thing is what she saw: what is changed later needs another yes.
    """

    __tablename__ = "review_approval"
    __table_args__ = (UniqueConstraint("review_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    seen: Mapped[str] = mapped_column(String(64))
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)

    review: Mapped[Review] = relationship(back_populates="approvals")
    user: Mapped[User] = relationship()


class ReviewRule(db.Model):
    """Who is reviewed with a kind of content; a kind without a row is reviewed for nobody.

    ``days`` are wanted for a review, after which it presses.
    """

    __tablename__ = "review_rule"
    __table_args__ = (
        CheckConstraint("kind IN ('document','experience','dossier')", name="kind"),
        CheckConstraint("who IN ('nobody','untrusted','all')", name="who"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), unique=True)
    who: Mapped[str] = mapped_column(String(20), default=NOBODY)
    two_persons: Mapped[bool] = mapped_column(default=False)
    days: Mapped[int] = mapped_column(default=USUAL_DAYS)
    version: Mapped[int] = mapped_column(default=1)

    @property
    def name(self) -> str:
        """Name it in the log."""
        return self.kind


class TrustedMunicipality(db.Model):
    """A municipality whose editors publish at once; ``reason`` says why."""

    __tablename__ = "trusted_municipality"

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int] = mapped_column(
        ForeignKey("municipality.id", ondelete="CASCADE"), unique=True
    )
    since: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(Text, default="")

    municipality: Mapped[Municipality] = relationship()
    by: Mapped[User | None] = relationship()

    @property
    def name(self) -> str:
        """Name it in the log."""
        return self.municipality.name


class TopicReviewer(db.Model):
    """Who has in hand at once what is submitted on a topic."""

    __tablename__ = "topic_reviewer"

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id", ondelete="CASCADE"), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)

    topic: Mapped[Topic] = relationship()
    user: Mapped[User] = relationship()

    @property
    def name(self) -> str:
        """Name it in the log."""
        return self.topic.name


class CannedText(db.Model):
    """What reviewers say often; ``kinds`` are those for which it is offered.

    A deleted one is kept with ``deleted_at``, so that it can be brought back.
    """

    __tablename__ = "canned_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(TEXT_TITLE_LENGTH))
    text: Mapped[str] = mapped_column(Text)
    kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    position: Mapped[int] = mapped_column(default=0)
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)
