"""Handing over the work for a municipality to a successor, who has to agree.

Until then nothing passes. What passes is decided at the moment of the yes, in one transaction.
"""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from kts.accounts import handing_over, notifications
from kts.accounts.handing_over import Passing
from kts.accounts.models import (
    FULL_NAME,
    LEAVES_PLATFORM,
    STAYS,
    MunicipalityMembership,
    RoleHandover,
    User,
)
from kts.accounts.queries import fold_email, user_by_email
from kts.accounts.services.handover_ends import names_of, take_open
from kts.accounts.services.joining import add_membership, end_membership, invite
from kts.accounts.services.people import leave_platform
from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.extensions import db

HANDOVER_LASTS = timedelta(days=30)  # a successor who comes twice a month sees it twice


def offer_handover(
    actor: Any,
    membership: MunicipalityMembership,
    *,
    successor: User | None = None,
    email: str = "",
    message: str = "",
    keeps_subscriptions: bool = False,
    copies_searches: bool = False,
    afterwards: str = STAYS,
    shown_as: str = FULL_NAME,
) -> RoleHandover:
    """Ask somebody to take over; an address without an account is invited as well.

    Raises Invalid for a successor who cannot be one, Conflict where another offer waits.
    """
    address = fold_email(successor.email if successor else email)
    _check_successor(membership, successor, address)
    _check_departure(actor, membership.user, afterwards)
    _clear_expired(membership)
    handover = RoleHandover(
        expires=now() + HANDOVER_LASTS,
        from_user_id=membership.user_id,
        to_user_id=successor.id if successor else None,
        email=address,
        municipality_id=membership.municipality_id,
        started_by_id=actor.id,
        message=message.strip(),
        keeps_subscriptions=keeps_subscriptions,
        copies_searches=copies_searches,
        afterwards=afterwards,
        shown_as=shown_as,
    )
    try:
        with db.session.begin_nested():
            db.session.add(handover)
    except IntegrityError as error:
        raise Conflict(_("A handover waits already. Withdraw it to begin another one.")) from error
    if successor is None and user_by_email(address) is None:
        invite(actor, address, municipality=membership.municipality)
    audit.record(actor, "handover.offer", handover, changes=names_of(handover))
    notifications.tell_of_handover(actor, handover)
    return handover


def _check_successor(
    membership: MunicipalityMembership, successor: User | None, address: str
) -> None:
    if address == membership.user.email:
        raise Invalid(_("Nobody can be her own successor."))
    person = successor or user_by_email(address)
    if person is not None and not person.active:
        raise Invalid(_("This account is switched off. Please choose another person."))


def _check_departure(actor: Any, user: User, afterwards: str) -> None:
    """Only the person herself and moderators may end her account."""
    if afterwards != LEAVES_PLATFORM:
        return
    if user.id != actor.id and not actor.is_moderator:
        raise Invalid(_("Only the person herself or the KTS can switch her account off."))
    if user.role == "admin":
        raise Invalid(_("An administrator cannot leave in this way; change the role first."))


def _clear_expired(membership: MunicipalityMembership) -> None:
    expired = db.select(RoleHandover).where(
        RoleHandover.from_user_id == membership.user_id,
        RoleHandover.municipality_id == membership.municipality_id,
        RoleHandover.state == "open",
        RoleHandover.expires <= now(),
    )
    for handover in db.session.scalars(expired):
        handover.state, handover.decided = "withdrawn", now()
    db.session.flush()


def what_passes(passing: Passing) -> list[str]:
    """Say in sentences what would pass now; empty where nothing would."""
    counted = ((part, part.count(passing)) for part in handing_over.parts())
    return [part.label(number) for part, number in counted if number]


def accept_handover(actor: User, handover: RoleHandover) -> None:
    """Take over: all parts pass at once. Raises Conflict where it is too late for that."""
    take_open(handover)
    if not handover.is_open:
        raise Conflict(_("The offer has expired. It has to be made again."))
    person, successor = handover.from_user, actor
    membership = _membership(person, handover.municipality_id)
    if membership is None:
        raise Conflict(_("%(name)s no longer belongs to the municipality.", name=person.name))
    handover.to_user_id = successor.id
    handover.passed = _pass_on(handover, successor)
    _pass_role(actor, membership, successor)
    handover.state, handover.decided = "accepted", now()
    _depart(actor, handover, membership)
    db.session.flush()
    db.session.refresh(handover)
    changes = names_of(handover) | {"passed": [None, handover.passed]}
    audit.record(actor, "handover.accept", handover, changes=changes)
    notifications.tell_of_handover_outcome(actor, handover)


def _pass_on(handover: RoleHandover, successor: User) -> dict[str, int]:
    passing = Passing(
        handover.from_user,
        successor,
        handover.municipality_id,
        handover.keeps_subscriptions,
        handover.copies_searches,
    )
    return {part.name: part.pass_on(passing) for part in handing_over.parts()}


def _membership(user: User, municipality_id: int) -> MunicipalityMembership | None:
    return next((m for m in user.memberships if m.municipality_id == municipality_id), None)


def _pass_role(actor: User, membership: MunicipalityMembership, successor: User) -> None:
    """Let the successor edit where the person did; she never loses what she may do already."""
    place = membership.municipality_id
    if membership.role == "editor":
        add_membership(successor, place, "editor")
        audit.record(actor, "membership.role", successor, changes={"role": [None, "editor"]})
    elif not successor.belongs_to(place):
        add_membership(successor, place)


def _depart(actor: User, handover: RoleHandover, membership: MunicipalityMembership) -> None:
    person, place = handover.from_user, handover.municipality.name
    if handover.afterwards == STAYS:
        membership.role = "member"
        return
    end_membership(actor, membership)
    if handover.afterwards == LEAVES_PLATFORM and person.active:
        leave_platform(handover.started_by or actor, person, handover.shown_as, place)


def decline_handover(actor: User, handover: RoleHandover) -> None:
    """Say no; nothing passes."""
    take_open(handover)
    handover.to_user_id = actor.id
    _close(actor, handover, "declined")


def withdraw_handover(actor: Any, handover: RoleHandover) -> None:
    """Take the offer back; nothing passes."""
    take_open(handover)
    _close(actor, handover, "withdrawn")


def _close(actor: Any, handover: RoleHandover, state: str) -> None:
    handover.state, handover.decided = state, now()
    db.session.flush()
    db.session.refresh(handover)
    audit.record(actor, f"handover.{state}", handover, changes=names_of(handover))
    notifications.tell_of_handover_outcome(actor, handover)
