"""Changing what is said about a document and its versions, and telling of mistakes in it."""

import json
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access, audit
from kts.core.access import require
from kts.core.errors import Invalid, NotFound
from kts.core.web import limited_person, own_path
from kts.documents import corrections, messages, policies, queries, services
from kts.documents.forms import (
    CorrectionAnswerForm,
    CorrectionForm,
    EditForm,
    VersionDetailsForm,
)
from kts.documents.licences import BY_ID, NOT_STATED, OTHER, describe
from kts.documents.models import Document
from kts.documents.views import documents
from kts.documents.views.publishing import editable, shown
from kts.extensions import db, limiter
from kts.municipalities.models import Municipality

CORRECTIONS = "20 per hour"  # whoever reads a whole library finds fewer mistakes than that


@documents.route("/<int:document_id>-<slug>/bearbeiten", methods=["GET", "POST"])
@access.rule("policy")
def edit(document_id: int, slug: str) -> ResponseReturnValue:
    """Change what is said about a document."""
    document = editable(document_id)
    form = EditForm(data=_form_values(services.details_of(document)))
    form.keep_language(document.language)
    if form.validate_on_submit():
        details = form.details()
        require(
            policies.can_publish_for(current_user, details["municipality_id"]),
            _("You can publish only for your own municipality."),
        )
        try:
            changed = services.edit_document(
                current_user, document, seen=form.seen_details, **details
            )
        except services.EditConflict:
            return _conflict(document_id, form.seen_details, details)
        except Invalid as error:
            stays = details["municipality_id"] == document.municipality_id
            field = form.visibility if stays else form.municipality
            field.errors = [error.message]
        else:
            db.session.commit()
            flash(_("The details are saved.") if changed else _("Nothing was changed."), "success")
            return redirect(_way_back(document), 303)
    return shown(form, "documents/edit.html", document=document, rows=None)


def _way_back(document: Document) -> str:
    """Give the page from which the person came to change the details, or the document's."""
    back = own_path(request.args.get("zurueck"))
    return document.path if back == "/" else back


def _form_values(details: dict[str, Any]) -> dict[str, Any]:
    """Give a document's details as the form's values."""
    number, licence = details["municipality_id"], details["licence"]
    municipality = db.session.get(Municipality, number) if number else None
    own = licence not in BY_ID and licence != NOT_STATED
    return {
        **details,
        "municipality": str(number or ""),
        "municipality_text": (municipality.ags or municipality.slug) if municipality else "",
        "licence": OTHER if own else licence,
        "licence_text": licence if own else "",
        "seen": json.dumps(details, ensure_ascii=False),
    }


def _conflict(
    document_id: int, seen: dict[str, Any], details: dict[str, Any]
) -> ResponseReturnValue:
    """Show what somebody else saved beside what was filled in; nothing of either is lost.

    What this person left as it was takes the saved value; what she changed stays hers. Saving
    again from here replaces knowingly.
    """
    mine = {**details, "topics": sorted(topic.id for topic in details["topics"])}
    db.session.rollback()
    document = queries.get_document(document_id, current_user)
    saved = services.details_of(document)
    merged, rows = _differences(seen, saved, mine)
    form = EditForm(formdata=None, data=_form_values(merged))
    form.seen.data = json.dumps(saved, ensure_ascii=False)
    form.keep_language(document.language)
    return _compared("documents/edit.html", document, form, rows), 409


def _differences(
    seen: dict[str, Any], saved: dict[str, Any], mine: dict[str, Any]
) -> tuple[dict[str, Any], list[tuple[str, str, str, bool]]]:
    """Put both together; give also name, saved and own value of what differs.

    The last of each row says that the person had not touched it, so the saved value stays.
    """
    untouched = {name for name in saved if name in seen and seen[name] == mine[name]}
    merged = {name: saved[name] if name in untouched else mine[name] for name in saved}
    rows = [
        (_field_name(name), _told(name, saved[name]), _told(name, mine[name]), name in untouched)
        for name in saved
        if saved[name] != mine[name]
    ]
    return merged, rows


def _compared(template: str, document: Document, form: Any, rows: Any, **context: Any) -> str:
    entries = audit.history(Document.__tablename__, document.id)
    last = entries[0] if entries else None
    return render_template(template, document=document, form=form, rows=rows, last=last, **context)


def _field_name(name: str) -> str:
    names = {
        "title": _("Title"),
        "kind": _("Kind of document"),
        "description": _("Short description"),
        "publisher": _("Publisher"),
        "language": _("Language"),
        "licence": _("Licence"),
        "source_url": _("Original address"),
        "visibility": _("Who may see it"),
        "municipality_id": _("Municipality"),
        "year": _("Year"),
        "topics": _("Fields of action"),
        "label": _("Name of this version"),
    }
    return names[name]


def told_details(details: dict[str, Any]) -> list[tuple[str, str]]:
    """Give the details of a document as people read them, without those that are empty."""
    told = [(_field_name(name), _told(name, value)) for name, value in details.items()]
    return [(name, value) for name, value in told if value]


def _told(name: str, value: Any) -> str:
    """Give a value as people read it."""
    if name == "topics":
        return ", ".join(topic.label for topic in queries.all_topics() if topic.id in value)
    if name == "municipality_id":
        municipality = db.session.get(Municipality, value) if value else None
        return municipality.name if municipality else ""
    if name == "kind":
        return str(messages.KIND_NAMES[value])
    if name == "language":
        return str(messages.LANGUAGE_NAMES.get(value, value))
    if name == "licence":
        return str(describe(value).name)
    if name == "visibility":
        return str(messages.audience(value))
    return str("" if value is None else value)


@documents.route(
    "/<int:document_id>-<slug>/fassung/<int:number>/bearbeiten", methods=["GET", "POST"]
)
@access.rule("policy")
def edit_version(document_id: int, slug: str, number: int) -> ResponseReturnValue:
    """Change name and year of one version; its file stays as it is."""
    document = editable(document_id)
    version = queries.get_version(document, number, current_user)
    details = services.version_details(version)
    form = VersionDetailsForm(data={**details, "seen": json.dumps(details)})
    if form.validate_on_submit():
        mine = {"label": " ".join((form.label.data or "").split()), "year": form.year.data}
        try:
            services.edit_version(current_user, version, seen=form.seen_details, **mine)
        except services.EditConflict:
            return _version_conflict(document_id, number, form, mine)
        db.session.commit()
        flash(_("The details are saved."), "success")
        return redirect(f"{document.path}#versions", 303)
    return shown(form, "documents/edit_version.html", document=document, version=version, rows=None)


def _version_conflict(
    document_id: int, number: int, form: VersionDetailsForm, mine: dict[str, Any]
) -> ResponseReturnValue:
    db.session.rollback()
    document = queries.get_document(document_id, current_user)
    version = queries.get_version(document, number, current_user)
    saved = services.version_details(version)
    merged, rows = _differences(form.seen_details, saved, mine)
    form = VersionDetailsForm(formdata=None, data={**merged, "seen": json.dumps(saved)})
    page = _compared("documents/edit_version.html", document, form, rows, version=version)
    return page, 409


@documents.route("/<int:document_id>-<slug>/korrektur", methods=["GET", "POST"])
@access.rule("signed-in")
@limiter.limit(CORRECTIONS, methods=["POST"], key_func=limited_person)
def correct(document_id: int, slug: str) -> ResponseReturnValue:
    """Tell the editors of a mistake; whoever may correct it is led there."""
    document = queries.get_document(document_id, current_user)
    if not policies.can_correct_document(current_user, document):
        return redirect(url_for("documents.edit", document_id=document.id, slug=document.slug), 303)
    form = CorrectionForm()
    if form.validate_on_submit():
        corrections.suggest_correction(current_user, document, form.text.data.strip())
        db.session.commit()
        flash(_("Thank you. Whoever looks after the document has been told."), "success")
        return redirect(document.path, 303)
    return shown(form, "documents/correct.html", document=document)


@documents.post("/<int:document_id>-<slug>/korrektur/<int:correction_id>")
@access.rule("policy")
def answer_correction(document_id: int, slug: str, correction_id: int) -> ResponseReturnValue:
    """Close a correction, with or without a word to its author."""
    document = editable(document_id)
    correction = corrections.get_correction(document, correction_id)
    form = CorrectionAnswerForm()
    if not form.validate_on_submit():
        raise NotFound
    corrections.answer_correction(current_user, correction, (form.answer.data or "").strip())
    db.session.commit()
    flash(_("The hint is answered."), "success")
    return redirect(document.path, 303)


@documents.get("/korrekturen")
@access.rule("moderator")
def waiting_corrections() -> ResponseReturnValue:
    """List the documents with corrections that wait for an answer."""
    return render_template(
        "documents/corrections.html",
        found=corrections.documents_with_corrections(current_user),
    )
