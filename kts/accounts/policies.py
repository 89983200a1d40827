"""Who may manage people, memberships and groups."""

from kts.accounts.models import (
    BY_REQUEST,
    OPEN,
    Group,
    GroupJoinRequest,
    MembershipRequest,
    MunicipalityMembership,
    RoleHandover,
    User,
)
from kts.core.access import Viewer


def can_manage_members(viewer: Viewer, municipality_id: int) -> bool:
    """Let moderators and the municipality's editors decide on its members."""
    return viewer.is_moderator or viewer.edits(municipality_id)


def can_decide_membership_request(viewer: Viewer, request: MembershipRequest) -> bool:
    """Let moderators decide all requests, editors those for their municipality."""
    return viewer.is_moderator or viewer.edits(request.municipality_id)


def can_see_group(viewer: Viewer, group: Group) -> bool:
    """Let members see a closed group, signed-in people an open one."""
    return group.token in viewer.visibility_tokens or (viewer.is_authenticated and not group.closed)


def can_manage_group(viewer: Viewer, group: Group) -> bool:
    """Let moderators and the group's coordinators manage its members."""
    return viewer.is_moderator or any(
        membership.coordinator and membership.group_id == group.id
        for membership in getattr(viewer, "group_memberships", ())
    )


def takes_part(viewer: Viewer, group: Group) -> bool:
    """Say whether she is a member of the group."""
    memberships = getattr(viewer, "group_memberships", ())
    return any(membership.group_id == group.id for membership in memberships)


def is_archived(viewer: Viewer, token: str) -> bool:
    """Say whether a row with that visibility belongs to a group which has been archived.

    The one place in which it is decided: policies of all features that let people write ask it.
    Keeping order stays possible there, for what breaks the law must go out of an archive too.
    """
    return token in getattr(viewer, "archived_tokens", ())


def can_invite_group(viewer: Viewer, group: Group) -> bool:
    """Let those take people in who manage the group, until it is archived."""
    return can_manage_group(viewer, group) and not group.archived


def can_describe_group(viewer: Viewer, group: Group) -> bool:
    """Let those say what it does who manage the group; of an archived one moderators alone."""
    return can_manage_group(viewer, group) and (viewer.is_moderator or not group.archived)


def can_join_group(viewer: Viewer, group: Group) -> bool:
    """Let people with an account take part at once where the group is open."""
    return group.joining == OPEN and _may_come(viewer, group)


def can_ask_group(viewer: Viewer, group: Group) -> bool:
    """Let people with an account ask, where the group takes requests."""
    return group.joining == BY_REQUEST and _may_come(viewer, group)


def _may_come(viewer: Viewer, group: Group) -> bool:
    if not viewer.is_authenticated or group.closed or group.archived:
        return False
    return not takes_part(viewer, group)


def can_leave_group(viewer: Viewer, group: Group) -> bool:
    """Let members go."""
    return takes_part(viewer, group)


def can_withdraw_group_request(viewer: Viewer, request: GroupJoinRequest) -> bool:
    """Let people take back what they have asked for."""
    return viewer.is_authenticated and request.user_id == viewer.id


def can_rule_group(viewer: Viewer, group: Group) -> bool:
    """Let moderators decide on a group's name, kind and end."""
    return viewer.is_moderator


def can_hand_over_membership(viewer: Viewer, membership: MunicipalityMembership) -> bool:
    """Let the person herself, the municipality's editors and moderators start a handover."""
    if not viewer.is_authenticated:
        return False
    return membership.user_id == viewer.id or can_manage_members(viewer, membership.municipality_id)


def is_successor(viewer: Viewer, handover: RoleHandover) -> bool:
    """Say whether the handover is offered to her, by account or by address."""
    if not viewer.is_authenticated:
        return False
    if handover.to_user_id is not None:
        return handover.to_user_id == viewer.id
    return handover.email == getattr(viewer, "email", None)


def can_see_role_handover(viewer: Viewer, handover: RoleHandover) -> bool:
    """Let both sides, the municipality's editors and moderators know of it."""
    if not viewer.is_authenticated:
        return False
    sides = (handover.from_user_id, handover.started_by_id)
    if viewer.id in sides or is_successor(viewer, handover):
        return True
    return can_manage_members(viewer, handover.municipality_id)


def can_accept_role_handover(viewer: Viewer, handover: RoleHandover) -> bool:
    """Let only the successor agree or decline."""
    return handover.is_open and is_successor(viewer, handover)


def can_withdraw_role_handover(viewer: Viewer, handover: RoleHandover) -> bool:
    """Let whoever may start it stop it, while it waits."""
    return handover.state == "open" and keeps_role_handover(viewer, handover)


def keeps_role_handover(viewer: Viewer, handover: RoleHandover) -> bool:
    """Say whether she is among those who may start it and stop it, whatever became of it."""
    if not viewer.is_authenticated:
        return False
    sides = (handover.from_user_id, handover.started_by_id)
    return viewer.id in sides or can_manage_members(viewer, handover.municipality_id)


def can_name_user(viewer: Viewer, user: User) -> bool:
    """Let moderators choose how somebody who has left is named beside her posts."""
    return viewer.is_moderator and not user.active


def can_create_group(viewer: Viewer) -> bool:
    """Let moderators open groups."""
    return viewer.is_moderator


def can_manage_people(viewer: Viewer) -> bool:
    """Let administrators change roles and switch accounts off."""
    return viewer.is_admin
