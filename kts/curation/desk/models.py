"""How a moderator works at the desk."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from kts.extensions import db


class DeskSetting(db.Model):
    """What one moderator chose for the desk; without a row all is as usual.

    ``shortcuts``: single keys act there. Who dictates or presses keys by chance can switch them
    off, on all her devices (WCAG 2.1.4).
    """

    __tablename__ = "desk_setting"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    shortcuts: Mapped[bool] = mapped_column(default=True)
