"""People and what they belong to.

A person has one platform-wide role; being an editor is a matter of one municipality and lives on
the membership. An account without a password is one that was invited and has not come yet; an
inactive one can't sign in but keeps its contributions' name.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from flask_login import AnonymousUserMixin, UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.core.clock import now
from kts.core.models import TimestampMixin, UTCDateTime
from kts.core.text import slugify
from kts.extensions import db

ROLES = ("member", "editor", "moderator", "admin")
MUNICIPALITY_ROLES = ("member", "editor")


class Guest(AnonymousUserMixin):
    """Whoever is not signed in: sees what is public."""

    id = None
    display_name = ""
    is_moderator = False
    is_admin = False
    visibility_tokens = frozenset({"public"})

    def edits(self, municipality_id: int | None) -> bool:
        """Refuse: a guest edits nothing."""
        return False


class User(UserMixin, TimestampMixin, db.Model):
    """A person with an account; ``email`` is stored folded, so it is unique for any spelling.

    The role ``editor`` makes the person an editor of every municipality that she belongs to;
    for a single one, the membership's own role says so.
    """

    __tablename__ = "user"
    __table_args__ = (
        CheckConstraint("role IN ('member','editor','moderator','admin')", name="role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20), default="member")
    language: Mapped[str] = mapped_column(String(2), default="de")
    active: Mapped[bool] = mapped_column(default=True)
    is_sample: Mapped[bool] = mapped_column(default=False)
    last_sign_in: Mapped[datetime | None] = mapped_column(UTCDateTime)
    session_key: Mapped[str] = mapped_column(String(32), default="")

    memberships: Mapped[list[MunicipalityMembership]] = relationship(
        back_populates="user",
        cascade="all, delete-orphan",
        foreign_keys="MunicipalityMembership.user_id",
    )
    group_memberships: Mapped[list[GroupMembership]] = relationship(
        back_populates="user", cascade="all, delete-orphan"
    )

    def get_id(self) -> str:
        """Give what the session keeps; a changed ``session_key`` ends all sessions."""
        return f"{self.id}:{self.session_key}"

    @property
    def is_active(self) -> bool:
        """Say whether the account may sign in."""
        return self.active

    @property
    def display_name(self) -> str:
        """Give the name that others read."""
        return self.name

    @property
    def is_moderator(self) -> bool:
        """Say whether the person curates for the KTS."""
        return self.role in ("moderator", "admin")

    @property
    def is_admin(self) -> bool:
        """Say whether the person runs the site."""
        return self.role == "admin"

    @cached_property
    def visibility_tokens(self) -> frozenset[str]:
        """Give the tokens of the rows that she may see; moderators keep order in all groups."""
        if self.is_moderator:
            group_ids = db.session.scalars(db.select(Group.id)).all()
        else:
            group_ids = [membership.group_id for membership in self.group_memberships]
        return frozenset({"public", "members", *(f"group:{group_id}" for group_id in group_ids)})

    def belongs_to(self, municipality_id: int | None) -> bool:
        """Say whether she is a member of the municipality."""
        return any(m.municipality_id == municipality_id for m in self.memberships)

    def edits(self, municipality_id: int | None) -> bool:
        """Say whether she is an editor of the municipality."""
        return municipality_id is not None and any(
            m.municipality_id == municipality_id and "editor" in (m.role, self.role)
            for m in self.memberships
        )


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


class Group(TimestampMixin, db.Model):
    """People who work together: the Dialogplattform, a working group, the network.

    ``closed``: only members see what is in it, and only they and moderators see that it exists.
    """

    __tablename__ = "group"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    description: Mapped[str] = mapped_column(Text, default="")
    closed: Mapped[bool] = mapped_column(default=True)

    memberships: Mapped[list[GroupMembership]] = relationship(
        back_populates="group", cascade="all, delete-orphan"
    )

    def __init__(self, **values: object) -> None:
        values.setdefault("slug", slugify(str(values.get("name", ""))))
        super().__init__(**values)

    @property
    def token(self) -> str:
        """Give the visibility token of what belongs to the group."""
        return f"group:{self.id}"


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


class Invitation(db.Model):
    """A link that lets one address make an account; only the hash of its secret is kept."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    expires: Mapped[datetime] = mapped_column(UTCDateTime)
    accepted: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn: Mapped[datetime | None] = mapped_column(UTCDateTime)
    email: Mapped[str] = mapped_column(String(320), index=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(20), default="member")
    municipality_id: Mapped[int | None] = mapped_column(
        ForeignKey("municipality.id", ondelete="CASCADE"), index=True
    )
    municipality_role: Mapped[str] = mapped_column(String(20), default="member")
    group_id: Mapped[int | None] = mapped_column(ForeignKey("group.id", ondelete="CASCADE"))
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))

    @property
    def is_open(self) -> bool:
        """Say whether the link still works."""
        return self.accepted is None and self.withdrawn is None and self.expires > now()


class MembershipRequest(db.Model):
    """Somebody asks to take part; a moderator or the municipality's editor decides."""

    __tablename__ = "membership_request"
    __table_args__ = (CheckConstraint("state IN ('open','approved','declined')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(320), index=True)
    organisation: Mapped[str] = mapped_column(String(200), default="")
    message: Mapped[str] = mapped_column(Text, default="")
    municipality_id: Mapped[int | None] = mapped_column(
        ForeignKey("municipality.id", ondelete="CASCADE"), index=True
    )
    municipality: Mapped[Any] = relationship("Municipality")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(20), default="open", index=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    decided: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))


class PasswordReset(db.Model):
    """A wish for a new password, for any address, so that known ones do not answer differently.

    The worker looks whether the address has an account; only then is a mail sent.
    """

    __tablename__ = "password_reset"

    id: Mapped[int] = mapped_column(primary_key=True)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    email: Mapped[str] = mapped_column(String(320))
    language: Mapped[str] = mapped_column(String(2), default="de")
