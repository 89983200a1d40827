"""What the operator writes about the site itself, and what people report about barriers.

A site page has a row only once an administrator has changed it; until then the text that comes
with the software is shown, so that improvements to it arrive. A row refuses a second page of the
same name and language; ``version`` grows with every change and keeps two administrators from
overwriting each other.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.models import TimestampMixin, UTCDateTime
from kts.extensions import db


class SitePage(TimestampMixin, db.Model):
    """One page that the operator edits, in one language; ``html`` is rendered when written."""

    __tablename__ = "site_page"
    __table_args__ = (UniqueConstraint("key", "lang"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40))
    lang: Mapped[str] = mapped_column(String(2))
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    render_version: Mapped[int]
    version: Mapped[int] = mapped_column(default=0)
    updated_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))

    updated_by: Mapped[User | None] = relationship()


class BarrierReport(db.Model):
    """Somebody could not use a page; the operator owes an answer until ``due``.

    Name and address are optional and only there to answer. ``answered`` closes the report.
    """

    __tablename__ = "barrier_report"
    __table_args__ = (CheckConstraint("description <> ''", name="description"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    due: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    page: Mapped[str] = mapped_column(String(500), default="")
    description: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(320), default="")
    lang: Mapped[str] = mapped_column(String(2), default="de")
    answer: Mapped[str] = mapped_column(Text, default="")
    answered: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))

    answered_by: Mapped[User | None] = relationship()

    @property
    def title(self) -> str:
        """Name the report for lists and the audit log, without the person's details."""
        return self.page or f"#{self.id}"

    @property
    def is_overdue(self) -> bool:
        """Say whether the answer is late."""
        return self.answered is None and self.due < now()
