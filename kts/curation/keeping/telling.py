"""Asking owners whether content still holds: one message for all that is due, and its link.

The message keeps which rows it is about, and is put into words when it is read or mailed: what was
confirmed meanwhile, or is no longer hers or hidden, is not asked for again.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import current_app
from flask_babel import force_locale, format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer
from sqlalchemy import select

from kts.accounts.models import User
from kts.core.access import Viewer
from kts.core.errors import DomainError
from kts.core.shelf_life import ShelfLife
from kts.curation.keeping import queries
from kts.curation.keeping.queries import Kept
from kts.extensions import db
from kts.notifications import texts
from kts.notifications.models import Notification
from kts.notifications.services import notify
from kts.notifications.texts import Saying

DUE, NAMED, ASKED = "shelf_life", "shelf_life_owner", "shelf_life_question"
LINKS_LAST = timedelta(days=60)  # from the first reminder until a month after it was due
MOST_NAMED = 5  # titles in one sentence; the page behind the link has all
OWN_PAGE = "/haltbarkeit"


class LinkForged(DomainError):
    """The link was not made by this site, or not for an account that exists."""


class LinkExpired(DomainError):
    """The link is too old."""


def register() -> None:
    """Let the notifications put reminders into words."""
    texts.register(DUE, _say, _load)


def ask_owner(owner: User, rows: Sequence[ShelfLife]) -> None:
    """Tell the owner of all that is due, in one message."""
    data = {"rows": [row.id for row in rows]}
    with force_locale(owner.language):
        text = _("Content of yours waits for a look.")
    notify(owner, DUE, text, OWN_PAGE, data=data)


def tell_new_owner(actor: Any, owner: User, kept: Kept) -> None:
    """Tell somebody that she looks after something from now on."""
    sentence = _l("You look after “%(title)s” from now on.", title=kept.thing.title)
    _tell(actor, owner, NAMED, sentence, kept)


def write_to_owner(actor: Any, owner: User, kept: Kept, words: str) -> None:
    """Let a moderator ask the owner in her own words."""
    sentence = _l(
        "The KTS asks about “%(title)s”: %(words)s", title=kept.thing.title, words=words.strip()
    )
    _tell(actor, owner, ASKED, sentence, kept)


def _tell(actor: Any, owner: User, kind: str, sentence: Any, kept: Kept) -> None:
    with force_locale(owner.language):
        text = str(sentence)
    notify(owner, kind, text, kept.row.path, actor)


# Words


def _load(viewer: Viewer, messages: Sequence[Notification]) -> tuple[Viewer, dict[int, Kept]]:
    ids = {number for message in messages for number in message.data.get("rows", ())}
    statement = select(ShelfLife).where(
        ShelfLife.id.in_(ids),
        ShelfLife.owner_id == viewer.id,
        ShelfLife.active,
        ShelfLife.reminders > 0,  # not confirmed since
    )
    rows = db.session.scalars(statement.order_by(ShelfLife.due, ShelfLife.id)).all()
    return viewer, {kept.row.id: kept for kept in queries.kept_of(viewer, rows)}


def _say(facts: tuple[Viewer, dict[int, Kept]], messages: Sequence[Notification]) -> Saying:
    viewer, found = facts
    ids = [number for message in messages for number in message.data.get("rows", ())]
    left = [found[number] for number in ids if number in found]
    if not left:
        return Saying(_("Nothing waits for you here any more."), OWN_PAGE, gone=True)
    title = ngettext(
        "Is this still right?", "Are these %(num)d pieces of content still right?", len(left)
    )
    return Saying(_listed(left), f"/bestaetigen/{token(viewer, left)}", title)


def _listed(left: Sequence[Kept]) -> str:
    told = [
        _(
            "“%(title)s”, last confirmed on %(date)s",
            title=kept.thing.title,
            date=format_date(kept.row.confirmed_at, "long"),
        )
        for kept in left[:MOST_NAMED]
    ]
    if more := len(left) - len(told):
        told.append(ngettext("and %(num)d more", "and %(num)d more", more))
    asked = ngettext(
        "Please say with one click whether it is still right:",
        "Please say with one click whether they are still right:",
        len(left),
    )
    return f"{asked} {'; '.join(told)}."


# Links


def token(person: Any, kept: Sequence[Kept]) -> str:
    """Sign a link that confirms these things in this state; it works once for each."""
    rows = [[one.row.id, one.row.version] for one in kept]
    return _serializer().dumps([person.id, int(person.created.timestamp()), rows])


def read(signed: str) -> tuple[User, dict[int, int]]:
    """Give whose link it is, and for each row the version for which it works.

    Raises LinkExpired or LinkForged.
    """
    try:
        user_id, born, rows = _serializer().loads(signed, max_age=int(LINKS_LAST.total_seconds()))
        versions = {int(number): int(version) for number, version in rows}
    except SignatureExpired as error:
        raise LinkExpired from error
    except (BadData, ValueError, TypeError) as error:
        raise LinkForged from error
    person = db.session.get(User, user_id)
    if person is None or not person.active or int(person.created.timestamp()) != born:
        raise LinkForged
    return person, versions


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="shelf-life")
