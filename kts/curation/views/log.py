"""The activity log for moderators, and its counts for everybody."""

import json
from datetime import date

from flask import current_app, get_template_attribute, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_date, format_datetime
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import audit
from kts.core.access import rule
from kts.core.errors import NotFound
from kts.core.forms import ActionForm
from kts.core.pagination import paginate
from kts.core.web import whole_number
from kts.curation.queries import log as queries
from kts.curation.tables import csv_file
from kts.curation.views.desk import curation
from kts.extensions import db

LOG_PAGE = 50


def _filters() -> queries.Filters:
    days = request.args.get("tage", type=whole_number)
    return queries.Filters(
        action=request.args.get("aktion", ""),
        actor=request.args.get("person", "").strip(),
        thing=request.args.get("objekt", "").strip(),
        days=days if days and days < queries.MOST_DAYS else None,
    )


@curation.get("/protokoll")
@rule("moderator")
def log() -> ResponseReturnValue:
    """Show who did what to what, when and why."""
    filters = _filters()
    page = paginate(
        queries.entries(filters), request.args.get("page", 1, type=whole_number), LOG_PAGE
    )
    return render_template(
        "curation/log.html",
        page=page,
        actions=queries.actions(),
        filters=filters,
        kept_days=current_app.config["KTS"].audit_days,
        most=queries.MOST_EXPORTED,
    )


@curation.post("/protokoll/tabelle.csv")
@rule("moderator")
def export_log() -> ResponseReturnValue:
    """Give the narrowed log as a file, and note in the log who took it."""
    if not ActionForm().validate_on_submit():
        raise NotFound
    filters = _filters()
    deed = get_template_attribute("curation/_deeds.html", "deed")
    rows = [
        (
            format_datetime(entry.at, "yyyy-MM-dd HH:mm:ss"),
            entry.actor_name,
            str(deed(entry.action)).strip(),
            entry.action,
            entry.kind,
            entry.object_id or "",
            entry.label,
            entry.reason,
            _changes(entry),
        )
        for entry in queries.exported(filters)
    ]
    used = {name: value for name, value in filters.arguments.items() if value}
    changes = {"entries": len(rows), **({"filters": used} if used else {})}
    audit.record(current_user, "audit_entry.export", None, changes=changes)
    db.session.commit()
    header = (
        *(_("When"), _("Person"), _("What was done"), _("Short name"), _("Kind of thing")),
        *(_("Number"), _("Thing"), _("Reason"), _("What changed")),
    )
    return csv_file("protokoll.csv", header, rows)


def _changes(entry: audit.AuditEntry) -> str:
    """Give what changed as text; what is only there for undoing is left out."""
    shown = {name: change for name, change in entry.changes.items() if name != "before"}
    return json.dumps(shown, ensure_ascii=False) if shown else ""


@curation.get("/zahlen")
@rule("everyone", "counts of deeds, without names and without what they were done to")
def figures() -> ResponseReturnValue:
    """Show everybody what the KTS has done: how often, month by month."""
    months = [
        (format_date(date(month.year, month.month, 1), "LLLL yyyy"), month.deeds)
        for month in queries.public_months()
    ]
    return render_template("curation/figures.html", months=months, shown_months=queries.MONTHS)
