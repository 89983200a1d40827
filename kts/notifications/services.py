"""Telling people, and noting that they have read it."""

from datetime import datetime
from typing import Any

from sqlalchemy import update

from kts.core.clock import now
from kts.core.tasks import after_commit
from kts.extensions import db
from kts.notifications.models import DIRECT, Notification, NotificationEvent
from kts.notifications.tasks import tell


def announce(kind: str, target: str, actor: Any, data: dict[str, Any]) -> NotificationEvent:
    """Note that something happened; the worker finds out whom it concerns and tells them.

    One row, whether nobody or thousands are told: the deed itself stays quick.
    """
    event = NotificationEvent(
        kind=kind, target=target, actor_id=getattr(actor, "id", None), data=data
    )
    db.session.add(event)
    db.session.flush()
    after_commit(tell, event.id)
    return event


def notify(
    user: Any,
    kind: str,
    text: str,
    url: str,
    actor: Any = None,
    *,
    target: str = "",
    data: dict[str, Any] | None = None,
    level: str = DIRECT,
) -> None:
    """Tell one person something at once; nobody is told of her own deeds.

    ``text`` is what kinds say that have no speaker in ``kts.notifications.texts``.
    """
    if user is None or (actor is not None and actor.id == user.id):
        return
    db.session.add(
        Notification(
            user_id=user.id,
            actor_id=getattr(actor, "id", None),
            kind=kind,
            text=text,
            url=url,
            level=level,
            target=target,
            data=data or {},
        )
    )
    db.session.flush()


def mark_read(
    user: Any, notification_id: int | None = None, *, upto: int | None = None
) -> datetime:
    """Note that one message, or all, have been seen; give the moment, by which to undo it.

    ``upto`` is the newest one that was shown: what came since stays unread.
    """
    condition = [] if notification_id is None else [Notification.id == notification_id]
    if upto is not None:
        condition.append(Notification.id <= upto)
    return _mark(user, *condition)


def mark_target_read(
    user: Any, target: str, *, kind: str | None = None, upto: int | None = None
) -> datetime:
    """Note that the messages about one thing have been seen; ``upto`` is the newest one shown."""
    condition = [Notification.target == target]
    if kind is not None:
        condition.append(Notification.kind == kind)
    if upto is not None:
        condition.append(Notification.id <= upto)
    return _mark(user, *condition)


def _mark(user: Any, *condition: Any) -> datetime:
    moment = now()
    db.session.execute(
        update(Notification)
        .where(Notification.user_id == user.id, Notification.read_at.is_(None), *condition)
        .values(read_at=moment)
        .execution_options(synchronize_session=False)
    )
    return moment


def mark_unread(user: Any, moment: datetime) -> None:
    """Take back what was marked as read at that moment."""
    db.session.execute(
        update(Notification)
        .where(Notification.user_id == user.id, Notification.read_at == moment)
        .values(read_at=None)
        .execution_options(synchronize_session=False)
    )
