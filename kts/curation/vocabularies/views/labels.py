"""The labels of one thing: giving and taking."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.errors import Conflict, NotFound
from kts.curation.vocabularies import embedded, queries
from kts.curation.vocabularies.forms import GiveLabelForm, ReasonForm
from kts.curation.vocabularies.models import Label, LabelUse
from kts.curation.vocabularies.registry import LABELS
from kts.curation.vocabularies.services.labels import give_label, take_label
from kts.curation.vocabularies.subjects import Subject, find_subject, owned_by_others
from kts.extensions import db

labels = Blueprint("labels", __name__, url_prefix="/kuratierung/kennzeichen")


@labels.route("/<kind>/<int:number>", methods=["GET", "POST"])
@access.rule("moderator")
def edit(kind: str, number: int) -> ResponseReturnValue:
    """Show the labels of a thing, and give another one."""
    subject = find_subject(current_user, kind, number)
    form = _form(subject)
    if form.validate_on_submit():
        label = db.session.get(Label, form.label.data)
        if label is None:
            raise NotFound
        try:
            give_label(current_user, subject, label, form.reason.data)
        except Conflict as error:
            db.session.rollback()
            form.label.errors = [error.message]
            return _page(find_subject(current_user, kind, number), form), error.status
        db.session.commit()
        told = _("The label is given. The owner was told.")
        alone = _("The label is given.")
        flash(told if owned_by_others(subject, current_user) else alone, "success")
        return redirect(url_for("labels.edit", kind=kind, number=number), 303)
    return _page(subject, form), 422 if form.is_submitted() else 200


def _form(subject: Subject) -> GiveLabelForm:
    form = GiveLabelForm()
    has = {use.label_id for use in embedded.uses_of(subject.kind, subject.id)}
    form.offer(
        (label.id, label.label)
        for label in queries.all_terms(LABELS)
        if label.is_offered and (label.id not in has or request.method == "POST")
    )
    return form


def _page(subject: Subject, form: GiveLabelForm, taking: ReasonForm | None = None) -> str:
    return render_template(
        "vocabularies/labels.html",
        subject=subject,
        uses=embedded.uses_of(subject.kind, subject.id),
        form=form,
        taking=taking,
    )


@labels.post("/<kind>/<int:number>/<int:use_id>/entfernen")
@access.rule("moderator")
def take(kind: str, number: int, use_id: int) -> ResponseReturnValue:
    """Take a label away."""
    subject = find_subject(current_user, kind, number)
    use = db.session.get(LabelUse, use_id)
    if use is None or (use.kind, use.object_id) != (kind, number):
        flash(_("The label was taken away meanwhile. Nothing was done twice."), "info")
        return redirect(url_for("labels.edit", kind=kind, number=number), 303)
    form = ReasonForm()
    if not form.validate_on_submit():
        given = GiveLabelForm(formdata=None)
        given.offer(())
        return _page(subject, given, form), 422
    take_label(current_user, subject, use, form.reason.data)
    db.session.commit()
    told, alone = _("The label is taken away. The owner was told."), _("The label is taken away.")
    flash(told if owned_by_others(subject, current_user) else alone, "success")
    return redirect(url_for("labels.edit", kind=kind, number=number), 303)
