"""What happened, who is told of it, and why.

An event is written in the transaction of the deed; the worker finds out whom it concerns and
writes one notification a person (``unique (user, event)``), so a worker that is killed half-way
goes on later and tells nobody twice.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kts.core.clock import now
from kts.core.models import UTCDateTime
from kts.extensions import db

DIRECT, WATCH, FOLLOW, NORMAL, MUTE = "direct", "watch", "follow", "normal", "mute"
LEVELS = (WATCH, FOLLOW, NORMAL, MUTE)  # what a person may choose, the loudest first

CATEGORY, THREAD, TOPIC = "category", "thread", "topic"
MUNICIPALITY, GROUP = "municipality", "group"
TARGETS = (THREAD, TOPIC, MUNICIPALITY, CATEGORY, GROUP)  # the most specific first

CHOSEN, WROTE, OPENED, MENTIONED = "chosen", "wrote", "opened", "mentioned"


class Subscription(db.Model):
    """How closely a person follows one thing; without a row she is told at the level above it.

    ``reason`` says how the row came about: what she chose herself is never changed by what she
    writes. ``target_id`` has no foreign key, since it names rows of five tables that this feature
    may not know; rows whose target is gone are deleted at night.
    """

    __tablename__ = "subscription"
    __table_args__ = (
        UniqueConstraint("user_id", "kind", "target_id"),
        Index("ix_subscription_target", "kind", "target_id", "level"),
        CheckConstraint(
            "kind IN ('category','thread','topic','municipality','group')", name="kind"
        ),
        CheckConstraint("level IN ('watch','follow','normal','mute')", name="level"),
        CheckConstraint("reason IN ('chosen','wrote','opened','mentioned')", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    target_id: Mapped[int]
    level: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(10), default=CHOSEN)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class NotificationEvent(db.Model):
    """Something happened that people may want to hear of; ``done`` when all have been told.

    ``target`` names what it happened to (``thread:12``), ``data`` what the sentence needs.
    """

    __tablename__ = "notification_event"
    __table_args__ = (Index("ix_notification_event_done", "done", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    target: Mapped[str] = mapped_column(String(60), default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    done: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Notification(db.Model):
    """One message to one person; ``read_at`` is set when she has seen it.

    ``level`` says why she is told (``direct``: a mention, an answer to her own words, an act on
    her own post) and with it how soon she gets a mail. ``mailed_at`` is set when a mail has taken
    it up or none is wanted; until then ``mail_due`` says when a mail shall. ``data`` lets the
    sentence be said in the reader's language; ``text`` is the sentence where there is no data.
    """

    __tablename__ = "notification"
    __table_args__ = (
        Index("ix_notification_user_read", "user_id", "read_at"),
        Index("ix_notification_mailed", "mailed_at", "user_id"),
        Index("ix_notification_mail_due", "mailed_at", "mail_due"),
        Index("ix_notification_user_target", "user_id", "target"),
        Index("ix_notification_event_id", "event_id"),
        UniqueConstraint("user_id", "event_id"),
        CheckConstraint("level IN ('direct','watch','follow','normal')", name="level"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    event_id: Mapped[int | None] = mapped_column(
        ForeignKey("notification_event.id", ondelete="SET NULL")
    )
    kind: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(10), default=DIRECT)
    target: Mapped[str] = mapped_column(String(60), default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    text: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str] = mapped_column(String(500))
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    mail_due: Mapped[datetime | None] = mapped_column(UTCDateTime)
    mailed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
