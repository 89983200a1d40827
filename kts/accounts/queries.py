"""Reads about people; who sees which group is decided here."""

from dataclasses import dataclass

from sqlalchemy import Select, false, func, or_
from sqlalchemy.orm import selectinload

from kts.accounts import policies
from kts.accounts.models import (
    Group,
    GroupJoinRequest,
    GroupMembership,
    Invitation,
    MembershipRequest,
    MunicipalityMembership,
    RoleHandover,
    User,
)
from kts.core.access import Viewer
from kts.core.clock import now
from kts.core.errors import NotFound
from kts.core.pagination import Page, paginate
from kts.core.prepared import PreparedObject
from kts.extensions import db


def fold_email(address: str) -> str:
    """Give the spelling under which an address is stored."""
    return address.strip().lower()  # not casefold: groß@ and gross@ are two people


_PERSON = PreparedObject(User)


def load_user(session_id: str) -> User | None:
    """Find the signed-in person; none when her sessions were ended or the account is off."""
    user_id, _, key = session_id.partition(":")
    if not user_id.isdigit():
        return None
    user = _PERSON(int(user_id))
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


def open_invitations(
    municipality_id: int | None = None, group_id: int | None = None
) -> list[Invitation]:
    """List the invitations that still work, newest first."""
    statement = db.select(Invitation).filter(
        Invitation.accepted.is_(None), Invitation.withdrawn.is_(None), Invitation.expires > now()
    )
    if municipality_id is not None:
        statement = statement.filter_by(municipality_id=municipality_id)
    if group_id is not None:
        statement = statement.filter_by(group_id=group_id)
    return list(db.session.scalars(statement.order_by(Invitation.created.desc())))


@dataclass(frozen=True)
class GroupRow:
    """A group in the list: how many take part, whether the viewer does, who waits to.

    ``leaderless``: nobody coordinates it who can still sign in, and it is not archived.
    """

    group: Group
    members: int
    takes_part: bool
    coordinates: bool
    waiting: int
    leaderless: bool = False


def known_groups(viewer: Viewer) -> Select[tuple[Group]]:
    """Select the groups that the viewer may know of: closed ones only if she is in them."""
    statement = db.select(Group).order_by(Group.name)
    if not viewer.is_authenticated:
        return statement.where(false())
    if not viewer.is_moderator:
        own = db.select(GroupMembership.group_id).filter_by(user_id=viewer.id)
        statement = statement.filter(or_(~Group.closed, Group.id.in_(own)))
    return statement


def visible_groups(viewer: Viewer) -> list[Group]:
    """List the groups that the viewer may know of, by name."""
    return list(db.session.scalars(known_groups(viewer)))


def get_group(slug: str, viewer: Viewer) -> Group:
    """Find a group that the viewer may know of; raise NotFound otherwise."""
    group = db.session.scalar(known_groups(viewer).where(Group.slug == slug))
    if group is None:
        raise NotFound
    return group


def group_rows(viewer: Viewer) -> list[GroupRow]:
    """List the groups with their numbers, in three statements; requests for those who decide."""
    groups = visible_groups(viewer)
    ids = [group.id for group in groups]
    members = _members_counted(ids)
    waiting = _requests_counted(ids)
    own = {m.group_id: m.coordinator for m in getattr(viewer, "group_memberships", ())}
    return [
        GroupRow(
            group,
            members.get(group.id, (0, 0))[0],
            group.id in own,
            own.get(group.id, False),
            waiting.get(group.id, 0) if viewer.is_moderator or own.get(group.id) else 0,
            not group.archived and not members.get(group.id, (0, 0))[1],
        )
        for group in groups
    ]


def _members_counted(ids: list[int]) -> dict[int, tuple[int, int]]:
    """Count by group who takes part, and who of them coordinates it."""
    column = GroupMembership.group_id
    coordinating = func.count().filter(GroupMembership.coordinator)
    statement = (
        db.select(column, func.count(), coordinating)
        .join(GroupMembership.user)
        .where(column.in_(ids), User.active)
        .group_by(column)
    )
    return {row[0]: (row[1], row[2]) for row in db.session.execute(statement)}


def _requests_counted(ids: list[int]) -> dict[int, int]:
    column = GroupJoinRequest.group_id
    statement = db.select(column, func.count()).where(
        column.in_(ids), GroupJoinRequest.state == "open"
    )
    return {row[0]: row[1] for row in db.session.execute(statement.group_by(column))}


def _group_members(group: Group) -> Select[tuple[GroupMembership]]:
    places = selectinload(GroupMembership.user).selectinload(User.memberships)
    return (
        db.select(GroupMembership)
        .join(GroupMembership.user)
        .where(GroupMembership.group_id == group.id, User.active)
        .options(places.selectinload(MunicipalityMembership.municipality))
        .order_by(func.lower(User.name), User.id)
    )


def group_coordinators(group: Group) -> list[GroupMembership]:
    """List who coordinates the group, with their municipalities."""
    return list(db.session.scalars(_group_members(group).where(GroupMembership.coordinator)))


def group_members(group: Group, page: int) -> Page:
    """Give one page of the group's members by name, with their municipalities."""
    return paginate(_group_members(group), page)


def group_membership(group: Group, membership_id: int | None) -> GroupMembership:
    """Find one member of the group; raise NotFound where it is none."""
    found = db.session.scalar(_group_members(group).where(GroupMembership.id == membership_id))
    if found is None:
        raise NotFound
    return found


def other_members(group: Group, viewer: Viewer) -> list[GroupMembership]:
    """List the members besides the viewer, to choose one of them."""
    return list(db.session.scalars(_group_members(group).where(User.id != viewer.id)))


def join_request_of(viewer: Viewer, group: Group) -> GroupJoinRequest | None:
    """Find the viewer's own request that waits."""
    return db.session.scalar(
        db.select(GroupJoinRequest).filter_by(user_id=viewer.id, group_id=group.id, state="open")
    )


def join_requests(group: Group) -> list[GroupJoinRequest]:
    """List the requests that wait, oldest first."""
    statement = (
        db.select(GroupJoinRequest)
        .join(GroupJoinRequest.user)
        .where(GroupJoinRequest.group_id == group.id, GroupJoinRequest.state == "open", User.active)
        .options(
            selectinload(GroupJoinRequest.user)
            .selectinload(User.memberships)
            .selectinload(MunicipalityMembership.municipality)
        )
        .order_by(GroupJoinRequest.created, GroupJoinRequest.id)
    )
    return list(db.session.scalars(statement))


def get_join_request(group: Group, request_id: int) -> GroupJoinRequest:
    """Find one request to the group; raise NotFound where it is none."""
    found = db.session.get(GroupJoinRequest, request_id)
    if found is None or found.group_id != group.id:
        raise NotFound
    return found


def open_handovers(municipality_id: int) -> list[RoleHandover]:
    """List what waits for a successor in the municipality."""
    statement = (
        db.select(RoleHandover)
        .where(
            RoleHandover.municipality_id == municipality_id,
            RoleHandover.state == "open",
            RoleHandover.expires > now(),
        )
        .options(selectinload(RoleHandover.from_user), selectinload(RoleHandover.to_user))
        .order_by(RoleHandover.id)
    )
    return list(db.session.scalars(statement))


def get_handover(viewer: Viewer, handover_id: int) -> RoleHandover:
    """Find a handover that concerns the viewer; raise NotFound for everybody else."""
    found = db.session.get(RoleHandover, handover_id)
    if found is None or not policies.can_see_role_handover(viewer, found):
        raise NotFound
    return found


def people(search: str = "") -> list[User]:
    """List accounts for the administrator, by name, at most 200."""
    statement = db.select(User).order_by(func.lower(User.name)).limit(200)
    if search:
        like = f"%{search.lower()}%"
        statement = statement.filter(or_(func.lower(User.name).like(like), User.email.like(like)))
    return list(db.session.scalars(statement.options(selectinload(User.memberships))))
