"""Work for a municipality that passes from one person to another."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.accounts.models.joining import WAITING
from kts.accounts.models.people import FULL_NAME, User
from kts.core.clock import now
from kts.core.models import UTCDateTime
from kts.extensions import db

STAYS, LEAVES_PLACE, LEAVES_PLATFORM = "stays", "place", "platform"


class RoleHandover(db.Model):
    """A person's work for a municipality passes to a successor, once the successor agrees.

    ``email`` finds a successor who has no account yet. ``afterwards`` says whether the person
    stays, leaves the municipality or the platform, ``shown_as`` how her posts name her then.
    ``passed`` keeps how much of what passed. One handover of a role waits at a time.
    """

    __tablename__ = "role_handover"
    __table_args__ = (
        CheckConstraint("state IN ('open','accepted','declined','withdrawn')", name="state"),
        CheckConstraint("afterwards IN ('stays','place','platform')", name="afterwards"),
        CheckConstraint("shown_as IN ('full','short','role')", name="shown_as"),
        Index("ix_role_handover_successor", "to_user_id", "state"),
        Index("ix_role_handover_email", "email", "state"),
        Index(
            "uq_role_handover_waiting",
            *("from_user_id", "municipality_id"),
            unique=True,
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    expires: Mapped[datetime] = mapped_column(UTCDateTime)
    from_user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    to_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(320))
    municipality_id: Mapped[int] = mapped_column(
        ForeignKey("municipality.id", ondelete="CASCADE"), index=True
    )
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    message: Mapped[str] = mapped_column(Text, default="")
    keeps_subscriptions: Mapped[bool] = mapped_column(default=False)
    copies_searches: Mapped[bool] = mapped_column(default=False)
    afterwards: Mapped[str] = mapped_column(String(10), default=STAYS)
    shown_as: Mapped[str] = mapped_column(String(10), default=FULL_NAME)
    state: Mapped[str] = mapped_column(String(20), default="open")
    decided: Mapped[datetime | None] = mapped_column(UTCDateTime)
    passed: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)

    from_user: Mapped[User] = relationship(foreign_keys=[from_user_id])
    to_user: Mapped[User | None] = relationship(foreign_keys=[to_user_id])
    started_by: Mapped[User | None] = relationship(foreign_keys=[started_by_id])
    municipality: Mapped[Any] = relationship("Municipality")

    @property
    def is_open(self) -> bool:
        """Say whether the successor can still take over."""
        return self.state == "open" and self.expires > now()

    @property
    def path(self) -> str:
        """Give the address on which the successor decides."""
        return f"/uebergaben/{self.id}"
