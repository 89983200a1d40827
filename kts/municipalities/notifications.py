"""Who hears of a request to take part: the municipality's editors, and the KTS."""

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import or_, select

from kts.accounts.models import MunicipalityMembership, User
from kts.extensions import db
from kts.municipalities.models import Municipality
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
