"""Reports of barriers: anybody tells without an account, moderators answer within a month."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.access import require
from kts.core.pagination import paginate
from kts.core.web import whole_number
from kts.extensions import db, limiter
from kts.home import policies, queries, services
from kts.home.forms import BarrierAnswerForm, BarrierForm
from kts.home.views import home

REPORTS_PER_ADDRESS = "5 per hour"  # whole offices share an address; programs send hundreds


@home.route("/barriere-melden", methods=["GET", "POST"])
@access.rule("everyone", "BITV 2.0 wants a way to report without an account")
@limiter.limit(REPORTS_PER_ADDRESS, methods=["POST"])
def report_barrier() -> ResponseReturnValue:
    """Take a report of a barrier and confirm it."""
    form = BarrierForm(page=request.args.get("von", ""))
    if not form.validate_on_submit():
        return render_template("home/report_barrier.html", form=form), (
            422 if form.is_submitted() else 200
        )
    if not form.website.data:  # a filled trap gets the same answer and leaves nothing
        services.report_barrier(
            page=form.page.data or "",
            description=form.description.data,
            name=form.name.data or "",
            email=form.email.data or "",
            lang=get_locale().language,
        )
        db.session.commit()
    return redirect(url_for("home.barrier_reported"), 303)


@home.get("/barriere-melden/danke")
@access.rule("everyone")
def barrier_reported() -> ResponseReturnValue:
    """Confirm that a report arrived, and say until when it is answered."""
    return render_template("home/barrier_reported.html", days=services.ANSWER_WITHIN.days)


@home.get("/barrieren")
@access.rule("moderator")
def barrier_reports() -> ResponseReturnValue:
    """List the reports, the most urgent first."""
    page = paginate(
        queries.barrier_reports(current_user), request.args.get("page", 1, type=whole_number)
    )
    return render_template("home/barrier_reports.html", page=page)


@home.route("/barrieren/<int:report_id>", methods=["GET", "POST"])
@access.rule("moderator")
def barrier_report(report_id: int) -> ResponseReturnValue:
    """Show a report and answer it."""
    report = queries.barrier_report(report_id, current_user)
    form = BarrierAnswerForm()
    if form.is_submitted():
        allowed = policies.can_answer_barrier_report(current_user, report)
        require(allowed, _("This report has been answered already."))
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("home/barrier_report.html", report=report, form=form), status
    services.answer_barrier_report(current_user, report, form.answer.data)
    db.session.commit()
    flash(_("The answer has been saved."), "success")
    return redirect(url_for("home.barrier_report", report_id=report_id), 303)
