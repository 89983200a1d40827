"""Accounts: making, opening, switching off, and the role on the platform."""

import secrets
from itertools import count
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import or_

from kts.accounts import passwords
from kts.accounts.models import FULL_NAME, NAME_CHOICES, ROLES, SHORT_NAME, User
from kts.accounts.queries import fold_email, user_by_email
from kts.accounts.services.groups import leave_coordinated_groups
from kts.core import audit, slots
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.core.text import slugify
from kts.extensions import db


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
    if user.active is not False:  # a name on imported words is nobody who can be called
        user.handle = free_handle(user.name)
    if password is not None:
        set_password(user, password)
    db.session.add(user)
    db.session.flush()
    return user


def free_handle(name: str) -> str:
    """Make what others write after an @ from a name; of two people one gets a number."""
    slug = slugify(name)
    statement = db.select(User.handle).where(
        or_(User.handle == slug, User.handle.like(f"{slug}-%"))
    )
    taken = set(db.session.scalars(statement))
    numbered = (f"{slug}-{number}" for number in count(2))
    return slug if slug not in taken else next(each for each in numbered if each not in taken)


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
    """Switch an account off and end its sessions; its contributions stay.

    Groups that nobody else coordinates are left to the moderators.
    """
    _keep_one_admin(user)
    user.active, user.session_key = False, secrets.token_hex(8)
    audit.record(actor, "user.deactivate", user)
    db.session.flush()
    leave_coordinated_groups(actor, user)
    slots.contributions("left_platform", user=user)


def reactivate(actor: Any, user: User) -> None:
    """Switch an account on again; whoever is here speaks under her name."""
    user.active, user.shown_name = True, None
    user.handle = user.handle or free_handle(user.name)
    audit.record(actor, "user.reactivate", user)


def leave_platform(actor: Any, user: User, choice: str, place: str = "") -> None:
    """Switch the account off for good, and name her beside her posts as she chose."""
    deactivate(actor, user)
    choose_shown_name(actor, user, choice, place)


def choose_shown_name(actor: Any, user: User, choice: str, place: str = "") -> None:
    """Choose how somebody who has left is named: in full, "Anna B.", or by her role in ``place``.

    Entries of the log keep the name that they were written with. Raises Conflict for somebody
    who is still here, and Invalid for an unknown choice.
    """
    if user.active:
        raise Conflict(_("Only people who have left are named in another way."))
    shown = name_as(user, choice, place)
    changes = {"shown_name": [user.display_name, shown]}
    user.shown_name = None if choice == FULL_NAME else shown
    if choice != FULL_NAME:
        user.handle = None  # it is made of the name
    audit.record(actor, "user.shown_name", user, changes=changes)


def name_as(user: User, choice: str, place: str = "") -> str:
    """Give the name of a choice; the role is said in the language of the platform."""
    if choice not in NAME_CHOICES:
        raise Invalid(_("Please choose one."))
    if choice == FULL_NAME:
        return user.name
    if choice == SHORT_NAME:
        words = [word for word in user.name.split() if word[:1].isalpha()]
        return f"{words[0]} {words[-1][0]}." if len(words) > 1 else user.name
    with force_locale("de"):
        return _("Smart City team, %(place)s", place=place) if place else _("Former member")


def _keep_one_admin(user: User) -> None:
    others = db.select(User.id).filter(User.role == "admin", User.active, User.id != user.id)
    if user.role == "admin" and db.session.scalar(others.limit(1)) is None:
        raise Invalid(_("This is the last administrator; name another one first."))
