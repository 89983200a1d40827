"""The list of what a person was told."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from kts.core import access
from kts.core.errors import NotFound
from kts.core.pagination import paginate
from kts.core.web import whole_number
from kts.extensions import db
from kts.notifications import queries, services
from kts.notifications.models import Notification

notifications = Blueprint("notifications", __name__, url_prefix="/benachrichtigungen")


@notifications.route("")
@access.rule("signed-in")
def index() -> ResponseReturnValue:
    """List the person's messages."""
    page = paginate(
        queries.own_notifications(current_user), request.args.get("page", 1, type=whole_number)
    )
    return render_template("notifications/index.html", page=page)


@notifications.post("/gelesen")
@access.rule("signed-in")
def read_all() -> ResponseReturnValue:
    """Mark all messages as read."""
    services.mark_read(current_user)
    db.session.commit()
    return redirect(url_for("notifications.index"), 303)


@notifications.post("/<int:notification_id>")
@access.rule("signed-in", "only own messages are found")
def follow(notification_id: int) -> ResponseReturnValue:
    """Mark one message as read and go where it leads."""
    found = db.session.scalar(
        db.select(Notification).filter_by(id=notification_id, user_id=current_user.id)
    )
    if found is None:
        raise NotFound
    services.mark_read(current_user, notification_id)
    db.session.commit()
    return redirect(found.url, 303)
