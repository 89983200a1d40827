"""The statement of reasons, for those whom the decision concerns, and their objection."""

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.web import limited_person
from kts.curation.reporting import links, policies, queries, services
from kts.curation.reporting.forms import ObjectionForm
from kts.curation.reporting.models import AUTHOR, Decision
from kts.curation.reporting.telling import told
from kts.curation.reporting.texts import CONTENT, KINDS, OUTCOMES, ground_of
from kts.extensions import db, limiter

statements = Blueprint("statements", __name__)

OBJECTIONS = "10 per hour"


@statements.get("/entscheidungen/<int:decision_id>")
@access.rule("everyone", "those concerned and moderators; for all others it does not exist")
def show(decision_id: int) -> ResponseReturnValue:
    """Show the reasons to the author or a moderator."""
    return _page(queries.get_decision(current_user, decision_id), ObjectionForm())


@statements.get("/entscheidung/<token>")
@access.rule("everyone", "the signature of the link is the permission")
def by_link(token: str) -> ResponseReturnValue:
    """Show the reasons to whoever got the link by mail, also while her account is suspended."""
    return _page(links.decision_of(token), ObjectionForm())


@statements.post("/entscheidung/<token>/widerspruch")
@access.rule("everyone", "the signature of the link is the permission")
@limiter.limit(OBJECTIONS, key_func=limited_person)
def object_to(token: str) -> ResponseReturnValue:
    """Take the objection of the person concerned."""
    decision = links.decision_of(token)
    case, form = decision.case, ObjectionForm()
    allowed = policies.can_object_as_concerned(current_user, case)
    access.require(allowed, _("Only the person concerned can object here."))
    if not form.validate_on_submit():
        return _page(decision, form, 422)
    editor = current_user if policies.is_concerned(current_user, case) else None
    services.object_to(decision, AUTHOR, form.text.data, user=case.author or editor)
    db.session.commit()
    flash(_("Your objection has arrived. Another moderator decides about it."), "success")
    return redirect(url_for("statements.by_link", token=token), 303)


def _page(decision: Decision, form: ObjectionForm, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "reports/statement.html",
        decision=decision,
        token=links.statement_link(decision).rpartition("/")[2],
        form=form,
        ground=ground_of(decision),
        measures=[(measure, told(measure)) for measure in decision.measures],
        objections=[o for o in decision.objections if o.party == AUTHOR],
        may_object=services.can_object(decision, AUTHOR)
        and policies.can_object_as_concerned(current_user, decision.case),
        last_day=decision.created + services.OBJECTION_WITHIN,
        kinds=KINDS,
        content=CONTENT,
        outcomes=OUTCOMES,
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response
