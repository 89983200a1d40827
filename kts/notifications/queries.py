"""Reads about notifications; everybody sees only her own."""

from flask_login import current_user
from sqlalchemy import Select, func

from kts.core.access import Viewer
from kts.extensions import db
from kts.notifications.models import Notification


def own_notifications(viewer: Viewer) -> Select[tuple[Notification]]:
    """Give the statement of the viewer's messages, newest first."""
    return (
        db.select(Notification)
        .filter_by(user_id=viewer.id)
        .order_by(Notification.created.desc(), Notification.id.desc())
    )


def unread_count() -> int:
    """Count the signed-in person's unread messages; 0 for guests."""
    if not current_user.is_authenticated:
        return 0
    statement = (
        db.select(func.count())
        .select_from(Notification)
        .filter(Notification.user_id == current_user.id, Notification.read_at.is_(None))
    )
    return db.session.scalar(statement) or 0
