"""The pages of a contributor: what of her words is used, how she is named, her answer."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.access import require
from kts.core.errors import Conflict, DomainError
from kts.curation.distilling import queries, services
from kts.curation.distilling.composing import preview
from kts.curation.distilling.forms import AnswerForm
from kts.curation.distilling.models import (
    CHANGES,
    DECLINED,
    SECTION_LENGTH,
    WAITING,
    DistillateContributor,
)
from kts.curation.distilling.passages import marks_in
from kts.curation.distilling.policies import can_answer_distillate_contributor
from kts.curation.distilling.services.asking import DECLINE
from kts.curation.distilling.views import contributing, require_token
from kts.curation.distilling.views.deciding import withdraw_prepared
from kts.extensions import db
from kts.forum.queries.threads import visible_threads


@contributing.get("")
@access.rule("signed-in", "only what the person herself was asked")
def index() -> ResponseReturnValue:
    """List what the person was asked about."""
    return render_template("distilling/own.html", parts=queries.own_parts(current_user))


@contributing.route("/<int:contributor_id>", methods=["GET", "POST"])
@access.rule("policy")
def answer(contributor_id: int) -> ResponseReturnValue:
    """Show exactly the words that are used and how she would be named, and take her answer."""
    contributor = _find(contributor_id)
    form = AnswerForm(contributor, data=_given(contributor))
    if not form.is_submitted():
        return _page(contributor, form)
    words = _typed(contributor)
    if not form.validate():
        return _page(contributor, form), 422
    try:
        services.answer(
            current_user,
            contributor,
            form.version.data or 0,
            form.choice.data,
            words=words,
            note=form.note.data or "",
        )
    except DomainError as error:
        form.version.data = contributor.version
        form.choice.errors = [error.message]
        return _page(contributor, form), error.status
    db.session.commit()
    flash(_thanks(contributor), "success")
    return redirect(contributor.path, 303)


def _find(contributor_id: int) -> DistillateContributor:
    locked = request.method == "POST"
    contributor = queries.get_contributor(current_user, contributor_id, lock=locked)
    allowed = can_answer_distillate_contributor(current_user, contributor)
    require(allowed, _("Only the author of these words can answer."))
    return contributor


def _given(contributor: DistillateContributor) -> dict[str, object]:
    """Give what she has answered before, to change it."""
    choice = "" if contributor.answer == WAITING else contributor.naming
    if contributor.answer == DECLINED:
        choice = DECLINE
    return {"version": contributor.version, "note": contributor.note, "choice": choice}


def _typed(contributor: DistillateContributor) -> dict[int, str]:
    return {
        one.id: request.form.get(f"words-{one.id}", "").replace("\r\n", "\n")[:SECTION_LENGTH]
        for one in contributor.passages
    }


def _thanks(contributor: DistillateContributor) -> str:
    if contributor.answer == DECLINED:
        return _("Thank you. Your words are taken out.")
    if contributor.answer == CHANGES:
        return _("Thank you. Your wording is looked at; you hear if it stays as it was.")
    return _("Thank you. You hear when it is published.")


def _page(contributor: DistillateContributor, form: AnswerForm) -> str:
    distillate = contributor.distillate
    reads = visible_threads(current_user).filter_by(id=distillate.thread_id)
    may_read = db.session.scalar(reads) is not None
    return render_template(
        "distilling/answer.html",
        contributor=contributor,
        distillate=distillate,
        form=form,
        passages=[one for one in contributor.passages if one.removed_at is None],
        quoted={n for text in distillate.texts.values() for n in marks_in(text)},
        typed=_typed(contributor) if form.is_submitted() else {},
        html=preview(distillate) if may_read and not distillate.is_dropped else "",
        may_read=may_read,
    )


@contributing.post("/<int:contributor_id>/name-zuruecknehmen")
@access.rule("policy")
def withdraw(contributor_id: int) -> ResponseReturnValue:
    """Take her name out of what is published, and of its earlier versions."""
    _find(contributor_id)
    require_token()
    try:
        withdraw_prepared(
            lambda: _find(contributor_id),
            lambda found, files: services.withdraw_name(current_user, found, files),
        )
    except Conflict as error:
        flash(error.message, "error")
    else:
        flash(_("Your name is taken out, of earlier versions too."), "success")
    return redirect(url_for("contributing.answer", contributor_id=contributor_id), 303)
