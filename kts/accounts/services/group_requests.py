"""Asking a group to take part, and what its coordinators answer."""

from datetime import timedelta
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from kts.accounts import notifications
from kts.accounts.models import OPEN, Group, GroupJoinRequest, User
from kts.accounts.queries import join_request_of
from kts.accounts.services.groups import add_to_group, membership_of
from kts.accounts.waiting import GROUP, wait_for_group
from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.core.waiting import settle
from kts.extensions import db

ASK_AGAIN_AFTER = timedelta(days=30)  # a coordinator's no holds for a while; groups change
LONGEST_MESSAGE = 1000


def join_group(actor: User, group: Group) -> None:
    """Take part in a group that is open to everybody; a second click changes nothing."""
    if group.joining != OPEN:
        raise Conflict(_("One has to ask to take part in this group."))
    if membership_of(actor, group) is None:
        add_to_group(actor, group, actor=actor)


def ask_to_join(actor: User, group: Group, message: str = "") -> GroupJoinRequest:
    """Ask the coordinators; asking twice is one request. Raises Conflict after a recent no."""
    if membership_of(actor, group) is not None:
        raise Conflict(_("You already take part in this group."))
    if waiting := join_request_of(actor, group):
        return waiting
    _refuse_too_soon(actor, group)
    request = GroupJoinRequest(user_id=actor.id, group_id=group.id, message=message.strip())
    try:
        with db.session.begin_nested():
            db.session.add(request)
    except IntegrityError:  # the other of two clicks was quicker
        return join_request_of(actor, group) or request
    notifications.tell_of_join_request(actor, group)
    wait_for_group(request)
    return request


def _refuse_too_soon(actor: User, group: Group) -> None:
    until = may_ask_from(actor, group)
    if until is not None:
        raise Conflict(
            _(
                "Your last request was declined. You can ask again from %(date)s on.",
                date=format_date(until, "long"),
            )
        )


def may_ask_from(user: User, group: Group) -> Any:
    """Give the moment from which she may ask again after a no; None where she may now."""
    last = db.session.scalar(
        db.select(GroupJoinRequest.decided)
        .filter_by(user_id=user.id, group_id=group.id, state="declined")
        .order_by(GroupJoinRequest.decided.desc())
        .limit(1)
    )
    until = last + ASK_AGAIN_AFTER if last else None
    return until if until and until > now() else None


def withdraw_join_request(actor: User, request: GroupJoinRequest) -> None:
    """Take the own request back; raise Conflict where it is decided meanwhile."""
    _take_open(request)
    request.state, request.decided = "withdrawn", now()
    request.decided_by_id = actor.id
    settle(GROUP, request.id, by=actor)


def approve_join_request(actor: Any, request: GroupJoinRequest) -> None:
    """Let the person take part; she is told in the app and by mail."""
    _decide(actor, request, "approved", "")
    add_to_group(request.user, request.group, actor=actor)
    notifications.tell_of_decision(actor, request)


def decline_join_request(actor: Any, request: GroupJoinRequest, reason: str) -> None:
    """Refuse with a reason, which the person is told."""
    if not reason.strip():
        raise Invalid(_("Please say why; the person gets the reason by mail."))
    _decide(actor, request, "declined", reason.strip())
    notifications.tell_of_decision(actor, request)


def _take_open(request: GroupJoinRequest) -> None:
    """Lock the request until the transaction ends; raise Conflict where it waits no more."""
    db.session.flush()
    db.session.refresh(request, with_for_update={"of": GroupJoinRequest})
    if request.state == "withdrawn":
        raise Conflict(_("The request was withdrawn meanwhile. Nothing was changed."))
    if request.state != "open":
        raise Conflict(_("Somebody has already decided on this request."))


def _decide(actor: Any, request: GroupJoinRequest, state: str, reason: str) -> None:
    _take_open(request)
    request.state, request.reason = state, reason
    request.decided, request.decided_by_id = now(), actor.id
    audit.record(actor, f"group_request.{state}", request, reason=reason)
    settle(GROUP, request.id, by=actor)
