"""Contributions that wait until a moderator has looked at them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.models import TimestampMixin, UTCDateTime
from kts.extensions import db
from kts.forum.models.posts import Post
from kts.forum.models.threads import TITLE_LENGTH, Category, Thread

WAITING, CHANGES, RELEASED = "waiting", "changes", "released"
REFUSED, WITHDRAWN = "refused", "withdrawn"
STATES = (WAITING, CHANGES, RELEASED, REFUSED, WITHDRAWN)
OPEN = (WAITING, CHANGES)
KEPT = (*OPEN, REFUSED, WITHDRAWN)  # their words are nowhere else


class HeldContribution(TimestampMixin, db.Model):
    """What somebody has sent and what is not yet a thread or a post.

    Nothing of it exists elsewhere before it is released, so it cannot appear in lists, index,
    counts or mails. ``payload`` is all that the form said, as :mod:`kts.forum.services.holding`
    describes it; ``title`` is the thread's, for lists. ``edited`` is what a moderator made of the
    payload when she released it with changes of her own.

    ``reasons`` holds the keys of :class:`kts.core.judging.Reason`. ``changes`` means that the
    author was asked to change it. ``version`` grows with everything that anybody does to it and
    refuses the second of two. ``submission`` is the fingerprint of the form: the same form sent
    twice is held once.
    """

    __tablename__ = "held_contribution"
    __table_args__ = (
        UniqueConstraint("author_id", "submission"),
        CheckConstraint("kind IN ('thread','answer','edit','experience')", name="kind"),
        CheckConstraint(
            "state IN ('waiting','changes','released','refused','withdrawn')", name="state"
        ),
        Index("ix_held_contribution_author_state", "author_id", "state"),
        Index("ix_held_contribution_state_created", "state", "created"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id", ondelete="SET NULL"))
    thread_id: Mapped[int | None] = mapped_column(
        ForeignKey("thread.id", ondelete="SET NULL"), index=True
    )
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="SET NULL"))
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    edited: Mapped[dict[str, str] | None] = mapped_column(JSON)
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(String(20), default=WAITING)
    waits_since: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    decision_rule: Mapped[str] = mapped_column(String(200), default="")
    result_thread_id: Mapped[int | None] = mapped_column(
        ForeignKey("thread.id", ondelete="SET NULL")
    )
    result_post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="SET NULL"))
    submission: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)

    author: Mapped[User] = relationship(foreign_keys=[author_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    category: Mapped[Category | None] = relationship()
    thread: Mapped[Thread | None] = relationship(foreign_keys=[thread_id])
    post: Mapped[Post | None] = relationship(foreign_keys=[post_id])
    result_thread: Mapped[Thread | None] = relationship(foreign_keys=[result_thread_id])
    result_post: Mapped[Post | None] = relationship(foreign_keys=[result_post_id])

    @property
    def is_open(self) -> bool:
        """Say whether nobody has decided about it yet."""
        return self.state in OPEN

    @property
    def path(self) -> str:
        """Give the address at which its author sees it."""
        return f"/forum/zurueckgehalten/{self.id}"

    @property
    def desk_path(self) -> str:
        """Give the address at which moderators decide about it."""
        return f"/kuratierung/zurueckgehalten/{self.id}"
