"""Working on a draft: its words, its cover, going back to an older version."""

import re
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access, slots
from kts.core.errors import Conflict, Invalid
from kts.curation.dossiers import queries, services
from kts.curation.dossiers.forms import (
    DOCUMENT_COVER,
    NO_COVER,
    UPLOAD,
    AddItemForm,
    CoverForm,
    DossierForm,
    PublishForm,
)
from kts.curation.dossiers.models import DOCUMENT, PAGE, TITLE_LENGTH, Dossier
from kts.curation.dossiers.parts import shown_parts
from kts.curation.dossiers.policies import can_publish_dossier
from kts.curation.dossiers.services.covers import receive_cover
from kts.curation.dossiers.services.versions import has_unpublished_changes, latest_version
from kts.curation.dossiers.snapshots import draft_of
from kts.curation.dossiers.views import dossiers, editor_url, find_to_edit, require_token
from kts.curation.dossiers.views.reading import cover_of
from kts.documents.models import Document
from kts.documents.queries import visible_documents
from kts.extensions import db
from kts.forum.differences import differences


@dossiers.route("/neu", methods=["GET", "POST"])
@access.rule("moderator")
def create() -> ResponseReturnValue:
    """Begin a dossier."""
    form = DossierForm()
    if form.validate_on_submit():
        dossier = services.create_dossier(
            current_user,
            form.title.data,
            form.summary.data or "",
            form.text.data or "",
            form.chosen_topics,
        )
        db.session.commit()
        flash(_("The dossier is saved as a draft. Now add its parts."), "success")
        return redirect(editor_url(dossier), 303)
    if not form.is_submitted():
        form.title.data = request.args.get("titel", "")[:TITLE_LENGTH]
    status = 422 if form.is_submitted() else 200
    return render_template("dossiers/new.html", form=form), status


@dossiers.route("/<int:dossier_id>/bearbeiten", methods=["GET", "POST"])
@access.rule("policy")
def edit(dossier_id: int) -> ResponseReturnValue:
    """Change the words of a dossier; its parts are changed one by one below."""
    dossier = find_to_edit(dossier_id)
    form = DossierForm(obj=dossier)
    if not form.validate_on_submit():
        return edit_page(dossier, form), 422 if form.is_submitted() else 200
    try:
        services.change_dossier(
            current_user,
            dossier,
            form.version.data or 0,
            title=form.title.data,
            summary=form.summary.data or "",
            text=form.text.data or "",
            topics=form.chosen_topics,
        )
    except Conflict as conflict:
        form.version.data = dossier.version
        form.title.errors = [conflict.message]
        return edit_page(dossier, form, compared=_compared(dossier, form)), conflict.status
    db.session.commit()
    flash(_("Saved."), "success")
    return redirect(editor_url(dossier), 303)


def _compared(dossier: Dossier, form: DossierForm) -> list[Any]:
    """Lay what was typed beside what is saved; nothing of either is lost."""
    fields = (form.title, form.summary, form.text)
    return [
        (field.label.text, differences(getattr(dossier, field.name), field.data or ""))
        for field in fields
        if getattr(dossier, field.name) != (field.data or "")
    ]


def edit_page(
    dossier: Dossier,
    form: DossierForm | None = None,
    adding: AddItemForm | None = None,
    compared: list[Any] | None = None,
) -> str:
    """Render the page on which the draft is changed."""
    book = draft_of(dossier)
    latest = latest_version(dossier)
    for_readers = shown_parts(book, queries.readers_of(dossier.visibility))
    return render_template(
        "dossiers/edit.html",
        dossier=dossier,
        form=form or DossierForm(formdata=None, obj=dossier),
        adding=adding or AddItemForm(formdata=None),
        publishing=PublishForm(formdata=None),
        compared=compared,
        shown=shown_parts(book, current_user),
        versions={item.id: item.version for item in dossier.items},
        hidden={one.part.id for one in for_readers if not one.is_shown},
        cover=cover_of(dossier, book),
        latest=latest,
        changed=has_unpublished_changes(dossier, latest),
        publishes=can_publish_dossier(current_user, dossier),
        review=next(filter(None, slots.contributions("dossier_review", dossier=dossier)), None),
        before=_numbers(request.args.get("zurueck", "")),
    )


def _numbers(text: str) -> str:
    """Keep an order from the address only if it is one."""
    return text if re.fullmatch(r"[0-9]{1,9}(,[0-9]{1,9}){0,99}", text) else ""


@dossiers.route("/<int:dossier_id>/titelbild", methods=["GET", "POST"])
@access.rule("policy")
def choose_cover(dossier_id: int) -> ResponseReturnValue:
    """Choose the image that stands for the dossier."""
    dossier = find_to_edit(dossier_id)
    form = CoverForm()
    form.offer("key" in dossier.cover, _covers_inside(dossier))
    if not form.is_submitted():
        _show_choice(form, dossier)
        return _cover_page(dossier, form)
    if not form.validate():
        return _cover_page(dossier, form), 422
    try:
        dossier = _save_cover(dossier, form)
    except Invalid as error:
        field = form.alt if error.args[0] == _alt_needed() else form.file
        field.errors = [error.message]
        return _cover_page(queries.get_dossier(dossier_id, current_user), form), 422
    db.session.commit()
    flash(_("Saved."), "success")
    return redirect(editor_url(dossier), 303)


def _show_choice(form: CoverForm, dossier: Dossier) -> None:
    if "document" in dossier.cover:
        form.source.data = f"{DOCUMENT_COVER}{dossier.cover['document']}"
    elif "key" in dossier.cover:
        form.source.data, form.alt.data = UPLOAD, dossier.cover["alt"]
        form.decorative.data = not dossier.cover["alt"]


def _save_cover(dossier: Dossier, form: CoverForm) -> Dossier:
    choice = form.source.data
    if choice == NO_COVER:
        services.remove_cover(current_user, dossier)
        return dossier
    if choice != UPLOAD:
        number = int(choice.removeprefix(DOCUMENT_COVER))
        services.choose_document_cover(current_user, dossier, number)
        return dossier
    alt = "" if form.decorative.data else (form.alt.data or "").strip()
    if not alt and not form.decorative.data:
        raise Invalid(_alt_needed())
    received = {n: v for n, v in dossier.cover.items() if n != "alt"}
    if form.file.data:
        db.session.rollback()  # nobody waits for a large image to be drawn
        received = receive_cover(form.file.data.stream)
        dossier = find_to_edit(dossier.id)
    if "key" not in received:
        raise Invalid(_("Please choose an image: PNG, JPEG, WebP or GIF."))
    services.upload_cover(current_user, dossier, received, alt)
    return dossier


def _alt_needed() -> str:
    return _("Please describe the image, or say that it is decoration.")


def _covers_inside(dossier: Dossier) -> list[tuple[int, str]]:
    """Give the documents of the dossier that have a picture of their first page."""
    ids = {item.object_id for item in dossier.items if item.kind in (DOCUMENT, PAGE)}
    if not ids:
        return []
    found = db.session.scalars(visible_documents(current_user).where(Document.id.in_(ids)))
    return [(one.id, one.title) for one in found if one.current_version.cover_key]


def _cover_page(dossier: Dossier, form: CoverForm) -> str:
    cover = cover_of(dossier, draft_of(dossier))
    return render_template("dossiers/cover.html", dossier=dossier, form=form, cover=cover)


@dossiers.post("/<int:dossier_id>/version/<int:number>/wiederherstellen")
@access.rule("policy")
def restore_version(dossier_id: int, number: int) -> ResponseReturnValue:
    """Make the draft what a version was; the draft of now is set aside."""
    dossier = find_to_edit(dossier_id)
    version = queries.get_version(dossier, number)
    require_token()
    services.restore_version(current_user, dossier, version)
    db.session.commit()
    flash(_("The draft is version %(number)s again.", number=number), "success")
    return redirect(editor_url(dossier), 303)


@dossiers.post("/<int:dossier_id>/entwurf/zurueckholen")
@access.rule("policy")
def bring_back_draft(dossier_id: int) -> ResponseReturnValue:
    """Bring the draft back that an older version replaced."""
    dossier = find_to_edit(dossier_id)
    require_token()
    services.bring_back_draft(current_user, dossier)
    db.session.commit()
    flash(_("The draft is as it was before."), "success")
    return redirect(editor_url(dossier), 303)
