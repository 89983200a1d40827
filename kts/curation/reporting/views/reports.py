"""Reporting, with or without an account, and what became of it."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.errors import Conflict, Invalid
from kts.core.web import limited_person
from kts.curation.reporting import links, queries, services, targets
from kts.curation.reporting.forms import ObjectionForm, ReportForm, StateForm, paragraph_choices
from kts.curation.reporting.models import REPORTER, Report
from kts.curation.reporting.texts import CATEGORIES, CONTENT, KINDS, OUTCOMES, ground_of
from kts.extensions import db, limiter

reports = Blueprint("reports", __name__, url_prefix="/melden")

REPORTS = "10 per hour"  # a whole office shares an address; programs send hundreds
LOOKUPS = "30 per hour"  # numbers cannot be guessed; this only keeps machines away


@reports.route("", methods=["GET", "POST"])
@access.rule("everyone", "Art. 16 DSA: anybody reports, without an account")
@limiter.limit(REPORTS, methods=["POST"], key_func=limited_person)
def create() -> ResponseReturnValue:
    """Take a report of anything that the person can see."""
    form = ReportForm()
    form.paragraph.choices = paragraph_choices(queries.rules_now() or services.starting_rules())
    if current_user.is_authenticated:
        del form.name, form.email
    if form.is_submitted() and form.is_barrier:
        return redirect(f"/barriere-melden?{urlencode({'von': form.address.data or ''})}", 303)
    complete = form.validate_on_submit()
    target = _target(form)
    if not complete or target is None:
        status = 422 if form.is_submitted() else 200
        return render_template("reports/report.html", form=form, target=target, kinds=KINDS), status
    if form.website.data:  # a filled trap gets an answer and leaves nothing
        return redirect(url_for("reports.find"), 303)
    report = services.file_report(current_user, target, **_given(form))
    db.session.commit()
    flash(_("Your report has arrived."), "success")
    return redirect(links.report_link(report), 303)


def _target(form: ReportForm) -> targets.Target | None:
    """Find what is reported; an address that leads nowhere is refused only once it is sent."""
    if not form.is_submitted():
        form.address.data = request.args.get("adresse", "")[:1000]
    try:
        return targets.find(current_user, form.address.data or "")
    except Invalid as error:
        if form.is_submitted():
            form.address.errors = [error.message]
        else:
            form.address.data = ""
        return None


def _given(form: ReportForm) -> dict[str, Any]:
    person = current_user if current_user.is_authenticated else None
    return {
        "category": form.category.data,
        "explanation": form.explanation.data,
        "law": form.law.data or "",
        "paragraph": form.paragraph.data or "",
        "name": person.display_name if person else form.name.data or "",
        "email": person.email if person else form.email.data or "",
        "lang": get_locale().language,
    }


@reports.route("/stand", methods=["GET", "POST"])
@access.rule("everyone", "the number and the address together are the permission")
@limiter.limit(LOOKUPS, methods=["POST"], key_func=limited_person)
def find() -> ResponseReturnValue:
    """Lead from a number and an address to the report or the decision."""
    form = StateForm(number=request.args.get("nummer", ""))
    if form.validate_on_submit():
        report = queries.report_by_number(form.number.data, form.email.data)
        if report is not None:
            return redirect(links.report_link(report), 303)
        decision = queries.decision_by_number(form.number.data, form.email.data)
        if decision is not None:
            return redirect(links.statement_link(decision), 303)
        form.number.errors = [_("There is nothing under this number and this address.")]
    status = 422 if form.is_submitted() else 200
    return render_template("reports/find.html", form=form), status


@reports.get("/meine")
@access.rule("signed-in")
def own() -> ResponseReturnValue:
    """List what the person has reported, and what was decided about her own content."""
    return render_template(
        "reports/own.html",
        reports=queries.own_reports(current_user),
        decisions=queries.own_decisions(current_user),
        link=links.report_link,
        content=CONTENT,
    )


@reports.get("/stand/<token>")
@access.rule("everyone", "the signature of the link is the permission")
def state(token: str) -> ResponseReturnValue:
    """Show what became of a report."""
    return _state_page(token, links.report_of(token), ObjectionForm())


@reports.post("/stand/<token>/widerspruch")
@access.rule("everyone", "the signature of the link is the permission")
@limiter.limit(REPORTS, key_func=limited_person)
def object_to(token: str) -> ResponseReturnValue:
    """Take the objection of somebody who reported."""
    report = links.report_of(token)
    form = ObjectionForm()
    decision = report.case.decision
    if decision is None:
        raise Conflict(_("Nothing has been decided yet."))
    if not form.validate_on_submit():
        return _state_page(token, report, form, 422)
    user = report.user
    services.object_to(decision, REPORTER, form.text.data, user=user, report=report)
    db.session.commit()
    flash(_("Your objection has arrived. Another moderator decides about it."), "success")
    return redirect(url_for("reports.state", token=token), 303)


def _state_page(
    token: str, report: Report, form: ObjectionForm, status: int = 200
) -> ResponseReturnValue:
    decision = report.case.decision
    page = render_template(
        "reports/state.html",
        report=report,
        token=token,
        decision=decision,
        form=form,
        objections=[o for d in report.case.decisions for o in d.objections if o.report is report],
        may_object=decision is not None and services.can_object(decision, REPORTER, report),
        last_day=decision.created + services.OBJECTION_WITHIN if decision else None,
        ground=ground_of(decision) if decision else "",
        gets_receipt=decision is None and queries.gets_receipt(report),
        outcomes=OUTCOMES,
        categories=CATEGORIES,
        content=CONTENT,
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response
