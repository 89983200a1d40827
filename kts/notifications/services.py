"""Telling people, and noting that they have read it."""

from typing import Any

from sqlalchemy import update

from kts.core.clock import now
from kts.extensions import db
from kts.notifications.models import Notification


def notify(user: Any, kind: str, text: str, url: str, actor: Any = None) -> None:
    """Tell a person something; nobody is told of her own deeds."""
    if user is None or (actor is not None and actor.id == user.id):
        return
    db.session.add(
        Notification(
            user_id=user.id,
            actor_id=getattr(actor, "id", None),
            kind=kind,
            text=text,
            url=url,
        )
    )
    db.session.flush()


def mark_read(user: Any, notification_id: int | None = None) -> None:
    """Note that one message, or all, have been seen."""
    unread = update(Notification).where(
        Notification.user_id == user.id, Notification.read_at.is_(None)
    )
    if notification_id is not None:
        unread = unread.where(Notification.id == notification_id)
    db.session.execute(unread.values(read_at=now()))
