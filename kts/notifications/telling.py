"""Telling all whom an event concerns, in batches that may be killed and go on.

A feature registers for each of its kinds of events who is told (:func:`register`). The worker
calls :func:`tell_people`: it looks up who may see the thing now, leaves out who has been told
already, and writes the messages some hundred at a time. ``unique (user, event)`` makes a second
run harmless; an event is ``done`` when the last batch is saved.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, update

from kts.core.clock import now
from kts.core.transactions import reading
from kts.core.upserts import insert
from kts.extensions import db
from kts.notifications.models import DIRECT, Notification, NotificationEvent

BATCH = 200  # a transaction short enough that nobody waits for it
POSTS_KEPT = 50  # what one message counts up to; more is said as "more than"


@dataclass(frozen=True)
class Told:
    """What one person is told of an event.

    ``adds_up``: an unread message of this kind about the same thing takes the event up instead of
    a second message; their ``posts`` are joined.
    """

    user_id: int
    kind: str
    url: str
    level: str = DIRECT
    data: dict[str, Any] = field(default_factory=dict)
    adds_up: bool = False


#: Gives for an event who is told what; reads only.
AUDIENCES: dict[str, Callable[[NotificationEvent], Sequence[Told]]] = {}


def register(kind: str, audience: Callable[[NotificationEvent], Sequence[Told]]) -> None:
    """Let ``audience(event)`` say who is told of events of that kind."""
    AUDIENCES[kind] = audience


def tell_people(event_id: int) -> int:
    """Write the messages that are still missing; give their number.

    Commits after each batch, so it is for the worker only.
    """
    with reading():
        event = db.session.get(NotificationEvent, event_id)
        waiting = _waiting(event) if event is not None and event.done is None else []
        if event is not None:
            db.session.expunge(event)
        db.session.rollback()
    if event is None or event.done is not None:
        return 0
    for start in range(0, len(waiting), BATCH):
        _write(event, waiting[start : start + BATCH])
        db.session.commit()
    _finish(event_id)
    return len(waiting)


def _waiting(event: NotificationEvent) -> list[Told]:
    """List who is to be told and was not; in a fixed order, so that a second run goes on."""
    audience = AUDIENCES[event.kind](event) if event.kind in AUDIENCES else ()
    told = set(db.session.scalars(db.select(Notification.user_id).filter_by(event_id=event.id)))
    left = (one for one in audience if one.user_id not in told | {event.actor_id})
    return sorted(left, key=lambda one: one.user_id)


def _write(event: NotificationEvent, batch: Sequence[Told]) -> None:
    _take_turn(event)
    taken_up = _add_up(event, [one for one in batch if one.adds_up])
    rows = [_row(event, one) for one in batch if one.user_id not in taken_up]
    if rows:
        db.session.execute(_insert_missing(), rows)


def _take_turn(event: NotificationEvent) -> None:
    """Let workers that tell of the same thing write one after another.

    Otherwise two would read one message, each add its own post to it, and the second would
    overwrite what the first had added.
    """
    open_ones = db.select(NotificationEvent.id).where(
        NotificationEvent.target == event.target, NotificationEvent.done.is_(None)
    )
    locked = open_ones.order_by(NotificationEvent.id).with_for_update(key_share=True)
    db.session.execute(locked).all()


def _row(event: NotificationEvent, one: Told) -> dict[str, Any]:
    return {
        "user_id": one.user_id,
        "actor_id": event.actor_id,
        "event_id": event.id,
        "kind": one.kind,
        "level": one.level,
        "target": event.target,
        "data": one.data,
        "text": "",
        "url": one.url,
        "created": event.created,
    }


def _insert_missing() -> Any:
    """Give the statement that leaves out who was told by a run at the same moment."""
    return insert(Notification).on_conflict_do_nothing(index_elements=["user_id", "event_id"])


def _add_up(event: NotificationEvent, batch: Sequence[Told]) -> set[int]:
    """Let unread messages about the same thing take the event up; give whose they are."""
    open_messages = _open_messages(event, batch)
    changes = []
    for one in batch:
        message = open_messages.get(one.user_id)
        if message is not None and message.read_at is None:
            changes.append(_joined(event, message, one))
    if changes:
        db.session.execute(update(Notification), changes)
    return set(open_messages)


def _open_messages(event: NotificationEvent, batch: Sequence[Told]) -> dict[int, Any]:
    """Find each person's message that can take the event up, or that took up a later one.

    Those with a later event were written by a run that was killed, and told this one as well if
    they hold its posts; whoever read one meanwhile is not told again.
    """
    if not batch:
        return {}
    columns = (Notification.id, Notification.user_id, Notification.read_at, Notification.data)
    statement = db.select(*columns).where(
        Notification.user_id.in_([one.user_id for one in batch]),
        Notification.target == event.target,
        Notification.kind == batch[0].kind,
        Notification.level == batch[0].level,
        or_(Notification.read_at.is_(None), Notification.created >= event.created),
    )
    locked = statement.order_by(Notification.id).with_for_update()
    return {row.user_id: row for row in db.session.execute(locked)}


def _joined(event: NotificationEvent, message: Any, one: Told) -> dict[str, Any]:
    known = message.data.get("posts", [])
    posts = known + [post for post in one.data.get("posts", []) if post not in known]
    return {
        "id": message.id,
        "event_id": event.id,
        "actor_id": event.actor_id,
        "created": event.created,
        "mailed_at": None,  # a mail that went already did not have the new posts
        "data": {**message.data, "posts": posts[-POSTS_KEPT:]},
    }


def _finish(event_id: int) -> None:
    db.session.execute(
        update(NotificationEvent).where(NotificationEvent.id == event_id).values(done=now())
    )
    db.session.commit()
