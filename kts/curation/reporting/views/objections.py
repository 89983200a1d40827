"""Objections for moderators: another one decides than the one who decided first."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.errors import Conflict, Invalid
from kts.core.web import whole_number
from kts.curation.reporting import policies, queries, services
from kts.curation.reporting.forms import NewDecisionForm, OutcomeForm
from kts.curation.reporting.models import DECIDED, OPEN, REVERSED, Objection
from kts.curation.reporting.telling import told
from kts.curation.reporting.texts import (
    CATEGORIES,
    CONTENT,
    KINDS,
    MEASURES,
    OUTCOMES,
    PARTIES,
    ground_of,
)
from kts.curation.reporting.views import deciding
from kts.curation.reporting.views.cases import decision_form
from kts.extensions import db

objections = Blueprint("objections", __name__, url_prefix="/kuratierung/widersprueche")

WORDS = {
    "kinds": KINDS,
    "categories": CATEGORIES,
    "content": CONTENT,
    "measure_names": MEASURES,
    "outcomes": OUTCOMES,
    "parties": PARTIES,
    "ground_of": ground_of,
    "told": told,
    "is_on_staff": policies.is_on_staff,
}


@objections.get("")
@access.rule("moderator")
def index() -> ResponseReturnValue:
    """List the objections that wait, or those that are decided."""
    state = DECIDED if request.args.get("stand") == "entschieden" else OPEN
    number = request.args.get("page", 1, type=whole_number)
    page = queries.objection_page(current_user, state, number)
    return render_template("reports/objections.html", page=page, state=state, **WORDS)


@objections.route("/<int:objection_id>", methods=["GET", "POST"])
@access.rule("moderator")
def show(objection_id: int) -> ResponseReturnValue:
    """Show an objection; let the decision stand or reverse it."""
    objection = queries.get_objection(current_user, objection_id)
    form = OutcomeForm()
    if form.is_submitted():
        _require_other(objection)
    if not form.validate_on_submit():
        return _page(objection, form, 422 if form.is_submitted() else 200)
    reversing = form.outcome.data == REVERSED
    act = services.reverse_decision if reversing else services.uphold_decision
    try:
        act(current_user, objection, form.reasons.data)
    except (Conflict, Invalid) as error:
        return _refused(objection_id, form, error)
    db.session.commit()
    flash(_("The objection is decided; all parties are told."), "success")
    return redirect(objection.path, 303)


def _require_other(objection: Objection) -> None:
    allowed = policies.can_decide_objection(current_user, objection)
    access.require(allowed, policies.why_not_objection(current_user, objection))


def _refused(
    objection_id: int, form: OutcomeForm, error: Conflict | Invalid
) -> ResponseReturnValue:
    db.session.rollback()
    objection = queries.get_objection(current_user, objection_id)
    form.outcome.errors = [error.message]
    return _page(objection, form, int(error.status), error.message)


def _page(
    objection: Objection, form: OutcomeForm, status: int, conflict: str = ""
) -> ResponseReturnValue:
    target, seen = queries.then_and_now(objection.decision.case)
    return render_template(
        "reports/objection.html",
        objection=objection,
        decision=objection.decision,
        case=objection.decision.case,
        target=target,
        seen=seen,
        form=form,
        conflict=conflict,
        may_decide=policies.can_decide_objection(current_user, objection),
        why_not=policies.why_not_objection(current_user, objection),
        knows_reporters=policies.can_know_reporters(current_user, objection.decision.case),
        **WORDS,
    ), status


@objections.route("/<int:objection_id>/neu", methods=["GET", "POST"])
@access.rule("moderator")
def anew(objection_id: int) -> ResponseReturnValue:
    """Put another decision in the place of the first one."""
    objection = queries.get_objection(current_user, objection_id)
    _require_other(objection)
    case = objection.decision.case
    form = decision_form(case, NewDecisionForm)
    choice = deciding.complete(current_user, case, form) if form.is_submitted() else None
    if choice is None or not request.form.get("confirm"):
        return _anew_page(objection, form, choice)
    try:
        services.change_decision(current_user, objection, form.reasons.data, choice)
    except Conflict as error:
        return _refused(objection_id, OutcomeForm(formdata=None), error)
    db.session.commit()
    flash(_("The objection is decided; all parties are told."), "success")
    return redirect(objection.path, 303)


def _anew_page(
    objection: Objection, form: NewDecisionForm, choice: services.Choice | None
) -> ResponseReturnValue:
    case = objection.decision.case
    target, seen = queries.then_and_now(case)
    changing = "change" in request.form
    page = render_template(
        "reports/decide.html",
        case=case,
        objection=objection,
        target=target,
        seen=seen,
        form=form,
        preview=services.preview(case, choice) if choice and not changing else None,
        entries=deciding.entries(),
        **WORDS,
    )
    return page, 422 if form.is_submitted() and choice is None and not changing else 200
