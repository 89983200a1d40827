"""The list of what a person was told, and of what she follows."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.errors import NotFound
from kts.core.forms import ActionForm
from kts.core.web import limited_person, own_path, whole_number
from kts.extensions import db, limiter
from kts.notifications import queries, services, subscriptions, texts
from kts.notifications.models import (
    CATEGORY,
    FOLLOW,
    GROUP,
    MUNICIPALITY,
    MUTE,
    NORMAL,
    THREAD,
    TOPIC,
    WATCH,
    Notification,
)

notifications = Blueprint("notifications", __name__, url_prefix="/benachrichtigungen")
following = Blueprint("following", __name__, url_prefix="/abonnements")

FILTERS = {"ungelesen": queries.UNREAD, "direkt": queries.DIRECTLY}
CHOICES = "240 per hour"  # whoever tidies up a long list, but no program
CHOSEN_PER_PAGE = 50  # as many as one looks through to tidy up
KINDS = (CATEGORY, TOPIC, GROUP, MUNICIPALITY, THREAD)


@notifications.route("")
@access.rule("signed-in")
def index() -> ResponseReturnValue:
    """List the person's messages, grouped by what they are about."""
    only = request.args.get("nur", "")
    number = request.args.get("zeige", queries.GROUPS_PER_PAGE, type=whole_number)
    number = min(max(1, number), queries.MOST_GROUPS)
    groups, more = queries.groups(current_user, FILTERS.get(only, ""), number)
    return render_template(
        "notifications/index.html",
        groups=groups,
        only=only if only in FILTERS else "",
        counts=queries.unread_counts(current_user),
        number=number,
        more=more and number < queries.MOST_GROUPS,
        step=queries.GROUPS_PER_PAGE,
        marked=_moment(request.args.get("gelesen", "")),
    )


def _moment(text: str) -> datetime | None:
    """Read the moment at which messages were marked; None for what is none."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):  # the year 9999 has no later time zone
        return None


@notifications.post("/gelesen")
@access.rule("signed-in", "only own messages are marked")
def read_all() -> ResponseReturnValue:
    """Mark all messages as read, or those of one group that were shown."""
    moment = _mark_asked()
    db.session.commit()
    only = request.form.get("nur") or None
    return redirect(url_for(".index", nur=only, gelesen=moment.isoformat()), 303)


def _mark_asked() -> datetime:
    target, message = request.form.get("target"), request.form.get("message", type=whole_number)
    upto = request.form.get("upto", type=whole_number)
    if target and target.isprintable():
        return services.mark_target_read(current_user, target, upto=upto)
    if message:
        return services.mark_read(current_user, message)
    return services.mark_read(current_user, upto=upto)


@notifications.post("/ungelesen")
@access.rule("signed-in", "only own messages are marked")
def undo() -> ResponseReturnValue:
    """Take back what was marked as read at one moment."""
    moment = _moment(request.form.get("moment", ""))
    if moment is not None and ActionForm().validate_on_submit():
        services.mark_unread(current_user, moment)
        db.session.commit()
    return redirect(url_for(".index", nur=request.form.get("nur") or None), 303)


@notifications.post("/<int:notification_id>")
@access.rule("signed-in", "only own messages are found")
def follow(notification_id: int) -> ResponseReturnValue:
    """Mark a message as read, with those said in the same sentence, and go where it leads."""
    found = db.session.scalar(
        db.select(Notification).filter_by(id=notification_id, user_id=current_user.id)
    )
    if found is None:
        raise NotFound
    address = texts.sentence(current_user, found).url
    if found.target and texts.is_together(found.kind):
        services.mark_target_read(current_user, found.target, kind=found.kind)
    else:
        services.mark_read(current_user, notification_id)
    db.session.commit()
    return redirect(address, 303)


@following.route("")
@access.rule("signed-in")
def choices() -> ResponseReturnValue:
    """List what the person follows and could follow, to change or end it."""
    chosen = queries.own_choices(current_user)
    page = request.args.get("seite", 1, type=whole_number)
    lists = [_list_of(kind, chosen.get(kind, {}), page) for kind in KINDS]
    return render_template("notifications/subscriptions.html", lists=lists)


def _list_of(kind: str, chosen: dict[int, Any], page: int) -> dict[str, Any]:
    """Give the rows of one kind: the chosen ones, and all others where they are few."""
    target = subscriptions.targets().get(kind)
    ids = list(chosen)
    pages = max(1, -(-len(ids) // CHOSEN_PER_PAGE))
    page = min(page, pages)
    if target is not None and not target.offers_all:
        ids = ids[(page - 1) * CHOSEN_PER_PAGE : page * CHOSEN_PER_PAGE]
        found = target.find(current_user, ids) if ids else {}
    else:
        pages, found = 1, target.find(current_user, None) if target else {}
        ids = [*found, *(i for i in ids if i not in found)]
    rows = [(i, found.get(i), chosen.get(i)) for i in ids]
    return {"kind": kind, "rows": rows, "page": page, "pages": pages, "total": len(chosen)}


@following.post("/<kind>/<int:target_id>")
@access.rule("signed-in", "a thing is found only by those who may know of it")
@limiter.limit(CHOICES, key_func=limited_person)
def choose(kind: str, target_id: int) -> ResponseReturnValue:
    """Change how closely the person follows something, or forget what she chose."""
    level = request.form.get("level", "")
    if kind not in subscriptions.targets():
        raise NotFound
    if level:
        found = subscriptions.find(current_user, kind, target_id)
        subscriptions.choose_level(current_user, kind, target_id, level)
        flash(_told(level, found.name), "success")
    else:
        subscriptions.end_choice(current_user, kind, target_id)
        flash(_("Your choice was removed."), "success")
    db.session.commit()
    return redirect(own_path(request.form.get("back")), 303)


def _told(level: str, name: str) -> str:
    return {
        WATCH: _("You are now told of everything new in “%(name)s”.", name=name),
        FOLLOW: _("You now follow “%(name)s”.", name=name),
        NORMAL: _("You now hear of “%(name)s” only what concerns you directly.", name=name),
        MUTE: _("“%(name)s” is muted.", name=name),
    }[level]
