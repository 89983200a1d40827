"""Messages about the sample conversations: in the lists of the sample people, never in a mail.

The conversations are dated back, so whoever is told of them hears old news; a mail about them
would go to addresses that do not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from kts.accounts.models import User
from kts.extensions import db
from kts.notifications.models import Notification, NotificationEvent
from kts.notifications.telling import tell_people

if TYPE_CHECKING:
    from kts.demo import Loaded


def tell_without_mail(loaded: Loaded) -> dict[str, int]:
    """Tell the sample people what the sample people wrote, and settle that no mail is wanted."""
    samples = db.select(User.id).where(User.is_sample)
    waiting = db.select(NotificationEvent.id).where(
        NotificationEvent.done.is_(None), NotificationEvent.actor_id.in_(samples)
    )
    for event_id in db.session.scalars(waiting.order_by(NotificationEvent.id)).all():
        tell_people(event_id)
    db.session.execute(
        update(Notification)
        .where(
            Notification.mailed_at.is_(None),
            Notification.user_id.in_(samples),
            Notification.actor_id.in_(samples),
        )
        .values(mailed_at=Notification.created, mail_due=None)
        .execution_options(synchronize_session=False)
    )
    return {}
