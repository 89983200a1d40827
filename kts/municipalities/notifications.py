"""Who hears of a request to take part: the municipality's editors, and the KTS.

Accounts stand beside the notifications and cannot import them; ``tell`` speaks for them.
"""

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import func, or_, select, update

from kts.accounts.models import MunicipalityMembership, User
from kts.core.clock import now
from kts.extensions import db
from kts.municipalities.models import Municipality
from kts.notifications.models import Notification
from kts.notifications.services import notify


def tell_of_request(name: str, municipality: Municipality | None) -> None:
    """Tell editors where there are any, otherwise the moderators."""
    editors = _editors(municipality) if municipality else []
    if editors and municipality:
        url = url_for("members.index", slug=municipality.slug)
        text = _("%(name)s would like to join %(place)s.", name=name, place=municipality.name)
    else:
        url = url_for("requests.index")
        text = _("%(name)s would like to take part.", name=name)
    for person in editors or _moderators():
        notify(person, "membership_request", text, url)


def tell(user: User, kind: str, text: str, url: str, actor: Any, mailed: bool) -> None:
    """Fill the slot ``tell``; where a mail of its own went out, none is made from the message."""
    notify(user, kind, text, url, actor)
    if mailed:
        newest = select(func.max(Notification.id)).where(
            Notification.user_id == user.id, Notification.kind == kind
        )
        own = update(Notification).where(
            Notification.id == newest.scalar_subquery(), Notification.mailed_at.is_(None)
        )
        db.session.execute(own.values(mailed_at=now()))


def _editors(municipality: Municipality) -> list[User]:
    statement = (
        select(User)
        .join(MunicipalityMembership)
        .where(
            MunicipalityMembership.municipality_id == municipality.id,
            or_(MunicipalityMembership.role == "editor", User.role == "editor"),
            User.active,
        )
    )
    return list(db.session.scalars(statement))


def _moderators() -> list[User]:
    return list(db.session.scalars(select(User).where(User.role == "moderator", User.active)))
