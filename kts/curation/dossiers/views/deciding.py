"""What moderators decide: publishing, who reads and who edits, the place on the home page."""

from collections.abc import Callable
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access, slots
from kts.core.decided import require_undecided
from kts.core.errors import Conflict, Invalid
from kts.core.web import whole_number
from kts.curation.dossiers import queries, services
from kts.curation.dossiers.forms import (
    AudienceForm,
    EditorForm,
    FeatureForm,
    PublishForm,
    RetireForm,
)
from kts.curation.dossiers.models import Dossier
from kts.curation.dossiers.services.featuring import featured_now
from kts.curation.dossiers.services.versions import has_unpublished_changes, latest_version
from kts.curation.dossiers.views import dossiers, editor_url, require_token
from kts.extensions import db

STEPS = {"hoch": -1, "runter": 1}


def _turn(
    dossier_id: int, verb: Callable[..., object], told: str, *, deleted: bool = False
) -> Dossier:
    """Do something to the whole dossier, commit, and say so."""
    dossier = queries.get_dossier(dossier_id, current_user, deleted=deleted)
    require_token()
    verb(current_user, dossier)
    db.session.commit()
    flash(told, "success")
    return dossier


@dossiers.post("/<int:dossier_id>/veroeffentlichen")
@access.rule("moderator")
def publish(dossier_id: int) -> ResponseReturnValue:
    """Publish the draft as the next version."""
    dossier = queries.get_dossier(dossier_id, current_user, lock=True)
    form = PublishForm()
    if not form.validate_on_submit():
        flash(_("The text is too long. Nothing was changed."), "error")
        return redirect(editor_url(dossier), 303)
    require_undecided(dossier, "hidden")
    if _waits_for_review(dossier, dossier.visibility):
        return _submit(dossier, form.note.data or "")
    try:
        version = services.publish_dossier(current_user, dossier, form.note.data or "")
    except Invalid as error:
        flash(error.message, "error")
        return redirect(editor_url(dossier), 303)
    db.session.commit()
    flash(_("Version %(number)s is published.", number=version.number), "success")
    return redirect(dossier.path, 303)


def _waits_for_review(dossier: Dossier, visibility: str) -> bool:
    """Say whether somebody else has to approve the draft; what was approved once comes back."""
    if not has_unpublished_changes(dossier, latest_version(dossier)):
        return False
    return any(slots.contributions("dossier_review", dossier=dossier)) or any(
        slots.contributions("dossier_needs_review", actor=current_user, visibility=visibility)
    )


def _submit(dossier: Dossier, note: str) -> ResponseReturnValue:
    try:
        slots.contributions("dossier_submit", actor=current_user, dossier=dossier, note=note)
    except (Conflict, Invalid) as error:
        db.session.rollback()
        flash(error.message, "error")
        return redirect(url_for("dossiers.edit", dossier_id=dossier.id), 303)
    db.session.commit()
    flash(_("The draft is submitted. Somebody else reviews it before it is published."), "success")
    return redirect(editor_url(dossier), 303)


@dossiers.post("/<int:dossier_id>/zurueckziehen")
@access.rule("moderator")
def withdraw(dossier_id: int) -> ResponseReturnValue:
    """Make the dossier a draft again."""
    told = _("The dossier is a draft again; only moderators and its editors see it.")
    return redirect(editor_url(_turn(dossier_id, services.withdraw_dossier, told)), 303)


@dossiers.route("/<int:dossier_id>/stilllegen", methods=["GET", "POST"])
@access.rule("moderator")
def retire(dossier_id: int) -> ResponseReturnValue:
    """Ask for the reason, and retire the dossier."""
    dossier = queries.get_dossier(dossier_id, current_user)
    form = RetireForm()
    if form.validate_on_submit():
        try:
            services.retire_dossier(current_user, dossier, form.reason.data)
        except Invalid as error:
            form.reason.errors = [error.message]
        else:
            db.session.commit()
            flash(_("The dossier is retired. Its address says so."), "success")
            return redirect(dossier.path, 303)
    status = 422 if form.is_submitted() else 200
    return render_template("dossiers/retire.html", dossier=dossier, form=form), status


@dossiers.post("/<int:dossier_id>/loeschen")
@access.rule("moderator")
def delete(dossier_id: int) -> ResponseReturnValue:
    """Take the dossier away; the next page offers to bring it back."""
    dossier = queries.get_dossier(dossier_id, current_user)
    require_token()
    services.delete_dossier(current_user, dossier)
    db.session.commit()
    undo = url_for("dossiers.restore", dossier_id=dossier_id)
    flash({"text": _("The dossier is deleted."), "undo": undo}, "undo")
    return redirect(url_for("dossiers.index"), 303)


@dossiers.post("/<int:dossier_id>/wiederherstellen")
@access.rule("moderator")
def restore(dossier_id: int) -> ResponseReturnValue:
    """Bring a deleted dossier back as a draft."""
    told = _("The dossier is back as a draft.")
    return redirect(
        editor_url(_turn(dossier_id, services.restore_dossier, told, deleted=True)), 303
    )


@dossiers.get("/<int:dossier_id>/zugang")
@access.rule("moderator")
def people(dossier_id: int) -> ResponseReturnValue:
    """Show who can read the dossier and who edits it."""
    return _people_page(queries.get_dossier(dossier_id, current_user))


def _people_page(dossier: Dossier, naming: EditorForm | None = None) -> str:
    return render_template(
        "dossiers/people.html",
        dossier=dossier,
        audience=AudienceForm(formdata=None, obj=dossier),
        naming=naming or EditorForm(formdata=None),
        editors=queries.editors_of(dossier),
    )


@dossiers.post("/<int:dossier_id>/zugang/lesen")
@access.rule("moderator")
def change_audience(dossier_id: int) -> ResponseReturnValue:
    """Say who can read the dossier."""
    dossier = queries.get_dossier(dossier_id, current_user)
    form = AudienceForm()
    if not form.validate_on_submit():
        raise Invalid(_("Please choose who can read the dossier."))
    _require_reviewed_for(dossier, form.visibility.data)
    services.change_audience(current_user, dossier, form.visibility.data)
    db.session.commit()
    flash(_("Saved."), "success")
    return redirect(url_for("dossiers.people", dossier_id=dossier.id), 303)


def _require_reviewed_for(dossier: Dossier, visibility: str) -> None:
    """Let what nobody has reviewed not reach more readers by the way."""
    if dossier.is_published and dossier.visibility.startswith("group:"):
        needed = slots.contributions(
            "dossier_needs_review", actor=current_user, visibility=visibility
        )
        if any(needed):
            raise Invalid(
                _("Please withdraw the dossier first; somebody else reviews it for its readers.")
            )


@dossiers.post("/<int:dossier_id>/zugang/mitwirkende")
@access.rule("moderator")
def name_editor(dossier_id: int) -> ResponseReturnValue:
    """Let a person edit the draft."""
    dossier = queries.get_dossier(dossier_id, current_user)
    form = EditorForm()
    if not form.validate_on_submit():
        return _people_page(dossier, form), 422
    try:
        editor = services.name_editor(current_user, dossier, form.person.data)
    except Invalid as error:
        form.person.errors = [error.message]
        return _people_page(dossier, form), 422
    db.session.commit()
    told = _("%(name)s can edit the dossier now and was told.", name=editor.user.display_name)
    flash(told, "success")
    return redirect(url_for("dossiers.people", dossier_id=dossier.id), 303)


@dossiers.post("/<int:dossier_id>/zugang/mitwirkende/<int:editor_id>/entfernen")
@access.rule("moderator")
def remove_editor(dossier_id: int, editor_id: int) -> ResponseReturnValue:
    """End somebody's work on the dossier."""
    dossier = queries.get_dossier(dossier_id, current_user)
    editor = queries.get_editor(dossier, editor_id)
    require_token()
    person = services.remove_editor(current_user, dossier, editor)
    db.session.commit()
    told = _("%(name)s no longer edits the dossier and was told.", name=person.display_name)
    flash(told, "success")
    return redirect(url_for("dossiers.people", dossier_id=dossier.id), 303)


@dossiers.get("/startseite")
@access.rule("moderator")
def featured() -> ResponseReturnValue:
    """Show what stands on the home page, and offer the other published dossiers."""
    row = featured_now()
    others = [one for one in queries.published_dossiers(current_user) if one not in row]
    return render_template(
        "dossiers/featured.html",
        row=row,
        others=others,
        form=FeatureForm(formdata=None),
        most=queries.MOST_FEATURED,
    )


@dossiers.post("/<int:dossier_id>/startseite")
@access.rule("moderator")
def feature(dossier_id: int) -> ResponseReturnValue:
    """Put the dossier on the home page, or change until when it stands there."""
    dossier = queries.get_dossier(dossier_id, current_user)
    form = FeatureForm()
    if not form.validate_on_submit():
        raise Invalid(_("Please give the day as in 2026-12-31, or none."))
    services.feature_dossier(current_user, dossier, form.until.data, form.place.data)
    db.session.commit()
    flash(_("“%(title)s” is on the home page.", title=dossier.shown_title), "success")
    return redirect(url_for("dossiers.featured"), 303)


@dossiers.post("/<int:dossier_id>/startseite/<any(hoch, runter, entfernen):deed>")
@access.rule("moderator")
def arrange_featured(dossier_id: int, deed: str) -> ResponseReturnValue:
    """Move it on the home page, or take it away; the next page offers to put it back."""
    dossier = queries.get_dossier(dossier_id, current_user)
    require_token()
    if deed in STEPS:
        services.move_featured(current_user, dossier, STEPS[deed])
        db.session.commit()
        return redirect(url_for("dossiers.featured", _anchor=f"{deed}-{dossier_id}"), 303)
    place, until = dossier.featured_place, dossier.featured_until
    services.unfeature_dossier(current_user, dossier)
    db.session.commit()
    told = _("“%(title)s” is no longer on the home page.", title=dossier.shown_title)
    flash({"text": told, "undo": _feature_again(dossier_id, place, until)}, "undo")
    return redirect(url_for("dossiers.featured"), 303)


def _feature_again(dossier_id: int, place: int | None, until: date | None) -> str:
    return url_for("dossiers.feature_again", dossier_id=dossier_id, platz=place, bis=until)


@dossiers.post("/<int:dossier_id>/startseite/wieder")
@access.rule("moderator")
def feature_again(dossier_id: int) -> ResponseReturnValue:
    """Put the dossier back to its place on the home page."""
    dossier = queries.get_dossier(dossier_id, current_user)
    require_token()
    until = request.args.get("bis", type=date.fromisoformat)
    place = request.args.get("platz", type=whole_number)
    services.feature_dossier(current_user, dossier, until, place)
    db.session.commit()
    return redirect(url_for("dossiers.featured"), 303)
