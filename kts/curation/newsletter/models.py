"""The tables of the newsletter: who asked for it, its issues and their parts, who gets which."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.mail import MailDelivery
from kts.core.models import TimestampMixin, UTCDateTime
from kts.core.text import RENDER_VERSION
from kts.extensions import db

ASKED, CONFIRMED = "asked", "confirmed"
BY_FORM, BY_ACCOUNT = "form", "account"
DRAFT, SCHEDULED, SENDING, SENT = "draft", "scheduled", "sending", "sent"
HEADING, TEXT, LINK = "heading", "text", "link"
DOCUMENT, PAGE, DOSSIER = "document", "page", "dossier"
THREAD, EXPERIENCE, POST = "thread", "experience", "post"
OWN_WORDS = (HEADING, TEXT, LINK)
TITLE_LENGTH = 200
ADDRESS_LENGTH = 1000
PREFACE_LENGTH = 10_000  # two printed pages; who writes more writes a document
TEASER_LENGTH = 2000
CORRECTION_LENGTH = 1000


class NewsletterSubscription(db.Model):
    """Somebody asked for the newsletter: an address, or the account whose address it follows.

    ``asked`` until the link of the mail was used (double opt-in), then ``confirmed``; an account's
    address is confirmed already. The row is the record of the consent: when, by which wording
    (``wording.WORDINGS``), how. It goes with the consent, and with it the address. ``mails``
    counts what was sent to confirm it, so that nobody's mailbox is filled by others.
    """

    __tablename__ = "newsletter_subscription"
    __table_args__ = (
        CheckConstraint("(email IS NULL) <> (user_id IS NULL)", name="one_address"),
        CheckConstraint("state IN ('asked','confirmed')", name="state"),
        CheckConstraint("how IN ('form','account')", name="how"),
        {"sqlite_autoincrement": True},  # the link of an old mail must not end another's
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(320), unique=True)
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), unique=True
    )
    language: Mapped[str] = mapped_column(String(2), default="de")
    state: Mapped[str] = mapped_column(String(10), default=ASKED, index=True)
    how: Mapped[str] = mapped_column(String(10), default=BY_FORM)
    wording: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    mails: Mapped[int] = mapped_column(default=0)
    mailed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    user: Mapped[User | None] = relationship()

    @property
    def address(self) -> str:
        """Give the address of now; an account's may have changed."""
        return self.user.email if self.user else self.email or ""

    @property
    def locale(self) -> str:
        """Give the language of the mails, an account's own."""
        return self.user.language if self.user else self.language

    @property
    def is_confirmed(self) -> bool:
        """Say whether issues go there."""
        return self.state == CONFIRMED


class NewsletterIssue(TimestampMixin, db.Model):
    """One issue: a preface and parts in sections; a draft until it is sent, then never changed.

    It gets its ``number`` when sending begins and can be read by everybody from then on.
    ``version`` grows with each change of the words, ``order_version`` with each of the parts, so
    that two editors do not overwrite each other. A ``correction`` stands above what was sent.
    """

    __tablename__ = "newsletter_issue"
    __table_args__ = (
        CheckConstraint("state IN ('draft','scheduled','sending','sent')", name="state"),
        Index("ix_newsletter_issue_state", "state", "scheduled_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int | None] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    preface: Mapped[str] = mapped_column(Text, default="")
    html: Mapped[str] = mapped_column(Text, default="")
    render_version: Mapped[int] = mapped_column(default=RENDER_VERSION)
    state: Mapped[str] = mapped_column(String(10), default=DRAFT)
    version: Mapped[int] = mapped_column(default=1)
    order_version: Mapped[int] = mapped_column(default=1)
    scheduled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    correction: Mapped[str] = mapped_column(String(CORRECTION_LENGTH), default="")
    corrected_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))

    created_by: Mapped[User | None] = relationship(foreign_keys=[created_by_id])
    sent_by: Mapped[User | None] = relationship(foreign_keys=[sent_by_id])
    items: Mapped[list[NewsletterItem]] = relationship(
        back_populates="issue",
        primaryjoin="and_(NewsletterIssue.id == NewsletterItem.issue_id, "
        "NewsletterItem.removed_at.is_(None))",
        order_by="NewsletterItem.position, NewsletterItem.id",
        cascade="save-update, merge",
        passive_deletes=True,
    )

    @property
    def is_draft(self) -> bool:
        """Say whether it can be changed."""
        return self.state == DRAFT

    @property
    def is_out(self) -> bool:
        """Say whether everybody can read it."""
        return self.state in (SENDING, SENT)

    @property
    def path(self) -> str:
        """Give the address in the archive; the moderators' page while there is none."""
        return f"/newsletter/{self.number}" if self.number else self.desk_path

    @property
    def desk_path(self) -> str:
        """Give the moderators' page."""
        return f"/kuratierung/newsletter/{self.id}"


class NewsletterItem(db.Model):
    """One part of an issue: a heading, a text, a link, or something of this site by its number.

    What lives on this site is looked up as a guest sees it, each time: what is hidden is in no
    mail and disappears from the archive. Its ``title`` is empty in a draft, which shows the one
    of now, and is kept when the issue is sent.
    """

    __tablename__ = "newsletter_item"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('heading','text','link','document','page','dossier','thread','experience',"
            "'post')",
            name="kind",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(
        ForeignKey("newsletter_issue.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(10))
    object_id: Mapped[int | None]
    version_number: Mapped[int | None]
    page: Mapped[int | None]
    title: Mapped[str] = mapped_column(String(300), default="")
    url: Mapped[str] = mapped_column(String(ADDRESS_LENGTH), default="")
    accessed: Mapped[date | None]
    teaser: Mapped[str] = mapped_column(Text, default="")
    html: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    issue: Mapped[NewsletterIssue] = relationship(back_populates="items")


class NewsletterRecipient(db.Model):
    """One subscription gets one issue: written for all before the first mail is made.

    Without ``delivery_id`` its mail is still to be made; without ``subscription_id`` as well it
    was ended before. The row names no address. What became of the mail stands in its delivery.
    """

    __tablename__ = "newsletter_recipient"
    __table_args__ = (
        UniqueConstraint("issue_id", "subscription_id"),
        Index("ix_newsletter_recipient_waiting", "issue_id", "delivery_id"),
        {"sqlite_autoincrement": True},  # the number is in the key of the mail
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("newsletter_issue.id", ondelete="CASCADE"))
    subscription_id: Mapped[int | None] = mapped_column(
        ForeignKey("newsletter_subscription.id", ondelete="SET NULL"), index=True
    )
    delivery_id: Mapped[int | None] = mapped_column(
        ForeignKey("mail_delivery.id", ondelete="SET NULL"), index=True
    )

    subscription: Mapped[NewsletterSubscription | None] = relationship()
    delivery: Mapped[MailDelivery | None] = relationship()
