"""Links in mails that change how many of them come, without signing in.

Each link is for one account and one purpose, works for some weeks and changes nothing by being
opened: scanners of mail servers open every link. Whoever has the mail has the link, so it can make
mails fewer or take that back, and nothing else.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app
from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from kts.core import mail
from kts.core.errors import DomainError
from kts.extensions import db
from kts.notifications import preferences, subscriptions
from kts.notifications.models import MUTE, Subscription
from kts.notifications.preference_models import AT_ONCE, DAILY, WEEKLY

LINKS_LAST = timedelta(days=60)  # a mail found again after the summer holidays still works
STOP, LESS, SILENCE, UNDO = "stop", "weekly", "mute", "undo"
PURPOSES = (STOP, LESS, SILENCE, UNDO)


class LinkForged(DomainError):
    """The link was not made by this site, or not for an account that exists."""


class LinkExpired(DomainError):
    """The link is too old."""


@dataclass(frozen=True)
class Link:
    """What a link allows: one change for one person; ``data`` is what it needs to know."""

    person: Any
    purpose: str
    data: Any = ""


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="mail-link")


def token(person: Any, purpose: str, data: Any = "") -> str:
    """Sign a link's content; the account's birth tells it from a later one with its number."""
    return _serializer().dumps([person.id, int(person.created.timestamp()), purpose, data])


def address(signed: str) -> str:
    """Give the complete address of a link."""
    return f"{mail.base_url()}/mail/{signed}"


def links(person: Any, target: str = "") -> dict[str, str]:
    """Give the addresses that stand below a mail; muting only where it is about one thing."""
    given = {
        "less": address(token(person, LESS)),
        "stop": address(token(person, STOP)),
        "settings": f"{mail.base_url()}/konto/benachrichtigungen",
    }
    if target:
        given["mute"] = address(token(person, SILENCE, target))
    return given


def read(signed: str) -> Link:
    """Read a link; raise LinkExpired or LinkForged."""
    try:
        user_id, born, purpose, data = _serializer().loads(
            signed, max_age=int(LINKS_LAST.total_seconds())
        )
    except SignatureExpired as error:
        raise LinkExpired from error
    except (BadData, ValueError, TypeError) as error:
        raise LinkForged from error
    person = preferences.person(user_id)
    if person is None or int(person.created.timestamp()) != born or purpose not in PURPOSES:
        raise LinkForged
    return Link(person, purpose, data)


def follow(link: Link) -> str:
    """Do what the link is for; give the token that takes it back, empty for a second time.

    Doing it twice is the same as doing it once.
    """
    if link.purpose == UNDO:
        _take_back(link)
        return ""
    before = _before(link)
    if link.purpose == STOP:
        preferences.choose(link.person, paused=True)
    elif link.purpose == LESS:
        preferences.choose(link.person, **_weekly(link.person))
    else:
        kind, target_id = _thing(link.data)
        subscriptions.choose_level(link.person, kind, target_id, MUTE)
    return token(link.person, UNDO, [link.purpose, before])


def _before(link: Link) -> Any:
    """Give the state that the change replaces."""
    chosen = preferences.of(link.person.id)
    if link.purpose == STOP:
        return {"paused": chosen.paused}
    if link.purpose == LESS:
        return preferences.state(chosen, *preferences.MAILED_LEVELS)
    kind, target_id = _thing(link.data)
    return [kind, target_id, _level(link.person, kind, target_id)]


def _weekly(person: Any) -> dict[str, str]:
    """Make weekly what comes more often; what comes never stays so."""
    chosen = preferences.state(preferences.of(person.id), *preferences.MAILED_LEVELS)
    often = (AT_ONCE, DAILY)
    return {level: WEEKLY for level, frequency in chosen.items() if frequency in often}


def _take_back(link: Link) -> None:
    purpose, before = link.data
    if purpose in (STOP, LESS):
        preferences.choose(link.person, **before)
        return
    kind, target_id, level = before
    if level:
        subscriptions.choose_level(link.person, kind, target_id, level)
    else:
        subscriptions.end_choice(link.person, kind, target_id)


def _thing(target: str) -> tuple[str, int]:
    kind, _, number = target.partition(":")
    return kind, int(number)


def _level(person: Any, kind: str, target_id: int) -> str:
    statement = db.select(Subscription.level).filter_by(
        user_id=person.id, kind=kind, target_id=target_id
    )
    return db.session.scalar(statement) or ""
