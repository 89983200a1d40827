"""Who may manage people, memberships and groups."""

from kts.accounts.models import Group, MembershipRequest
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
        membership.coordinator and membership.user_id == viewer.id
        for membership in group.memberships
    )


def can_create_group(viewer: Viewer) -> bool:
    """Let moderators open groups."""
    return viewer.is_moderator


def can_manage_people(viewer: Viewer) -> bool:
    """Let administrators change roles and switch accounts off."""
    return viewer.is_admin
