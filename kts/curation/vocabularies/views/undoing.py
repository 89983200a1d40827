"""What was done to a vocabulary, and its way back."""

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from kts.core import access
from kts.core.errors import Conflict
from kts.curation.vocabularies import queries, services
from kts.curation.vocabularies.forms import ReasonForm
from kts.curation.vocabularies.models import VocabularyChange
from kts.curation.vocabularies.registry import VOCABULARIES
from kts.curation.vocabularies.views.lists import vocabularies
from kts.extensions import db


@vocabularies.get("/aenderungen/<int:change_id>")
@access.rule("moderator")
def shown_change(change_id: int) -> ResponseReturnValue:
    """Show one change: what it moved, why, and whether it can be undone."""
    return _page(queries.get_change(change_id), ReasonForm(formdata=None))


def _page(change: VocabularyChange, form: ReasonForm) -> str:
    vocabulary = VOCABULARIES.get(change.vocabulary)
    moved = change.image.get("uses", {})
    places = vocabulary.places if vocabulary else ()
    return render_template(
        "vocabularies/shown_change.html",
        change=change,
        vocabulary=vocabulary,
        term=queries.term_of(change) if vocabulary else None,
        moved=[(place.label, len(moved[place.key])) for place in places if moved.get(place.key)],
        form=form,
    )


@vocabularies.post("/aenderungen/<int:change_id>/rueckgaengig")
@access.rule("moderator")
def undo(change_id: int) -> ResponseReturnValue:
    """Undo a change, but for what was changed since."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(queries.get_change(change_id), form), 422
    change = queries.get_change(change_id, lock=True)
    try:
        services.undo_change(current_user, change, reason=form.reason.data)
    except Conflict as error:
        db.session.rollback()
        flash(error.message, "error")
        return redirect(queries.get_change(change_id).path, 303)
    db.session.commit()
    left = change.left_alone
    told = ngettext(
        "%(num)d thing was changed since and stays as it is.",
        "%(num)d things were changed since and stay as they are.",
        left,
    )
    undone = _("The change is undone.")
    flash(f"{undone} {told}" if left else undone, "success")
    return redirect(change.path, 303)
