"""Invitations, requests to take part, and memberships in municipalities."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from kts.accounts.addresses import external
from kts.accounts.models import (
    MUNICIPALITY_ROLES,
    Group,
    Invitation,
    MembershipRequest,
    MunicipalityMembership,
    User,
)
from kts.accounts.queries import fold_email, user_by_email
from kts.accounts.services.groups import add_to_group
from kts.accounts.services.handover_ends import end_open_handovers
from kts.accounts.services.people import create_user
from kts.accounts.waiting import MEMBERSHIP, wait_for_membership
from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.core.mail import queue_mail
from kts.core.waiting import settle
from kts.extensions import db

INVITATION_LASTS = timedelta(days=14)  # people here come twice a month


def _hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def invite(
    actor: Any,
    email: str,
    *,
    name: str = "",
    role: str = "member",
    municipality: Any = None,
    municipality_role: str = "member",
    group: Group | None = None,
) -> str:
    """Invite an address and give the link; a known account joins at once and is told by mail."""
    if user := user_by_email(email):
        _join(user, municipality, municipality_role, group)
        audit.record(actor, "membership.add", user)
        queue_mail(
            user.email,
            "membership_added",
            locale=user.language,
            name=user.name,
            place=_place(municipality, group),
            url=external("/anmelden"),
        )
        return ""
    secret = secrets.token_urlsafe(24)
    invitation = Invitation(
        email=fold_email(email),
        name=name.strip(),
        secret_hash=_hash_secret(secret),
        role=role,
        municipality_id=municipality.id if municipality else None,
        municipality_role=municipality_role,
        group_id=group.id if group else None,
        invited_by_id=actor.id,
        expires=now() + INVITATION_LASTS,
    )
    db.session.add(invitation)
    audit.record(actor, "invitation.send", invitation)
    url = external(f"/einladung/{secret}")
    queue_mail(
        invitation.email,
        "invitation",
        name=invitation.name,
        inviter=actor.display_name,
        place=_place(municipality, group),
        url=url,
        days=INVITATION_LASTS.days,
    )
    return url


def _place(municipality: Any, group: Group | None) -> str:
    if municipality is not None:
        return municipality.name
    return group.name if group else ""


def _join(user: User, municipality: Any, role: str, group: Group | None) -> None:
    """Let a known account take part; who does so already keeps what she may do there."""
    if municipality is not None and (role == "editor" or not user.belongs_to(municipality.id)):
        add_membership(user, municipality.id, role)
    if group is not None and group.id not in {m.group_id for m in user.group_memberships}:
        add_to_group(user, group)


def withdraw_invitation(actor: Any, invitation: Invitation) -> None:
    """Make the link stop working."""
    invitation.withdrawn = now()
    audit.record(actor, "invitation.withdraw", invitation)


def invitation_of(secret: str) -> Invitation | None:
    """Find the invitation of a link that still works."""
    invitation = db.session.scalar(
        db.select(Invitation).filter_by(secret_hash=_hash_secret(secret))
    )
    return invitation if invitation and invitation.is_open else None


def accept_invitation(invitation: Invitation, name: str, password: str) -> User:
    """Make the account that the invitation promises; raise Conflict if there is one by now."""
    user = create_user(invitation.email, name, role=invitation.role, password=password)
    if invitation.municipality_id:
        add_membership(user, invitation.municipality_id, invitation.municipality_role)
    group = db.session.get(Group, invitation.group_id) if invitation.group_id else None
    if group is not None and not group.archived:  # the account is promised all the same
        add_to_group(user, group)
    invitation.accepted = now()
    audit.record(user, "invitation.accept", user)
    return user


def add_membership(user: User, municipality_id: int, role: str = "member") -> None:
    """Make her a member of the municipality, or change her role there."""
    if role not in MUNICIPALITY_ROLES:
        raise Invalid(_("There is no role “%(role)s”.", role=role))
    for membership in user.memberships:
        if membership.municipality_id == municipality_id:
            membership.role = role
            return
    user.memberships.append(MunicipalityMembership(municipality_id=municipality_id, role=role))
    db.session.flush()


def change_membership_role(actor: Any, membership: MunicipalityMembership, role: str) -> None:
    """Make a member an editor or the other way round."""
    if role not in MUNICIPALITY_ROLES:
        raise Invalid(_("There is no role “%(role)s”.", role=role))
    changes = {"role": [membership.role, role]}
    membership.role = role
    audit.record(actor, "membership.role", membership.user, changes=changes)


def end_membership(actor: Any, membership: MunicipalityMembership) -> None:
    """Take somebody out of a municipality; what she wrote stays, what she offered ends."""
    end_open_handovers(actor, membership)
    audit.record(
        actor,
        "membership.end",
        membership.user,
        changes={"municipality": [membership.municipality_id, None]},
    )
    membership.user.memberships.remove(membership)
    db.session.flush()


def request_membership(
    *,
    name: str,
    email: str,
    message: str,
    organisation: str = "",
    municipality: Any = None,
    user: User | None = None,
) -> None:
    """Note the request once; a second one for the same place replaces the first."""
    folded = fold_email(email)
    municipality_id = municipality.id if municipality else None
    request = db.session.scalar(
        db.select(MembershipRequest).filter_by(
            email=folded, municipality_id=municipality_id, state="open"
        )
    )
    if request is None:
        request = MembershipRequest(email=folded, municipality_id=municipality_id)
        db.session.add(request)
    request.name, request.message = name.strip(), message.strip()
    request.organisation = organisation.strip()
    request.user_id = user.id if user else None
    db.session.flush()
    wait_for_membership(request)


def approve_request(actor: Any, request: MembershipRequest, municipality: Any = None) -> None:
    """Let the person in: an invitation for a new address, membership for a known one."""
    _decide(actor, request, "approved", "")
    invite(actor, request.email, name=request.name, municipality=municipality)


def decline_request(
    actor: Any, request: MembershipRequest, reason: str, municipality: Any = None
) -> None:
    """Refuse with a reason, which the person is told by mail."""
    if not reason.strip():
        raise Invalid(_("Please say why; the person gets the reason by mail."))
    _decide(actor, request, "declined", reason.strip())
    queue_mail(
        request.email,
        "membership_declined",
        name=request.name,
        place=_place(municipality, None),
        reason=reason.strip(),
        contact=current_app.config["KTS"].operator_mail,
    )


def _decide(actor: Any, request: MembershipRequest, state: str, reason: str) -> None:
    db.session.flush()
    db.session.refresh(request, with_for_update={"of": MembershipRequest})
    if request.state != "open":
        raise Conflict(_("Somebody has already decided on this request."))
    request.state, request.reason = state, reason
    request.decided, request.decided_by_id = now(), actor.id
    audit.record(actor, f"membership_request.{state}", request, reason=reason)
    settle(MEMBERSHIP, request.id, by=actor)
