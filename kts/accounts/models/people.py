"""Accounts, and what a person may see and do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, String, and_, bindparam
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kts.accounts.models.groups import Group, GroupMembership
from kts.accounts.models.viewers import Audience
from kts.core.clock import now
from kts.core.models import TimestampMixin, UTCDateTime
from kts.core.prepared import Prepared
from kts.extensions import db

if TYPE_CHECKING:
    from kts.accounts.models.memberships import MunicipalityMembership

ROLES = ("member", "editor", "moderator", "admin")
FULL_NAME, SHORT_NAME, ROLE_NAME = "full", "short", "role"
NAME_CHOICES = (FULL_NAME, SHORT_NAME, ROLE_NAME)

_OWN_GROUPS = Prepared(
    lambda: (
        db.select(
            GroupMembership.group_id, GroupMembership.coordinator, Group.archived.is_not(None)
        )
        .join(Group, Group.id == GroupMembership.group_id)
        .where(GroupMembership.user_id == bindparam("person"))
    )
)
_ALL_GROUPS = (
    db.select(Group.id, GroupMembership.coordinator, Group.archived.is_not(None))
    .select_from(Group)
    .outerjoin(
        GroupMembership,
        and_(GroupMembership.group_id == Group.id, GroupMembership.user_id == bindparam("person")),
    )
)


class User(UserMixin, TimestampMixin, db.Model):
    """A person with an account; ``email`` is stored folded, so it is unique for any spelling.

    The role ``editor`` makes the person an editor of every municipality that she belongs to;
    for a single one, the membership's own role says so. ``handle`` is what others write after an
    @ to name her. ``shown_name`` stands beside her posts after she has left, where she chose one.
    """

    __tablename__ = "user"
    __table_args__ = (
        CheckConstraint("role IN ('member','editor','moderator','admin')", name="role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    handle: Mapped[str | None] = mapped_column(String(100), unique=True)
    shown_name: Mapped[str | None] = mapped_column(String(200))
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
        return self.shown_name or self.name

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
        """Give the tokens of the rows that she may see; moderators keep order in all groups.

        Whoever forgets this value forgets the others that are read with it.
        """
        if self.is_moderator:
            rows = db.session.execute(_ALL_GROUPS, {"person": self.id}).all()
        else:
            rows = _OWN_GROUPS(person=self.id)
        self._groups = rows
        return frozenset({"public", "members", *(f"group:{row[0]}" for row in rows)})

    @property
    def coordinates(self) -> frozenset[int]:
        """Give the ids of the groups that she coordinates."""
        return frozenset(row[0] for row in self._groups_read() if row[1])

    @property
    def archived_tokens(self) -> frozenset[str]:
        """Give those of her tokens that belong to archived groups, in which nobody writes."""
        return frozenset(f"group:{row[0]}" for row in self._groups_read() if row[2])

    def _groups_read(self) -> Sequence[Any]:
        """Give id, whether she coordinates, whether archived; read along with the tokens."""
        return self._groups if self.visibility_tokens else ()

    @cached_property
    def audience(self) -> Audience:
        """Give those who may see and do the same as she."""
        return Audience(
            is_authenticated=True,
            is_moderator=self.is_moderator,
            is_admin=self.is_admin,
            visibility_tokens=self.visibility_tokens,
            coordinates=self.coordinates,
            archived_tokens=self.archived_tokens,
        )

    def belongs_to(self, municipality_id: int | None) -> bool:
        """Say whether she is a member of the municipality."""
        return any(m.municipality_id == municipality_id for m in self.memberships)

    def edits(self, municipality_id: int | None) -> bool:
        """Say whether she is an editor of the municipality."""
        return municipality_id is not None and any(
            m.municipality_id == municipality_id and "editor" in (m.role, self.role)
            for m in self.memberships
        )


class PasswordReset(db.Model):
    """A wish for a new password, for any address, so that known ones do not answer differently.

    The worker looks whether the address has an account; only then is a mail sent.
    """

    __tablename__ = "password_reset"

    id: Mapped[int] = mapped_column(primary_key=True)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    email: Mapped[str] = mapped_column(String(320))
    language: Mapped[str] = mapped_column(String(2), default="de")
