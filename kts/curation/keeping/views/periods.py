"""For how long content holds: a small table that moderators keep."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core.access import rule
from kts.core.errors import NotFound
from kts.core.shelf_life import ShelfPeriod
from kts.curation.keeping import queries, services
from kts.curation.keeping.forms import PeriodForm
from kts.extensions import db

shelf_periods = Blueprint("shelf_periods", __name__, url_prefix="/kuratierung/haltbarkeit")


@dataclass(frozen=True)
class Line:
    """One kind of content: its form, how much there is and how much of it is labelled."""

    content: str
    name: str
    form: PeriodForm
    number: int
    outdated: int


@shelf_periods.get("")
@rule("moderator")
def index() -> ResponseReturnValue:
    """Show for how long content of each kind holds."""
    return _page()


def _page(failed: PeriodForm | None = None, failed_content: str = "") -> ResponseReturnValue:
    counts = queries.counts()
    periods = {period.content: period for period in queries.periods()}
    lines = []
    for content, name in sorted(queries.known_kinds().items(), key=lambda pair: pair[1]):
        form = _form(content, periods.get(content))
        if failed is not None and content == failed_content:
            form = failed
        lines.append(Line(content, name, form, *counts.get(content, (0, 0))))
    page = render_template("keeping/periods.html", lines=lines, failed=failed)
    return page, 200 if failed is None else 422


def _form(content: str, period: ShelfPeriod | None) -> PeriodForm:
    version = period.version if period else 0
    months = period.months if period else None
    return PeriodForm(formdata=None, prefix=content, version=version, months=months)


@shelf_periods.post("/<content>")
@rule("moderator")
def change(content: str) -> ResponseReturnValue:
    """Change the period of one kind of content."""
    if content not in queries.known_kinds():
        raise NotFound
    form = PeriodForm(prefix=content)
    if not form.validate_on_submit():
        return _page(form, content)
    actor = current_user._get_current_object()
    changed = services.set_period(actor, content, form.months.data, form.version.data or 0)
    db.session.commit()
    told = _("The period is saved. The labels follow within a few minutes.")
    flash(told if changed else _("Nothing was changed."), "success")
    return redirect(url_for("shelf_periods.index"), 303)
