"""The page of a municipality: reading, editing, history."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.accounts.queries import open_requests
from kts.core import access, slots
from kts.core.access import require
from kts.core.forms import labels_of
from kts.core.text import render_markdown
from kts.extensions import db
from kts.municipalities import policies, queries, register, services
from kts.municipalities.forms import MOST_CONTACTS, ProfileForm, offer_topics
from kts.municipalities.models import PROFILE_LENGTH, Municipality
from kts.municipalities.peers import peers_of
from kts.municipalities.services.profiles import current_draft
from kts.municipalities.views.listing import municipalities


def _find_to_edit(slug: str) -> Municipality:
    municipality = queries.get_municipality(slug)
    require(
        policies.can_edit_municipality(current_user, municipality),
        _("Only editors of %(name)s and KTS moderators can do this.", name=municipality.name),
    )
    return municipality


@municipalities.route("/kommunen/<slug>")
@access.rule("everyone")
def show(slug: str) -> ResponseReturnValue:
    """Show key figures, projects, profile, contacts, content and similar municipalities."""
    municipality = queries.get_municipality(slug)
    managed = policies.can_manage_municipality(current_user, municipality)
    return render_template(
        "municipalities/show.html",
        municipality=municipality,
        peers=peers_of(municipality),
        left_register=queries.left_register(municipality),
        source=register,
        documents=slots.render("municipality_documents", municipality=municipality).strip(),
        threads=slots.render("municipality_threads", municipality=municipality).strip(),
        waiting=len(open_requests(current_user, municipality.id)) if managed else 0,
    )


@municipalities.route("/kommunen/<slug>/bearbeiten", methods=["GET", "POST"])
@access.rule("policy")
def edit(slug: str) -> ResponseReturnValue:
    """Edit the profile; preview and contact rows work without JavaScript."""
    municipality = _find_to_edit(slug)
    form = ProfileForm()
    if request.method == "GET":
        form.fill(municipality)
    offer_topics(form.topics)
    if request.method == "GET":
        return _form(municipality, form)
    if _changes_rows(form) or "preview" in request.form:
        return _form(municipality, form, preview="preview" in request.form)
    if not form.validate_on_submit():
        return _form(municipality, form, status=422)
    try:
        changed = services.update_profile(current_user, municipality, form.draft())
    except services.EditConflict:
        return _conflict(municipality, form)
    db.session.commit()
    flash(_("The profile has been saved.") if changed else _("Nothing was changed."), "success")
    return redirect(url_for("municipalities.show", slug=slug), 303)


@municipalities.post("/kommunen/<slug>/vorschau")
@access.rule("policy")
def preview(slug: str) -> ResponseReturnValue:
    """Give the rendered profile text alone, for the preview beside the form."""
    _find_to_edit(slug)
    return render_template(
        "municipalities/_preview.html",
        preview=render_markdown(request.form.get("profile", "")[:PROFILE_LENGTH]),
    )


@municipalities.route("/kommunen/<slug>/verlauf")
@access.rule("policy")
def history(slug: str) -> ResponseReturnValue:
    """Show what was changed, by whom and when."""
    municipality = _find_to_edit(slug)
    return render_template(
        "municipalities/history.html",
        municipality=municipality,
        entries=queries.changes_of(municipality),
    )


def _changes_rows(form: ProfileForm) -> bool:
    """Add or remove a contact row as one of the buttons asks; says whether one did."""
    if "add_contact" in request.form:
        if len(form.contacts) < MOST_CONTACTS:
            form.contacts.append_entry()
        return True
    removed = request.form.get("remove_contact", type=int)
    if removed is None:
        return False
    rows = [entry.data for position, entry in enumerate(form.contacts) if position != removed]
    while form.contacts.entries:
        form.contacts.pop_entry()
    for row in rows:
        form.contacts.append_entry(row)
    return True


def _form(
    municipality: Municipality, form: ProfileForm, *, preview: bool = False, status: int = 200
) -> ResponseReturnValue:
    rendered = render_markdown((form.profile.data or "")[:PROFILE_LENGTH]) if preview else None
    page = render_template(
        "municipalities/edit.html",
        municipality=municipality,
        form=form,
        preview=rendered,
        most_contacts=MOST_CONTACTS,
    )
    return page, status


def _conflict(municipality: Municipality, form: ProfileForm) -> ResponseReturnValue:
    """Show both states; saving again from here replaces the other one knowingly."""
    db.session.rollback()
    municipality = queries.get_municipality(municipality.slug)
    mine, theirs = form.draft(), current_draft(municipality)
    form.version.data = municipality.version
    offer_topics(form.topics, (topic.id for topic in municipality.topics))
    entries = queries.changes_of(municipality)
    page = render_template(
        "municipalities/conflict.html",
        municipality=municipality,
        form=form,
        mine=mine,
        theirs=theirs,
        topic_names=_topic_names(form),
        last=entries[0] if entries else None,
        most_contacts=MOST_CONTACTS,
    )
    return page, 409


def _topic_names(form: ProfileForm) -> Callable[[frozenset[int]], str]:
    labels = labels_of(form.topics)
    return lambda ids: ", ".join(sorted(labels[key] for key in ids if key in labels))
