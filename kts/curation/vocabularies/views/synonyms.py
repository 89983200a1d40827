"""Merging and splitting groups of synonyms, each with a preview."""

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.errors import Conflict, Invalid
from kts.curation.queries.synonyms import all_groups, get_group
from kts.curation.vocabularies.forms import MergeForm, ReasonForm
from kts.curation.vocabularies.models import VocabularyChange
from kts.curation.vocabularies.services import synonyms as services
from kts.curation.vocabularies.views.lists import vocabularies
from kts.extensions import db


@vocabularies.route("/synonyme/<int:group_id>/zusammenfuehren", methods=["GET", "POST"])
@access.rule("moderator")
def merge_groups(group_id: int) -> ResponseReturnValue:
    """Merge two groups."""
    form = MergeForm()
    form.offer((str(g.id), g.words) for g in all_groups() if g.id != group_id)
    preview, message, status = None, "", 422 if form.is_submitted() else 200
    if form.validate_on_submit() and "change" not in request.form:
        other = int(form.into.data)
        try:
            if "confirm" in request.form:
                mark = request.form.get("mark", "")
                told = {"mark": mark, "reason": form.reason.data}
                return _done(services.merge_two(current_user, group_id, other, **told))
        except (Conflict, Invalid) as error:
            db.session.rollback()
            message, status = error.message, error.status
        try:
            pair = get_group(group_id), get_group(other)
            preview = services.together(*pair), services.mark_of(pair)
            status = status if message else 200
        except Invalid as error:
            message, status = error.message, error.status
    return render_template(
        "vocabularies/merge_groups.html",
        group=get_group(group_id),
        form=form,
        preview=preview,
        message=message,
    ), status


def _done(change: VocabularyChange) -> ResponseReturnValue:
    db.session.commit()
    flash(_("Done. It can be undone for 30 days."), "success")
    return redirect(change.path, 303)


@vocabularies.route("/synonyme/<int:group_id>/aufteilen", methods=["GET", "POST"])
@access.rule("moderator")
def split_group(group_id: int) -> ResponseReturnValue:
    """Put some words of a group into a group of their own."""
    group = get_group(group_id)
    form = ReasonForm()
    going = [word for word in group.members if word in request.form.getlist("word")]
    preview, message, status = None, "", 422 if form.is_submitted() else 200
    if form.validate_on_submit() and "change" not in request.form:
        try:
            if "confirm" in request.form:
                told = {"mark": request.form.get("mark", ""), "reason": form.reason.data}
                return _done(services.split_group(current_user, group_id, going, **told))
        except (Conflict, Invalid) as error:
            db.session.rollback()
            message, status = error.message, error.status
        try:
            group = get_group(group_id)
            preview = (*services.parts(group, going), services.mark_of((group,)))
            status = status if message else 200
        except Invalid as error:
            message, status = error.message, error.status
    return render_template(
        "vocabularies/split_group.html",
        group=get_group(group_id),
        form=form,
        going=going,
        preview=preview,
        message=message,
    ), status
