"""Writing a draft: its sections, its quotations, what readers would get."""

from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from kts.accounts.models import MunicipalityMembership
from kts.core import access
from kts.core.errors import Conflict
from kts.core.forms import choices_of, labels_of
from kts.curation.distilling import services
from kts.curation.distilling.checking import obstacles
from kts.curation.distilling.composing import SECTIONS, preview
from kts.curation.distilling.forms import (
    DraftForm,
    ExperienceDraftForm,
    PublishForm,
    ReasonForm,
    form_of,
)
from kts.curation.distilling.models import NEW, SECTION_LENGTH, Distillate
from kts.curation.distilling.passages import marks_in
from kts.curation.distilling.policies import can_publish_distillate
from kts.curation.distilling.views import distilling, find_to_edit
from kts.extensions import db
from kts.forum.differences import differences
from kts.forum.queries.categories import writable_categories
from kts.municipalities.models import Municipality


@distilling.route("/kuratierung/wissen/<int:distillate_id>", methods=["GET", "POST"])
@access.rule("policy")
def edit(distillate_id: int) -> ResponseReturnValue:
    """Show the draft, and save what was written into it."""
    distillate = find_to_edit(distillate_id)
    form = form_of(distillate)
    _offer_municipalities(form, distillate)
    if not form.is_submitted():
        return edit_page(distillate, form)
    too_long = _too_long(distillate)
    if not form.validate() or too_long:
        form.title.errors = [*form.title.errors, *too_long]
        return edit_page(distillate, form), 422
    if "preview" in request.form:
        return edit_page(distillate, form, shown=preview(distillate, form.texts))
    try:
        _save(distillate, form)
    except Conflict as conflict:
        form.version.data = distillate.version
        form.title.errors = [conflict.message]
        return edit_page(distillate, form, compared=_compared(distillate, form)), conflict.status
    db.session.commit()
    flash(_("Saved."), "success")
    return redirect(distillate.path, 303)


def _save(distillate: Distillate, form: DraftForm) -> None:
    municipality = form["municipality"].data if "municipality" in form else None
    services.change(
        current_user,
        distillate,
        form.version.data or 0,
        title=form.title.data or "",
        texts=form.texts,
        as_of=form["as_of"].data if "as_of" in form else distillate.as_of,
        municipality_id=municipality or None,
        words=_typed_words(distillate),
        turned={one.id for one in distillate.passages if f"turn-{one.id}" in request.form},
    )


def _typed_words(distillate: Distillate) -> dict[int, str]:
    """Give the quotations as they were typed, by passage."""
    return {
        one.id: request.form[f"words-{one.id}"].replace("\r\n", "\n").strip()
        for one in distillate.passages
        if f"words-{one.id}" in request.form
    }


def _too_long(distillate: Distillate) -> list[str]:
    if all(len(words) <= SECTION_LENGTH for words in _typed_words(distillate).values()):
        return []
    return [_("A quotation can have at most %(max)d characters.", max=SECTION_LENGTH)]


def _offer_municipalities(form: DraftForm, distillate: Distillate) -> None:
    """Offer the places of the thread and of those who wrote in it; an editor only her own."""
    if not isinstance(form, ExperienceDraftForm):
        return
    people = [one.user_id for one in distillate.contributors if one.user_id]
    belongs = select(MunicipalityMembership.municipality_id).where(
        MunicipalityMembership.user_id.in_(people)
    )
    own = (distillate.thread.municipality_id, distillate.municipality_id)
    statement = select(Municipality).where(
        Municipality.id.in_(belongs) | Municipality.id.in_([one for one in own if one])
    )
    found = db.session.scalars(statement.order_by(Municipality.name)).all()
    offered = [(one.id, one.name) for one in found]
    if current_user.is_moderator:
        offered = [(0, _("no municipality")), *offered]
    else:
        offered = [one for one in offered if current_user.edits(one[0])]
    form.municipality.choices = choices_of(offered)


def _compared(distillate: Distillate, form: DraftForm) -> list[Any]:
    """Lay what was typed beside what is saved; nothing of either is lost."""
    pairs = [(form.title.label.text, distillate.title, form.title.data or "")]
    for name, heading in SECTIONS[distillate.kind]:
        pairs.append((heading, distillate.texts.get(name, ""), form.texts.get(name, "")))
    for passage in distillate.passages:
        typed = _typed_words(distillate).get(passage.id, passage.words)
        pairs.append((_("Quotation %(number)d", number=passage.number), passage.words, typed))
    return [(label, differences(old, new)) for label, old, new in pairs if old != new]


def edit_page(
    distillate: Distillate,
    form: DraftForm | None = None,
    *,
    shown: str | None = None,
    compared: list[Any] | None = None,
    refused: list[str] | None = None,
) -> str:
    """Render the page on which the draft is worked on."""
    if form is None:
        form = form_of(distillate, formdata=None)
        _offer_municipalities(form, distillate)
    publishing = PublishForm(formdata=None, data={"version": distillate.version})
    publishing.category.choices = _categories(distillate)
    publishing.category.data = distillate.thread.category_id
    used = [one for one in distillate.contributors if one.is_used]
    return render_template(
        "distilling/edit.html",
        distillate=distillate,
        form=form,
        typed=_typed_words(distillate) if form.is_submitted() else {},
        turned={one.id for one in distillate.passages if f"turn-{one.id}" in request.form},
        quoted={n for text in distillate.texts.values() for n in marks_in(text)},
        shown=shown,
        compared=compared,
        refused=refused,
        obstacles=obstacles(distillate),
        to_ask=[one for one in used if one.standing == NEW],
        publishing=publishing,
        dropping=ReasonForm(formdata=None),
        publishes=can_publish_distillate(current_user, distillate),
        municipalities=labels_of(form["municipality"]) if "municipality" in form else {},
    )


def _categories(distillate: Distillate) -> list[Any]:
    if distillate.is_factsheet or not current_user.is_moderator:
        return []
    visibility = distillate.thread.visibility
    found = [one for one in writable_categories(current_user) if one.visibility == visibility]
    return choices_of((one.id, one.name) for one in found)


@distilling.get("/kuratierung/wissen/<int:distillate_id>/vorschau")
@access.rule("policy")
def show_preview(distillate_id: int) -> ResponseReturnValue:
    """Show the draft as readers would get it."""
    distillate = find_to_edit(distillate_id)
    html = preview(distillate)
    return render_template("distilling/preview.html", distillate=distillate, html=html)
