"""Writes about people: accounts, passwords, invitations, requests, memberships, groups.

Every function flushes and never commits; the actor is an argument.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer

from kts.accounts import passwords
from kts.accounts.models import (
    MUNICIPALITY_ROLES,
    ROLES,
    Group,
    GroupMembership,
    Invitation,
    MembershipRequest,
    MunicipalityMembership,
    PasswordReset,
    User,
)
from kts.accounts.queries import fold_email, user_by_email
from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.core.mail import queue_mail
from kts.core.tasks import after_commit, recover, task
from kts.extensions import db

INVITATION_LASTS = timedelta(days=14)  # people here come twice a month
RESET_LASTS = timedelta(hours=2)


def create_user(
    email: str,
    name: str,
    *,
    role: str = "member",
    password: str | None = None,
    language: str = "de",
    **values: Any,
) -> User:
    """Make an account; raise Invalid for an unknown role and Conflict for a known address."""
    if role not in ROLES:
        raise Invalid(_("There is no role “%(role)s”.", role=role))
    if user_by_email(email):
        raise Conflict(_("There is already an account for %(email)s.", email=email))
    user = User(email=fold_email(email), name=name.strip(), role=role, language=language, **values)
    user.session_key = secrets.token_hex(8)
    if password is not None:
        set_password(user, password)
    db.session.add(user)
    db.session.flush()
    return user


def set_password(user: User, password: str) -> None:
    """Store the new password and end all other sessions; raise Invalid for a short one."""
    if len(password) < passwords.MIN_LENGTH:
        raise Invalid(_("The password needs at least %(n)d characters.", n=passwords.MIN_LENGTH))
    user.password_hash = passwords.hash_password(password)
    user.session_key = secrets.token_hex(8)


def authenticate(email: str, password: str) -> User | None:
    """Give the active account that address and password open; takes equally long for none."""
    user = user_by_email(email)
    stored = user.password_hash if user and user.active else None
    if not passwords.verify(stored, password) or user is None:
        return None
    if passwords.needs_rehash(stored or ""):
        user.password_hash = passwords.hash_password(password)
    user.last_sign_in = now()
    return user


def request_password_reset(email: str, language: str) -> None:
    """Note the wish; the worker looks whether the address is known."""
    reset = PasswordReset(email=fold_email(email), language=language)
    db.session.add(reset)
    db.session.flush()
    after_commit(answer_password_reset, reset.id)


@task
def answer_password_reset(reset_id: int) -> None:
    """Send the link if the address has an account, and forget the wish either way."""
    reset = db.session.get(PasswordReset, reset_id)
    if reset is None:
        return
    user = user_by_email(reset.email)
    if user and user.active:
        queue_mail(
            user.email,
            "password_reset",
            locale=reset.language,
            name=user.name,
            url=_external(f"/passwort-neu/{reset_token(user)}"),
            hours=int(RESET_LASTS.total_seconds() // 3600),
        )
    db.session.delete(reset)
    db.session.commit()


@recover
def answer_password_resets() -> None:
    """Answer the wishes whose wake-up call was lost."""
    for reset_id in db.session.scalars(db.select(PasswordReset.id)).all():
        answer_password_reset(reset_id)


def _external(path: str) -> str:
    return current_app.config["KTS"].base_url.rstrip("/") + path


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="password-reset")


def _fingerprint(user: User) -> str:
    return hashlib.sha256((user.password_hash or user.session_key).encode()).hexdigest()[:16]


def reset_token(user: User) -> str:
    """Sign a link that works once: it holds a trace of the password that it replaces."""
    return _serializer().dumps([user.id, _fingerprint(user)])


def user_of_reset_token(token: str) -> User | None:
    """Give the account of a link that is genuine, fresh and not used yet."""
    try:
        user_id, fingerprint = _serializer().loads(token, max_age=RESET_LASTS.total_seconds())
    except (BadSignature, ValueError, TypeError):
        return None
    user = db.session.get(User, user_id)
    if (
        user is None
        or not user.active
        or not secrets.compare_digest(fingerprint, _fingerprint(user))
    ):
        return None
    return user


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
            url=_external("/anmelden"),
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
    url = _external(f"/einladung/{secret}")
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
    if invitation.group_id:
        add_to_group(user, db.session.get_one(Group, invitation.group_id))
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
    """Take somebody out of a municipality; what she wrote stays."""
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
    if request.state != "open":
        raise Conflict(_("Somebody has already decided on this request."))
    request.state, request.reason = state, reason
    request.decided, request.decided_by_id = now(), actor.id
    audit.record(actor, f"membership_request.{state}", request, reason=reason)


def create_group(
    actor: Any, name: str, description: str | None = None, *, closed: bool = True
) -> Group:
    """Open a group; raise Conflict when the name is taken."""
    group = Group(name=name.strip(), description=(description or "").strip(), closed=closed)
    taken = db.select(Group).filter((Group.name == group.name) | (Group.slug == group.slug))
    if db.session.scalar(taken):
        raise Conflict(_("There is already a group “%(name)s”.", name=name))
    db.session.add(group)
    audit.record(actor, "group.create", group)
    return group


def add_to_group(user: User, group: Group, *, coordinator: bool = False, actor: Any = None) -> None:
    """Let her take part, or change whether she coordinates."""
    membership = db.session.scalar(
        db.select(GroupMembership).filter_by(user_id=user.id, group_id=group.id)
    )
    if membership is None:
        membership = GroupMembership(user_id=user.id, group_id=group.id)
        db.session.add(membership)
    membership.coordinator = coordinator
    db.session.flush()
    user.__dict__.pop("visibility_tokens", None)
    if actor is not None:
        audit.record(actor, "group.add", group, changes={"member": [None, user.name]})


def remove_from_group(actor: Any, membership: GroupMembership) -> None:
    """End the part that somebody takes in a group."""
    audit.record(
        actor, "group.remove", membership.group, changes={"member": [membership.user.name, None]}
    )
    db.session.delete(membership)
    db.session.flush()


def change_role(actor: Any, user: User, role: str) -> None:
    """Change the platform-wide role; raise Invalid where the last administrator would go."""
    if role not in ROLES:
        raise Invalid(_("There is no role “%(role)s”.", role=role))
    if role != "admin":
        _keep_one_admin(user)
    changes = {"role": [user.role, role]}
    user.role = role
    audit.record(actor, "user.role", user, changes=changes)


def deactivate(actor: Any, user: User) -> None:
    """Switch an account off and end its sessions; its contributions stay."""
    _keep_one_admin(user)
    user.active, user.session_key = False, secrets.token_hex(8)
    audit.record(actor, "user.deactivate", user)


def reactivate(actor: Any, user: User) -> None:
    """Switch an account on again."""
    user.active = True
    audit.record(actor, "user.reactivate", user)


def _keep_one_admin(user: User) -> None:
    others = db.select(User.id).filter(User.role == "admin", User.active, User.id != user.id)
    if user.role == "admin" and db.session.scalar(others.limit(1)) is None:
        raise Invalid(_("This is the last administrator; name another one first."))
