"""Who works for which municipality."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.core.models import TimestampMixin
from kts.extensions import db

if TYPE_CHECKING:
    from kts.accounts.models.people import User

MUNICIPALITY_ROLES = ("member", "editor")


class MunicipalityMembership(TimestampMixin, db.Model):
    """A person works for a municipality, as member or as editor of its profile."""

    __tablename__ = "municipality_membership"
    __table_args__ = (
        UniqueConstraint("user_id", "municipality_id"),
        CheckConstraint("role IN ('member','editor')", name="role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    municipality_id: Mapped[int] = mapped_column(
        ForeignKey("municipality.id", ondelete="CASCADE"), index=True
    )
    role: Mapped[str] = mapped_column(String(20), default="member")

    user: Mapped[User] = relationship(back_populates="memberships")
    municipality: Mapped[Any] = relationship("Municipality")
