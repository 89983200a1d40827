"""Reads about people; who sees which group is decided here."""

from sqlalchemy import func, or_
from sqlalchemy.orm import selectinload

from kts.accounts.models import (
    Group,
    GroupMembership,
    Invitation,
    MembershipRequest,
    MunicipalityMembership,
    User,
)
from kts.core.access import Viewer
from kts.core.clock import now
from kts.core.errors import NotFound
from kts.extensions import db


def fold_email(address: str) -> str:
    """Give the spelling under which an address is stored."""
    return address.strip().lower()  # not casefold: groß@ and gross@ are two people


def load_user(session_id: str) -> User | None:
    """Find the signed-in person; none when her sessions were ended or the account is off."""
    user_id, _, key = session_id.partition(":")
    if not user_id.isdigit():
        return None
    statement = (
        db.select(User)
        .filter_by(id=int(user_id))
        .options(selectinload(User.memberships), selectinload(User.group_memberships))
    )
    user = db.session.scalar(statement)
    return user if user and user.active and user.session_key == key else None


def user_by_email(email: str) -> User | None:
    """Find the account of an address in any spelling."""
    return db.session.scalar(db.select(User).filter_by(email=fold_email(email)))


def members_of(municipality_id: int) -> list[MunicipalityMembership]:
    """List a municipality's memberships with their people, by name."""
    statement = (
        db.select(MunicipalityMembership)
        .join(MunicipalityMembership.user)
        .filter(MunicipalityMembership.municipality_id == municipality_id, User.active)
        .options(selectinload(MunicipalityMembership.user))
        .order_by(func.lower(User.name))
    )
    return list(db.session.scalars(statement))


def open_requests(viewer: Viewer, municipality_id: int | None = None) -> list[MembershipRequest]:
    """List the requests that wait and that the viewer may decide, oldest first."""
    statement = db.select(MembershipRequest).filter_by(state="open")
    if municipality_id is not None:
        statement = statement.filter_by(municipality_id=municipality_id)
    requests = db.session.scalars(statement.order_by(MembershipRequest.created))
    return [r for r in requests if viewer.is_moderator or viewer.edits(r.municipality_id)]


def open_invitations(municipality_id: int | None = None) -> list[Invitation]:
    """List the invitations that still work, newest first."""
    statement = db.select(Invitation).filter(
        Invitation.accepted.is_(None), Invitation.withdrawn.is_(None), Invitation.expires > now()
    )
    if municipality_id is not None:
        statement = statement.filter_by(municipality_id=municipality_id)
    return list(db.session.scalars(statement.order_by(Invitation.created.desc())))


def visible_groups(viewer: Viewer) -> list[Group]:
    """List the groups that the viewer may know of, by name."""
    if not viewer.is_authenticated:
        return []
    statement = db.select(Group).order_by(Group.name)
    if not viewer.is_moderator:
        own = db.select(GroupMembership.group_id).filter_by(user_id=viewer.id)
        statement = statement.filter(or_(~Group.closed, Group.id.in_(own)))
    return list(db.session.scalars(statement.options(selectinload(Group.memberships))))


def get_group(slug: str, viewer: Viewer) -> Group:
    """Find a group that the viewer may know of; raise NotFound otherwise."""
    for group in visible_groups(viewer):
        if group.slug == slug:
            return group
    raise NotFound


def people(search: str = "") -> list[User]:
    """List accounts for the administrator, by name, at most 200."""
    statement = db.select(User).order_by(func.lower(User.name)).limit(200)
    if search:
        like = f"%{search.lower()}%"
        statement = statement.filter(or_(func.lower(User.name).like(like), User.email.like(like)))
    return list(db.session.scalars(statement.options(selectinload(User.memberships))))
