"""The criteria of the quality seal: moderators write the next version, old ones never change."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.errors import Conflict, Invalid, NotFound
from kts.core.forms import ActionForm
from kts.curation.vocabularies.forms import CriteriaForm
from kts.curation.vocabularies.services import criteria as services
from kts.extensions import db
from kts.forum.differences import differences

criteria = Blueprint("criteria", __name__, url_prefix="/kuratierung/guetesiegel/kriterien")


@criteria.route("", methods=["GET", "POST"])
@access.rule("moderator")
def edit() -> ResponseReturnValue:
    """Write the draft of the next version."""
    draft, counting = services.draft(), services.criteria_now()
    form = CriteriaForm(body=(draft or counting).body, version=draft.version if draft else 0)
    if not form.validate_on_submit():
        return _page(form, 422 if form.is_submitted() else 200)
    try:
        services.save_draft(current_user, form.body.data, form.version.data or 0)
    except (Invalid, Conflict) as error:
        db.session.rollback()
        draft = services.draft()
        form.body.errors = [error.message]
        form.version.raw_data = [str(draft.version if draft else 0)]
        form.version.data = draft.version if draft else 0
        return _page(form, error.status)
    db.session.commit()
    flash(_("The draft is saved. It counts only once it is published."), "success")
    return redirect(url_for("criteria.edit"), 303)


def _page(form: CriteriaForm, status: int) -> ResponseReturnValue:
    draft, counting = services.draft(), services.criteria_now()
    return render_template(
        "vocabularies/criteria.html",
        form=form,
        draft=draft,
        lines=differences(counting.body, draft.body) if draft else None,
    ), status


@criteria.post("/veroeffentlichen")
@access.rule("moderator")
def publish() -> ResponseReturnValue:
    """Let the draft count from now on."""
    if not ActionForm().validate_on_submit():
        raise NotFound
    try:
        found = services.publish_criteria(current_user, request.form.get("version", 0, type=int))
    except Conflict as error:
        db.session.rollback()
        flash(error.message, "error")
        return redirect(url_for("criteria.edit"), 303)
    db.session.commit()
    flash(_("Version %(number)d is published.", number=found.number), "success")
    return redirect(url_for("seals.index"), 303)


@criteria.post("/verwerfen")
@access.rule("moderator")
def discard() -> ResponseReturnValue:
    """Throw the draft away."""
    if ActionForm().validate_on_submit():
        services.discard_draft(current_user)
        db.session.commit()
        flash(_("The draft is thrown away."), "success")
    return redirect(url_for("seals.index"), 303)
