"""What people searched for and did not find, and what moderators do about it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.errors import NotFound
from kts.core.forms import ActionForm
from kts.core.web import whole_number
from kts.curation.forms import SettleForm
from kts.curation.queries import searches as queries
from kts.curation.queries.synonyms import groups_for
from kts.curation.services.searches import reopen_query, settle_query
from kts.curation.tables import csv_file
from kts.extensions import db
from kts.search.learning import folded, spelled
from kts.search.models import SettledQuery

searches = Blueprint("searches", __name__, url_prefix="/kuratierung/suche")


@searches.get("")
@access.rule("moderator")
def index() -> ResponseReturnValue:
    """List queries: in vain, hardly answered, most frequent, never clicked, settled."""
    which, days, sort = _chosen()
    sizes = queries.list_sizes(days)
    number = request.args.get("seite", 1, type=whole_number)
    if which == queries.SETTLED:
        page = queries.settled_rows(number)
    else:
        page = queries.query_rows(which, days, sort, number, sizes[which])
    return render_template(
        "curation/searches.html",
        page=page,
        which=which,
        days=days,
        sort=sort,
        tabs=_tabs(which, days, sizes),
        periods=queries.PERIODS,
        arguments=_arguments(which, days, sort),
        unclicked_from=queries.UNCLICKED_FROM,
    )


@searches.get("/tabelle.csv")
@access.rule("moderator")
def export() -> ResponseReturnValue:
    """Give a whole list as a file for a spreadsheet."""
    which, days, sort = _chosen()
    if which == queries.SETTLED:
        raise NotFound
    header = (
        _("Query"),
        _("Searches"),
        _("Without a hit"),
        _("Hardly a hit"),
        _("Clicks"),
        _("Last"),
    )
    rows = (
        (row.text, row.searches, row.empty, row.weak, row.clicks, row.last.isoformat())
        for row in queries.all_query_rows(which, days, sort)
    )
    return csv_file(f"suchanfragen-{which}-{days}-tage.csv", header, rows)


@searches.get("/anfrage")
@access.rule("moderator")
def show() -> ResponseReturnValue:
    """Show one query: how often, what it finds today, what was clicked, what can be done."""
    asked = spelled(request.args.get("q", ""))
    if not folded(asked):
        raise NotFound
    return render_template(
        "curation/query.html",
        asked=asked,
        sums=queries.sums_of(asked),
        response=queries.found_today(asked),
        clicked=queries.clicked_things(current_user, asked),
        groups=groups_for(asked),
        settled=queries.settled(asked),
        form=SettleForm(q=asked),
        back=_arguments(*_chosen()),
    )


@searches.post("/erledigt")
@access.rule("moderator")
def settle() -> ResponseReturnValue:
    """Take a query from the lists."""
    form = SettleForm()
    if not form.validate_on_submit() or not folded(form.q.data):
        raise NotFound
    query = settle_query(current_user, form.q.data, form.outcome.data, form.note.data or "")
    db.session.commit()
    flash(_("“%(query)s” is no longer in the lists.", query=query.text), "success")
    return redirect(url_for("searches.index", **_arguments(*_chosen()), zurueck=query.id), 303)


@searches.post("/erledigt/<int:settled_id>/zurueck")
@access.rule("moderator")
def reopen(settled_id: int) -> ResponseReturnValue:
    """Put a settled query back into the lists."""
    query = db.session.get(SettledQuery, settled_id)
    if query is None or not ActionForm().validate_on_submit():
        raise NotFound
    reopen_query(current_user, query)
    db.session.commit()
    flash(_("“%(query)s” is in the lists again.", query=query.text), "success")
    return redirect(url_for("searches.index", **_arguments(*_chosen())), 303)


def _chosen() -> tuple[str, int, str]:
    """Give list, period and order of the address; what it does not name is the usual."""
    which = request.args.get("liste", "")
    days = request.args.get("tage", type=whole_number)
    sort = request.args.get("sortierung", "")
    return (
        which if which in queries.LISTS else queries.EMPTY,
        days if days in queries.PERIODS else queries.USUAL_PERIOD,
        sort if sort in queries.SORTS else queries.SORTS[0],
    )


def _arguments(which: str, days: int, sort: str) -> dict[str, object]:
    return {
        "liste": which if which != queries.EMPTY else None,
        "tage": days if days != queries.USUAL_PERIOD else None,
        "sortierung": sort if sort != queries.SORTS[0] else None,
    }


def _tabs(which: str, days: int, sizes: dict[str, int]) -> list[dict[str, object]]:
    labels = {
        queries.EMPTY: _("Without a hit"),
        queries.WEAK: _("Hardly a hit"),
        queries.OFTEN: _("Most frequent"),
        queries.UNCLICKED: _("Found, not opened"),
        queries.SETTLED: _("Settled"),
    }
    return [
        {
            "label": label,
            "url": url_for("searches.index", **_arguments(name, days, queries.SORTS[0])),
            "active": name == which,
            "count": sizes[name],
        }
        for name, label in labels.items()
    ]
