"""Cases for moderators: what was reported, as it was and as it is, and the decision."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.errors import Conflict
from kts.core.web import whole_number
from kts.curation.reporting import policies, queries, services
from kts.curation.reporting.forms import DecisionForm, ReasonForm
from kts.curation.reporting.models import DECIDED, OPEN, ReportCase
from kts.curation.reporting.telling import told
from kts.curation.reporting.texts import CATEGORIES, CONTENT, KINDS, MEASURES, ground_of
from kts.curation.reporting.views import deciding
from kts.extensions import db

cases = Blueprint("cases", __name__, url_prefix="/kuratierung")


@cases.get("/meldungen")
@access.rule("moderator")
def index() -> ResponseReturnValue:
    """List the cases that wait, or those that are decided."""
    state = DECIDED if request.args.get("stand") == "entschieden" else OPEN
    page = queries.case_page(current_user, state, request.args.get("page", 1, type=whole_number))
    return render_template("reports/cases.html", page=page, state=state, **_words())


def _words() -> dict[str, Any]:
    return {
        "kinds": KINDS,
        "categories": CATEGORIES,
        "content": CONTENT,
        "measure_names": MEASURES,
        "ground_of": ground_of,
        "told": told,
        "is_on_staff": policies.is_on_staff,
    }


@cases.get("/meldungen/<int:case_id>")
@access.rule("moderator")
def show(case_id: int) -> ResponseReturnValue:
    """Show a case with its reports, what the thing is now, and what was decided before."""
    return _case_page(queries.get_case(current_user, case_id))


def _case_page(case: ReportCase, status: int = 200, conflict: str = "") -> ResponseReturnValue:
    target, seen = queries.then_and_now(case)
    return render_template(
        "reports/case.html",
        case=case,
        target=target,
        seen=seen,
        earlier=queries.earlier_measures(case),
        earlier_cases=queries.earlier_cases(case),
        conflict=conflict,
        knows_reporters=policies.can_know_reporters(current_user, case),
        **_words(),
    ), status


@cases.route("/meldungen/<int:case_id>/entscheiden", methods=["GET", "POST"])
@access.rule("moderator")
def decide(case_id: int) -> ResponseReturnValue:
    """Fill in a decision, show what it will do, and make it."""
    case = queries.get_case(current_user, case_id)
    allowed = policies.can_decide_report_case(current_user, case)
    access.require(allowed, policies.why_not_case(case))
    form = decision_form(case)
    choice = deciding.complete(current_user, case, form) if form.is_submitted() else None
    if choice is None or not request.form.get("confirm"):
        return _decide_page(case, form, choice)
    try:
        decision = services.decide(current_user, case, form.version.data or 0, choice)
    except Conflict as conflict:
        db.session.rollback()
        case = queries.get_case(current_user, case_id)
        if case.state == DECIDED:
            return _case_page(case, 409, conflict.message)
        form.version.raw_data = [str(case.version)]
        form.version.data = case.version
        form.facts.errors = [conflict.message]
        return _decide_page(case, form, None, 409)
    db.session.commit()
    flash(_("Decision %(number)s is made and sent.", number=decision.number), "success")
    return redirect(case.path, 303)


def decision_form(case: ReportCase, form_type: type[DecisionForm] = DecisionForm) -> Any:
    """Make the form with what can be done in this case."""
    form = form_type(version=case.version)
    form.offer(case, queries.rules_now() or services.starting_rules())
    if not form.is_submitted():
        with force_locale("de"):
            form.territory.data = _("Everywhere: this platform shows the same in all countries")
    return form


def _decide_page(
    case: ReportCase, form: DecisionForm, choice: services.Choice | None, status: int = 0
) -> ResponseReturnValue:
    target, seen = queries.then_and_now(case)
    shows = choice is not None and "change" not in request.form
    page = render_template(
        "reports/decide.html",
        case=case,
        target=target,
        seen=seen,
        form=form,
        preview=services.preview(case, choice) if shows and choice else None,
        entries=deciding.entries(),
        **_words(),
    )
    incomplete = form.is_submitted() and choice is None and "change" not in request.form
    return page, status or (422 if incomplete else 200)


@cases.route("/massnahmen/<int:measure_id>/aufheben", methods=["GET", "POST"])
@access.rule("moderator")
def lift(measure_id: int) -> ResponseReturnValue:
    """Take one measure back, with a reason."""
    measure = queries.get_measure(current_user, measure_id)
    case = measure.decision.case
    allowed = policies.can_lift_measure(current_user, measure)
    access.require(allowed, policies.why_not_lift(measure, current_user))
    form = ReasonForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template(
            "reports/lift.html", measure=measure, case=case, form=form, **_words()
        ), status
    services.lift_measure(current_user, measure, form.reason.data.strip())
    db.session.commit()
    flash(_("The measure is taken back; those concerned are told."), "success")
    return redirect(case.path, 303)
