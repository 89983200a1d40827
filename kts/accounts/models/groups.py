"""Groups and who takes part in them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.core.models import TimestampMixin, UTCDateTime
from kts.core.text import slugify
from kts.extensions import db

if TYPE_CHECKING:
    from kts.accounts.models.people import User

DIALOGPLATTFORM, WORKING_GROUP, NETWORK, GROUP = (
    "dialogplattform",
    "working_group",
    "network",
    "group",
)
GROUP_KINDS = (DIALOGPLATTFORM, WORKING_GROUP, NETWORK, GROUP)
BY_REQUEST, BY_INVITATION, OPEN = "request", "invitation", "open"
JOINING = (BY_REQUEST, BY_INVITATION, OPEN)


class Group(TimestampMixin, db.Model):
    """People who work together: the Dialogplattform, a working group, the network.

    ``closed``: only members see what is in it, and only they and moderators see that it exists,
    so nobody can ask to be let in. ``description_html`` is what ``description`` renders to. An
    archived group stays readable and takes nobody in.
    """

    __tablename__ = "group"
    __table_args__ = (
        CheckConstraint("kind IN ('dialogplattform','working_group','network','group')", "kind"),
        CheckConstraint("joining IN ('request','invitation','open')", "joining"),
        CheckConstraint("NOT closed OR joining = 'invitation'", "closed_by_invitation"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    description: Mapped[str] = mapped_column(Text, default="")
    description_html: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[str] = mapped_column(String(20), default=GROUP)
    joining: Mapped[str] = mapped_column(String(12), default=BY_INVITATION)
    closed: Mapped[bool] = mapped_column(default=True)
    archived: Mapped[datetime | None] = mapped_column(UTCDateTime)

    memberships: Mapped[list[GroupMembership]] = relationship(
        back_populates="group", cascade="all, delete-orphan"
    )

    def __init__(self, **values: object) -> None:
        values.setdefault("slug", slugify(str(values.get("name", ""))))
        values.setdefault("joining", BY_INVITATION if values.get("closed", True) else BY_REQUEST)
        super().__init__(**values)

    @property
    def token(self) -> str:
        """Give the visibility token of what belongs to the group."""
        return f"group:{self.id}"

    @property
    def path(self) -> str:
        """Give the group's address on this site."""
        return f"/gruppen/{self.slug}"


class GroupMembership(TimestampMixin, db.Model):
    """A person takes part in a group; a coordinator invites and removes others."""

    __tablename__ = "group_membership"
    __table_args__ = (UniqueConstraint("user_id", "group_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    group_id: Mapped[int] = mapped_column(ForeignKey("group.id", ondelete="CASCADE"), index=True)
    coordinator: Mapped[bool] = mapped_column(default=False)

    user: Mapped[User] = relationship(back_populates="group_memberships")
    group: Mapped[Group] = relationship(back_populates="memberships")
