"""The desk and the audit log."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from kts.core import access
from kts.core.pagination import paginate
from kts.core.web import whole_number
from kts.curation import queries

curation = Blueprint("curation", __name__, url_prefix="/kuratierung")

LOG_PAGE = 50


@curation.route("")
@access.rule("moderator")
def desk() -> ResponseReturnValue:
    """Show what waits and the last deeds."""
    return render_template(
        "curation/desk.html",
        work=queries.waiting_work(),
        latest=paginate(queries.audit_entries(), 1, 10).items,
    )


@curation.route("/protokoll")
@access.rule("moderator")
def log() -> ResponseReturnValue:
    """Show who did what to what, when and why."""
    action = request.args.get("aktion", "")
    actor = request.args.get("person", "").strip()
    days = request.args.get("tage", type=whole_number)
    page = paginate(
        queries.audit_entries(action, actor, days if days and 0 < days < 10_000 else None),
        request.args.get("page", 1, type=whole_number),
        LOG_PAGE,
    )
    return render_template(
        "curation/log.html",
        page=page,
        actions=queries.audit_actions(),
        action=action,
        actor=actor,
        days=days,
    )
