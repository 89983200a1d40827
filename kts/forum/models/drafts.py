"""Texts that are not sent yet, kept on the server."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kts.core.models import TimestampMixin, UTCDateTime
from kts.extensions import db
from kts.forum.models.threads import TITLE_LENGTH

CONTEXT_LENGTH = 40


class Draft(TimestampMixin, db.Model):
    """What a person has typed into a form and not sent.

    ``context`` names the form: ``new``, ``answer:<thread id>``, ``edit:<post id>``. It is no
    foreign key: words outlive the thread that they were meant for. The form opens the draft whose
    ``copy`` is 0; others of the same context carry their own id there: what was written on another
    device meanwhile, and what was discarded and can still be brought back.

    ``version`` grows with each save and tells a save that did not know the last one. ``fields``
    are the form's other entries by name. ``municipality_id`` is set where it is written in a
    municipality's name.
    """

    __tablename__ = "draft"
    __table_args__ = (
        UniqueConstraint("user_id", "context", "copy"),
        Index("ix_draft_discarded", "discarded"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    context: Mapped[str] = mapped_column(String(CONTEXT_LENGTH))
    copy: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    municipality_id: Mapped[int | None] = mapped_column(
        ForeignKey("municipality.id", ondelete="SET NULL")
    )
    discarded: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @property
    def kind(self) -> str:
        """Say what the words are meant for: ``new``, ``answer`` or ``edit``."""
        return self.context.partition(":")[0]

    @property
    def about_id(self) -> int | None:
        """Give the id of the thread that is answered or the post that is changed."""
        number = self.context.partition(":")[2]
        return int(number) if number else None
