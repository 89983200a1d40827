"""What of people waits for a moderator: who asks to take part, and groups without coordination."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased

from kts.accounts.models import Group, GroupJoinRequest, GroupMembership, MembershipRequest, User
from kts.core import waiting
from kts.core.clock import now
from kts.core.waiting import SOON, USUAL, Due
from kts.extensions import db

MEMBERSHIP, GROUP = "membership_request", "group_request"
PATIENCE = timedelta(days=7)  # who asked a week ago thinks that nobody reads it


def register() -> None:
    """Make the kinds known to the moderators' desk."""
    waiting.register(
        MEMBERSHIP,
        _l("Requests for membership"),
        _l(
            "Taking in sends an invitation by mail to the person who asks; declining sends her "
            "your reason. Editors of the municipality may decide as well."
        ),
        _open_memberships,
    )
    waiting.register(
        GROUP,
        _l("Requests to groups without coordination"),
        _l(
            "Taking in and declining are told to the person who asks, in the app and by mail. "
            "Naming somebody who coordinates the group takes its requests from the desk."
        ),
        _unanswerable_requests,
    )


def wait_for_membership(request: MembershipRequest) -> None:
    """Let a request to take part wait; asked once more, it keeps its place."""
    waiting.put_due(MEMBERSHIP, _membership(request))


def wait_for_group(request: GroupJoinRequest) -> None:
    """Let a request wait for the moderators where nobody coordinates the group."""
    coordinated = db.session.scalar(db.select(_is_coordinated(request.group_id)))
    if not coordinated:
        group = db.session.get_one(Group, request.group_id)
        person = db.session.get_one(User, request.user_id)
        waiting.put_due(GROUP, _group_request(request, person.name, group))


def _open_memberships() -> Iterator[Due]:
    for request in db.session.scalars(db.select(MembershipRequest).filter_by(state="open")):
        yield _membership(request)


def _membership(request: MembershipRequest) -> Due:
    place = f" ({request.organisation})" if request.organisation else ""
    url = f"/anfragen#anfrage-{request.id}"
    return Due(request.id, f"{request.name}{place}", url, request.created, _weight(request.created))


def _unanswerable_requests() -> Iterator[Due]:
    statement = (
        db.select(GroupJoinRequest, User.name, Group)
        .join(User, User.id == GroupJoinRequest.user_id)
        .join(Group, Group.id == GroupJoinRequest.group_id)
        .where(GroupJoinRequest.state == "open", User.active, ~_is_coordinated(Group.id))
    )
    for request, name, group in db.session.execute(statement):
        yield _group_request(request, name, group)


def _is_coordinated(group_id: Any) -> ColumnElement[bool]:
    coordinator = aliased(User)
    return exists().where(
        GroupMembership.group_id == group_id,
        GroupMembership.coordinator,
        GroupMembership.user_id == coordinator.id,
        coordinator.active,
    )


def _group_request(request: GroupJoinRequest, name: str, group: Group) -> Due:
    title = f"{name} – {group.name}"
    url = f"{group.path}#anfragen"
    return Due(request.id, title, url, request.created, _weight(request.created))


def _weight(since: datetime) -> int:
    return SOON if now() - since > PATIENCE else USUAL
