"""What the worker does: telling people of events, and forgetting what is old."""

import logging
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, or_

from kts.core.clock import now
from kts.core.tasks import nightly, recover, task
from kts.extensions import db
from kts.notifications import subscriptions, telling
from kts.notifications.models import Notification, NotificationEvent, Subscription

log = logging.getLogger(__name__)

READ_KEPT = timedelta(days=180)  # who looks for something read half a year ago uses the search
ALL_KEPT = timedelta(days=400)  # a year and the holidays after it
EVENTS_KEPT = timedelta(days=30)  # long after the last worker could still be telling of it
DELETED_AT_ONCE = 500  # a transaction short enough that nobody waits for it


@task
def tell(event_id: int) -> None:
    """Tell everybody whom the event concerns."""
    telling.tell_people(event_id)


@recover
def tell_of_unfinished() -> None:
    """Go on where a worker was killed; one event that fails stops no other."""
    waiting = db.select(NotificationEvent.id).where(NotificationEvent.done.is_(None))
    ids = db.session.scalars(waiting.order_by(NotificationEvent.id)).all()
    db.session.rollback()
    for event_id in ids:
        try:
            telling.tell_people(event_id)
        except Exception:
            log.exception("nobody could be told of event %s", event_id)
            db.session.rollback()


@nightly
def forget_old_messages() -> int:
    """Delete messages that were read half a year ago, and all after a good year."""
    old = or_(
        and_(Notification.read_at.is_not(None), Notification.read_at < now() - READ_KEPT),
        Notification.created < now() - ALL_KEPT,
    )
    return _delete(Notification, old)


@nightly
def forget_old_events() -> int:
    """Delete events of which all have been told."""
    return _delete(NotificationEvent, NotificationEvent.done < now() - EVENTS_KEPT)


@nightly
def end_aimless_subscriptions() -> int:
    """Delete subscriptions to what is no longer there."""
    return sum(
        _delete(
            Subscription,
            and_(Subscription.kind == kind, Subscription.target_id.not_in(db.select(target.ids))),
        )
        for kind, target in subscriptions.targets().items()
    )


def _delete(table: type[db.Model], condition: ColumnElement[bool]) -> int:
    deleted = 0
    while True:
        ids = db.session.scalars(
            db.select(table.id).where(condition).limit(DELETED_AT_ONCE)  # type: ignore[attr-defined]
        ).all()
        if not ids:
            return deleted
        db.session.execute(
            delete(table)
            .where(table.id.in_(ids))  # type: ignore[attr-defined]
            .execution_options(synchronize_session=False)
        )
        db.session.commit()
        deleted += len(ids)
