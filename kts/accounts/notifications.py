"""Who hears of requests, removals and handovers: in the app, and by mail where it must arrive.

The room of notifications stands beside this one, so it registers its ``notify`` in the slot
``tell``. What a person is told about a closed group that she has left does not name the group.
"""

from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _ln

from kts.accounts.addresses import external
from kts.accounts.models import (
    Group,
    GroupJoinRequest,
    GroupMembership,
    RoleHandover,
    User,
)
from kts.accounts.queries import user_by_email
from kts.core import slots
from kts.core.mail import queue_mail
from kts.extensions import db


def tell(
    user: User, kind: str, sentence: Any, url: str, actor: Any = None, *, mailed: bool = False
) -> None:
    """Tell a person in the app, in her language; ``sentence`` is a lazy text.

    ``mailed``: a mail of its own goes out, so none is made from the message.
    """
    with force_locale(user.language):
        text = str(sentence)
    slots.contributions(
        "tell", user=user, kind=kind, text=text, url=url, actor=actor, mailed=mailed
    )


def tell_of_join_request(actor: User, group: Group) -> None:
    """Tell the coordinators that somebody asks; the moderators where nobody coordinates."""
    sentence = _l("%(name)s would like to join %(place)s.", name=actor.name, place=group.name)
    for person in coordinators(group) or moderators():
        tell(person, "group_request", sentence, f"{group.path}#anfragen", actor)


def tell_of_decision(actor: Any, request: GroupJoinRequest) -> None:
    """Tell the person who asked what was decided, and why."""
    group = request.group
    if request.state == "approved":
        sentence = _l("You take part in %(group)s now.", group=group.name)
    else:
        sentence = _l("Your request to join %(place)s was declined.", place=group.name)
    tell(request.user, "group_decision", sentence, group.path, actor, mailed=True)
    _mail(
        request.user,
        "group_decision",
        group=group.name,
        approved=request.state == "approved",
        reason=request.reason,
        url=external(group.path),
    )


def tell_of_removal(actor: Any, user: User, group: Group, reason: str) -> None:
    """Tell somebody that she no longer takes part; the mail says which group, and why."""
    if group.closed:
        sentence = _l("You no longer take part in a closed group. The mail to you says why.")
    else:
        sentence = _l("You no longer take part in %(group)s.", group=group.name)
    tell(user, "group_removal", sentence, "/gruppen", actor, mailed=True)
    _mail(user, "group_removal", group=group.name, reason=reason)


def tell_of_coordinating(actor: Any, membership: GroupMembership) -> None:
    """Tell a member that she coordinates from now on."""
    if membership.coordinator:
        sentence = _l("You coordinate %(group)s from now on.", group=membership.group.name)
        tell(membership.user, "group_coordinator", sentence, membership.group.path, actor)


def tell_of_group_without_coordinator(actor: Any, group: Group, requests: int = 0) -> None:
    """Ask the moderators to name somebody, and say how many requests wait for them till then."""
    sentence = _l("Nobody coordinates %(group)s any more. Please name somebody.", group=group.name)
    if requests:
        sentence = _ln(
            "Nobody coordinates %(group)s any more, and %(num)d request waits. Please name "
            "somebody.",
            "Nobody coordinates %(group)s any more, and %(num)d requests wait. Please name "
            "somebody.",
            requests,
            group=group.name,
        )
    for person in moderators():
        tell(person, "group_coordinator", sentence, group.path, actor)


def tell_of_handover(actor: Any, handover: RoleHandover) -> None:
    """Ask the successor, by mail and in the app where she has an account; tell the person."""
    names = {
        "name": handover.from_user.name,
        "place": handover.municipality.name,
    }
    if handover.to_user is not None:
        sentence = _l("%(name)s would like to hand over the work for %(place)s to you.", **names)
        tell(handover.to_user, "handover", sentence, handover.path, actor, mailed=True)
    queue_mail(
        handover.email,
        "handover_offer",
        locale=handover.to_user.language if handover.to_user else "de",
        recipient_name=handover.to_user.name if handover.to_user else "",
        predecessor=names["name"],
        place=names["place"],
        message=handover.message,
        url=external(handover.path),
        expires=handover.expires,
    )
    if handover.from_user_id != actor.id:
        sentence = _l("Somebody prepares to hand over your work for %(place)s.", **names)
        tell(handover.from_user, "handover", sentence, handover.path, actor, mailed=True)
        _mail(
            handover.from_user,
            "handover_started",
            starter=actor.name,
            place=names["place"],
            successor=handover.to_user.name if handover.to_user else handover.email,
            url=external(handover.path),
        )


def tell_of_handover_outcome(actor: Any, handover: RoleHandover) -> None:
    """Tell both sides that the work has passed, or that it has not."""
    place = handover.municipality.name
    sentences = {
        "accepted": _l("The work for %(place)s has been handed over.", place=place),
        "declined": _l("The handover of the work for %(place)s was declined.", place=place),
        "withdrawn": _l("The handover of the work for %(place)s was withdrawn.", place=place),
    }
    people = {
        person.id: person
        for person in (handover.from_user, handover.to_user, handover.started_by)
        if person is not None
    }
    for person in people.values():
        accepted = handover.state == "accepted"
        tell(person, "handover", sentences[handover.state], handover.path, actor, mailed=accepted)
        if accepted:
            _mail(
                person,
                "handover_done",
                place=place,
                predecessor=handover.from_user.name,
                successor=handover.to_user.name if handover.to_user else handover.email,
                passed=handover.passed,
                url=external(handover.path),
            )


def tell_of_handover_end(actor: Any, handover: RoleHandover) -> None:
    """Tell both sides that an offer has ended with the membership; who has no account, by mail."""
    names = {"name": handover.from_user.name, "place": handover.municipality.name}
    sentence = _l(
        "%(name)s no longer belongs to %(place)s; the handover of the work there has ended.",
        **names,
    )
    successor = handover.to_user or user_by_email(handover.email)
    people = {
        person.id: person
        for person in (handover.from_user, successor, handover.started_by)
        if person is not None
    }
    for person in people.values():
        tell(person, "handover", sentence, handover.path, actor)
    if successor is None:
        queue_mail(
            handover.email,
            "handover_ended",
            predecessor=names["name"],
            place=names["place"],
            contact=current_app.config["KTS"].operator_mail,
        )


def coordinators(group: Group) -> list[User]:
    """List who coordinates the group and can still sign in."""
    statement = (
        db.select(User)
        .join(GroupMembership, GroupMembership.user_id == User.id)
        .where(GroupMembership.group_id == group.id, GroupMembership.coordinator, User.active)
        .order_by(User.name)
    )
    return list(db.session.scalars(statement))


def moderators() -> list[User]:
    """List the moderators who can sign in."""
    return list(db.session.scalars(db.select(User).where(User.role == "moderator", User.active)))


def _mail(user: User, template: str, **context: Any) -> None:
    if user.active:
        queue_mail(
            user.email, template, locale=user.language, user_id=user.id, name=user.name, **context
        )
