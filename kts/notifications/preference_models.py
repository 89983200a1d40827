"""When a person wants mails, and when she wants to be left alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.core.models import TimestampMixin, UTCDateTime
from kts.extensions import db

AT_ONCE, DAILY, WEEKLY, NONE = "now", "daily", "weekly", "none"
FREQUENCIES = (AT_ONCE, DAILY, WEEKLY, NONE)
_ALLOWED = "IN ('now','daily','weekly','none')"

#: For people who come twice a month: what is said to them they should answer the same day; what
#: they watch is one mail a day at most; what they only follow can wait for the week's overview.
#: Tuesday, because Mondays are full; seven, so that it lies there when the office opens.
DEFAULTS: dict[str, Any] = {
    "direct": AT_ONCE,
    "watch": DAILY,
    "follow": WEEKLY,
    "weekday": 1,
    "hour": 7,
    "quiet_from": 19,
    "quiet_to": 7,
    "quiet_weekends": True,
    "away_from": None,
    "away_to": None,
    "follow_own": True,
    "bookmark_mails": True,
    "suggestions": True,
    "paused": False,
    "weekly_at": None,
}


class NotificationPreference(TimestampMixin, db.Model):
    """What one person chose about mails; whoever chose nothing has no row and the defaults.

    ``direct``, ``watch`` and ``follow`` say how often each level of notifications is mailed.
    ``weekday`` (0 is Monday) and ``hour`` are the digest's, in Europe/Berlin, as are the quiet
    hours and the days of a holiday, both inclusive. ``weekly_at`` is the next moment at which a
    weekly mail is composed even if nothing was notified; only those who chose have one, so that
    nobody is written to who never asked.
    """

    __tablename__ = "notification_preference"
    __table_args__ = (
        CheckConstraint(f"direct {_ALLOWED}", name="direct"),
        CheckConstraint(f"watch {_ALLOWED}", name="watch"),
        CheckConstraint(f"follow {_ALLOWED}", name="follow"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),
    )

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    direct: Mapped[str] = mapped_column(String(10))
    watch: Mapped[str] = mapped_column(String(10))
    follow: Mapped[str] = mapped_column(String(10))
    weekday: Mapped[int]
    hour: Mapped[int]
    quiet_from: Mapped[int | None]
    quiet_to: Mapped[int | None]
    quiet_weekends: Mapped[bool]
    away_from: Mapped[date | None]
    away_to: Mapped[date | None]
    follow_own: Mapped[bool]
    bookmark_mails: Mapped[bool]
    suggestions: Mapped[bool]
    paused: Mapped[bool]
    weekly_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)

    user: Mapped[Any] = relationship("User")

    def __init__(self, **values: Any) -> None:
        super().__init__(**{**DEFAULTS, **values})
