"""Groups: opening and changing them, and who takes part."""

from typing import Any

from flask_babel import gettext as _

from kts.accounts import notifications
from kts.accounts.models import (
    BY_INVITATION,
    BY_REQUEST,
    GROUP,
    Group,
    GroupJoinRequest,
    GroupMembership,
    User,
)
from kts.accounts.waiting import GROUP as WAITING_REQUEST
from kts.accounts.waiting import wait_for_group
from kts.core import audit, slots
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.core.text import render_markdown
from kts.core.waiting import settle
from kts.extensions import db

FIELDS = ("name", "description", "kind", "joining", "closed")


def create_group(
    actor: Any,
    name: str,
    description: str | None = None,
    *,
    closed: bool = True,
    kind: str = GROUP,
    joining: str | None = None,
) -> Group:
    """Open a group; raise Conflict when the name is taken."""
    group = Group(name=name.strip(), closed=closed, kind=kind)
    group.joining = _joining(closed, joining)
    _describe(group, description or "")
    taken = db.select(Group).filter((Group.name == group.name) | (Group.slug == group.slug))
    if db.session.scalar(taken):
        raise _name_taken(name)
    db.session.add(group)
    audit.record(actor, "group.create", group)
    return group


def change_group(actor: Any, group: Group, **values: Any) -> None:
    """Change what the group says of itself; the address stays. Raises Conflict for a taken name."""
    if "name" in values:
        _refuse_taken(values["name"], group)
    values["joining"] = _joining(
        values.get("closed", group.closed), values.get("joining", group.joining)
    )
    changes = {
        field: [getattr(group, field), values[field]]
        for field in FIELDS
        if field in values and getattr(group, field) != values[field]
    }
    for field, (_old, new) in changes.items():
        setattr(group, field, new)
    _describe(group, group.description)
    if changes:
        audit.record(actor, "group.change", group, changes=changes)


def archive_group(actor: Any, group: Group) -> None:
    """Let nobody write in the group any more; what is in it stays readable for its members."""
    group.archived = now()
    audit.record(actor, "group.archive", group)


def reopen_group(actor: Any, group: Group) -> None:
    """Let the group go on."""
    group.archived = None
    audit.record(actor, "group.reopen", group)


def _joining(closed: bool, joining: str | None) -> str:
    """Nobody can ask to join what she may not know of."""
    return BY_INVITATION if closed else joining or BY_REQUEST


def _describe(group: Group, description: str) -> None:
    group.description = description.strip()
    group.description_html = render_markdown(group.description) if group.description else ""


def _refuse_taken(name: str, group: Group) -> None:
    if db.session.scalar(db.select(Group.id).filter(Group.name == name, Group.id != group.id)):
        raise _name_taken(name)


def _name_taken(name: str) -> Conflict:
    return Conflict(_("There is already a group “%(name)s”.", name=name))


def add_to_group(user: User, group: Group, *, coordinator: bool = False, actor: Any = None) -> None:
    """Let her take part, or change whether she coordinates; a request of hers is settled by it."""
    if group.archived:
        raise Conflict(_("The group is archived and takes nobody in any more."))
    membership = membership_of(user, group)
    if membership is None:
        membership = GroupMembership(user_id=user.id, group_id=group.id)
        db.session.add(membership)
        _settle_requests(user, group, actor)
    membership.coordinator = coordinator
    db.session.flush()
    _forget_cached(user)
    if actor is not None:
        audit.record(actor, "group.add", group, changes={"member": [None, user.name]})


def membership_of(user: User, group: Group) -> GroupMembership | None:
    """Give the part that she takes in the group, if any."""
    return db.session.scalar(
        db.select(GroupMembership).filter_by(user_id=user.id, group_id=group.id)
    )


def _settle_requests(user: User, group: Group, actor: Any) -> None:
    waiting = db.select(GroupJoinRequest).filter_by(
        user_id=user.id, group_id=group.id, state="open"
    )
    for request in db.session.scalars(waiting):
        request.state, request.decided = "approved", now()
        request.decided_by_id = getattr(actor, "id", None)
        settle(WAITING_REQUEST, request.id, by=actor)


def _forget_cached(user: User) -> None:
    """Let this very request see what she may see from now on."""
    user.__dict__.pop("visibility_tokens", None)
    db.session.expire(user, ["group_memberships"])


def name_coordinator(actor: Any, membership: GroupMembership, coordinates: bool) -> None:
    """Let a member coordinate, or no longer; raise Conflict where nobody would be left to."""
    if membership.coordinator == coordinates:
        return
    if not coordinates and not actor.is_moderator and is_last_coordinator(membership):
        raise Conflict(_("Nobody else coordinates the group. Please name another person first."))
    was_last = is_last_coordinator(membership)
    membership.coordinator = coordinates
    db.session.flush()
    change = [not coordinates, coordinates]
    audit.record(
        actor,
        "group.coordinator",
        membership.group,
        changes={"coordinator": change, "member": [membership.user.name] * 2},
    )
    notifications.tell_of_coordinating(actor, membership)
    if was_last:
        leave_to_moderators(actor, membership.group)


def is_last_coordinator(membership: GroupMembership) -> bool:
    """Say whether she coordinates alone; accounts that are switched off coordinate nothing."""
    others = (
        db.select(GroupMembership.id)
        .join(GroupMembership.user)
        .where(
            GroupMembership.group_id == membership.group_id,
            GroupMembership.coordinator,
            GroupMembership.id != membership.id,
            User.active,
        )
    )
    return membership.coordinator and db.session.scalar(others.limit(1)) is None


def remove_from_group(actor: Any, membership: GroupMembership, reason: str = "") -> None:
    """End the part that somebody takes in a group; she is told the reason by mail."""
    user, group, was_last = membership.user, membership.group, is_last_coordinator(membership)
    _end(actor, membership, "group.remove", reason)
    if was_last:
        leave_to_moderators(actor, group)
    if user.id != actor.id:
        notifications.tell_of_removal(actor, user, group, reason)


def leave_group(
    actor: Any, membership: GroupMembership, next_coordinator: GroupMembership | None = None
) -> None:
    """End the own part; whoever coordinated alone names another or leaves it to the KTS."""
    group, was_last = membership.group, is_last_coordinator(membership)
    if next_coordinator is not None:
        if next_coordinator.group_id != group.id or next_coordinator.id == membership.id:
            raise Invalid(_("Please choose a member of the group."))
        name_coordinator(actor, next_coordinator, True)
    _end(actor, membership, "group.leave", "")
    if was_last and next_coordinator is None:
        leave_to_moderators(actor, group)


def leave_to_moderators(actor: Any, group: Group) -> None:
    """Ask the moderators to name a coordinator, and give them the requests that wait meanwhile."""
    if group.archived:
        return
    waiting = db.session.scalars(
        db.select(GroupJoinRequest)
        .join(GroupJoinRequest.user)
        .where(GroupJoinRequest.group_id == group.id, GroupJoinRequest.state == "open", User.active)
    ).all()
    for request in waiting:
        wait_for_group(request)
    notifications.tell_of_group_without_coordinator(actor, group, len(waiting))


def leave_coordinated_groups(actor: Any, user: User) -> None:
    """Leave the groups to the moderators that she coordinated alone, as her account goes off."""
    own = db.select(GroupMembership).filter_by(user_id=user.id, coordinator=True)
    for membership in db.session.scalars(own).all():
        if is_last_coordinator(membership):
            leave_to_moderators(actor, membership.group)


def _end(actor: Any, membership: GroupMembership, action: str, reason: str) -> None:
    user, group = membership.user, membership.group
    audit.record(actor, action, group, reason=reason, changes={"member": [user.name, None]})
    db.session.delete(membership)
    db.session.flush()
    _forget_cached(user)
    slots.contributions("left_group", user=user, group=group)
