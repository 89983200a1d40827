"""The parts of a draft: adding, changing, arranging, taking out."""

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from kts.core import access
from kts.core.access import require
from kts.core.errors import Conflict, Invalid, NotFound
from kts.core.forms import choices_of
from kts.core.web import own_path
from kts.curation.dossiers import queries, services
from kts.curation.dossiers.forms import AddItemForm, ItemForm, OrderForm, TakeUpForm
from kts.curation.dossiers.models import (
    ADDRESS_LENGTH,
    DOCUMENT,
    PAGE,
    POST,
    Dossier,
    DossierItem,
)
from kts.curation.dossiers.parts import ShownPart, shown_parts
from kts.curation.dossiers.services.parts import joined_order
from kts.curation.dossiers.snapshots import draft_of
from kts.curation.dossiers.views import (
    dossiers,
    editor_url,
    find_to_edit,
    require_token,
    wants_json,
)
from kts.curation.dossiers.views.editing import edit_page
from kts.documents.models import Document
from kts.extensions import db
from kts.forum.differences import differences

PLACE = "platz"


@dossiers.post("/<int:dossier_id>/teile")
@access.rule("policy")
def add(dossier_id: int) -> ResponseReturnValue:
    """Add a part: what lives at an address, a text, or a chapter."""
    dossier = find_to_edit(dossier_id)
    form = AddItemForm()
    if not form.validate_on_submit():
        return edit_page(dossier, adding=form), 422
    try:
        item = _added(dossier, form)
    except Invalid as error:
        field = form.heading if form.heading.data else form.address
        field = field if form.heading.data or form.address.data else form.note
        field.errors = [error.message]
        return edit_page(dossier, adding=form), 422
    db.session.commit()
    flash(_("Added."), "success")
    return redirect(editor_url(dossier, f"teil-{item.id}"), 303)


def _added(dossier: Dossier, form: AddItemForm) -> DossierItem:
    if form.heading.data:
        return services.add_heading(current_user, dossier, form.heading.data)
    if form.address.data:
        return services.add_address(
            current_user,
            dossier,
            form.address.data,
            form.title.data or "",
            form.note.data or "",
            form.quote.data or "",
        )
    return services.add_text(current_user, dossier, form.note.data or "")


@dossiers.route("/<int:dossier_id>/teile/<int:item_id>", methods=["GET", "POST"])
@access.rule("policy")
def change(dossier_id: int, item_id: int) -> ResponseReturnValue:
    """Change the words of a part, and what exactly it refers to."""
    dossier = find_to_edit(dossier_id)
    item = queries.get_item(dossier, item_id)
    shown = _shown(dossier, item)
    form = ItemForm(obj=item, newest=item.version_number is None)
    if not form.validate_on_submit():
        return _item_page(dossier, item, shown, form), 422 if form.is_submitted() else 200
    try:
        services.change_item(
            current_user,
            dossier,
            item,
            form.version.data or 0,
            note=form.note.data or "",
            quote=form.quote.data or "",
            title=form.title.data or "",
            last_page=form.last_page.data,
            newest=form.newest.data if item.kind in (DOCUMENT, PAGE) else None,
            accessed=form.accessed.data,
        )
    except Conflict as conflict:
        form.version.data = item.version
        form.note.errors = [conflict.message]
        compared = _compared(item, form)
        return _item_page(dossier, item, shown, form, compared), conflict.status
    except Invalid as error:
        field = form.last_page if form.last_page.data else form.title
        field = form.note if item.kind == "text" else field
        field.errors = [error.message]
        return _item_page(dossier, item, shown, form), 422
    db.session.commit()
    flash(_("Saved."), "success")
    return redirect(editor_url(dossier, f"teil-{item.id}"), 303)


def _shown(dossier: Dossier, item: DossierItem) -> ShownPart:
    """Give the part as the editor sees it; its words are kept from who may not see what it is."""
    found = shown_parts(draft_of(dossier), current_user)
    shown = next(one for one in found if one.part.id == item.id)
    require(shown.is_shown, _("You cannot see what this part refers to."))
    return shown


def _compared(item: DossierItem, form: ItemForm) -> list:  # type: ignore[type-arg]
    fields = (form.title, form.quote, form.note)
    return [
        (field.label.text, differences(getattr(item, field.name), field.data or ""))
        for field in fields
        if getattr(item, field.name) != (field.data or "")
    ]


def _item_page(
    dossier: Dossier,
    item: DossierItem,
    shown: ShownPart,
    form: ItemForm,
    compared: list | None = None,  # type: ignore[type-arg]
) -> str:
    return render_template(
        "dossiers/item.html",
        dossier=dossier,
        item=item,
        shown=shown,
        form=form,
        compared=compared,
    )


@dossiers.post("/<int:dossier_id>/teile/<int:item_id>/entfernen")
@access.rule("policy")
def remove(dossier_id: int, item_id: int) -> ResponseReturnValue:
    """Take a part out; the next page offers to put it back."""
    dossier = find_to_edit(dossier_id)
    item = queries.get_item(dossier, item_id)
    require_token()
    services.remove_item(current_user, dossier, item)
    db.session.commit()
    undo = url_for("dossiers.put_back", dossier_id=dossier.id, item_id=item_id)
    flash({"text": _("The part was removed."), "undo": undo}, "undo")
    return redirect(editor_url(dossier, "teile"), 303)


@dossiers.post("/<int:dossier_id>/teile/<int:item_id>/zurueckholen")
@access.rule("policy")
def put_back(dossier_id: int, item_id: int) -> ResponseReturnValue:
    """Put a part back to its place."""
    dossier = find_to_edit(dossier_id)
    item = queries.get_item(dossier, item_id, removed=True)
    require_token()
    services.restore_item(current_user, dossier, item)
    db.session.commit()
    flash(_("The part is back."), "success")
    return redirect(editor_url(dossier, f"teil-{item.id}"), 303)


@dossiers.post("/<int:dossier_id>/reihenfolge")
@access.rule("policy")
def arrange(dossier_id: int) -> ResponseReturnValue:
    """Save the order: one part moved by a button or to a number, or the whole order by a script."""
    dossier = find_to_edit(dossier_id)
    form = OrderForm()
    if not form.validate_on_submit():
        raise NotFound
    order = _order(form)
    try:
        before = services.arrange(current_user, dossier, order)
    except Conflict as conflict:
        return _conflict_page(dossier, order, conflict), conflict.status
    db.session.commit()
    now = [item.id for item in queries.get_dossier(dossier_id, current_user).items]
    if wants_json():
        return jsonify(version=dossier.order_version, order=now, before=before)
    anchor = f"{order.place}-{order.item_id}" if order.place in ("hoch", "runter") else "teile"
    if order.place and anchor == "teile":
        anchor = f"teil-{order.item_id}"
    undo = ",".join(map(str, before)) if now != before else None
    return redirect(editor_url(dossier, anchor, zurueck=undo), 303)


def _order(form: OrderForm) -> services.Order:
    """Read what was pressed: ``12:hoch``, ``platz`` with changed numbers, or nothing."""
    try:
        ids = [int(number) for number in (form.order.data or "").split(",") if number]
        name, _colon, place = (form.move.data or "").partition(":")
        version = form.version.data or 0
        if name == PLACE:
            return _to_places(version, ids)
        return services.Order(version, ids, int(name) if name else None, place)
    except ValueError as error:
        raise NotFound from error


def _to_places(version: int, ids: list[int]) -> services.Order:
    """Find the part whose number was changed; the first one where several were."""
    for place, number in enumerate(ids, start=1):
        typed = request.form.get(f"{PLACE}-{number}", "").strip()
        if typed and typed != str(place):
            return services.Order(version, ids, number, typed)
    return services.Order(version, ids)


def _conflict_page(dossier: Dossier, order: services.Order, conflict: Conflict) -> str:
    shown = {one.part.id: one for one in shown_parts(draft_of(dossier), current_user)}
    wanted = joined_order(dossier, order.wanted())
    return render_template(
        "dossiers/order_conflict.html",
        dossier=dossier,
        message=conflict.message,
        now=[shown[item.id] for item in dossier.items],
        wanted=[shown[item.id] for item in wanted],
    )


@dossiers.route("/aufnehmen", methods=["GET", "POST"])
@access.rule("signed-in", "offers only the dossiers that the person may edit")
def take_up() -> ResponseReturnValue:
    """Take something of this site up into a dossier, from its own page."""
    found = queries.editable_dossiers(current_user)
    require(
        bool(found) or current_user.is_moderator,
        _("Only moderators and the editors of a dossier can add something to it."),
    )
    form = TakeUpForm()
    form.dossier.choices = choices_of((one.id, one.title) for one in found)
    if not form.is_submitted():
        form.address.data = request.args.get("adresse", "")[:ADDRESS_LENGTH]
        form.dossier.data = found[0].id if len(found) == 1 else None
    if not form.validate_on_submit():
        return _take_up_page(form), 422 if form.is_submitted() else 200
    dossier = find_to_edit(form.dossier.data)
    try:
        services.add_address(current_user, dossier, form.address.data, note=form.note.data or "")
    except Invalid as error:
        form.address.errors = [error.message]
        return _take_up_page(form), 422
    db.session.commit()
    place = url_for("dossiers.edit", dossier_id=dossier.id)
    flash(
        Markup('{} <a href="{}">{}</a>').format(
            _("Taken up into “%(title)s”.", title=dossier.title), place, _("To the dossier")
        ),
        "success",
    )
    came_from = form.address.data if form.address.data.startswith("/") else place
    return redirect(own_path(came_from), 303)


def _take_up_page(form: TakeUpForm) -> str:
    return render_template("dossiers/take_up.html", form=form)


def take_up_link(document: Document, page: int = 0) -> Markup:
    """Give the link on the pages of documents, to those who may edit a dossier."""
    if not queries.edits_any(current_user):
        return Markup("")
    path = f"{document.path}/seite/{page}" if page else document.path
    html = render_template("dossiers/_take_up_link.html", address=path)
    return Markup(html)  # noqa: S704 - a template's output is escaped already


def fill_take_up(kind: str, number: str, place: str = "") -> str:
    """Give the link beside a thread or a post, as an own part of pages that are kept for many.

    ``place`` is the post's number in its thread. Who edits no dossier gets nothing; it is asked
    once for a page.
    """
    if not _takes_up():
        return ""
    address = f"/beitrag/{number}" if kind == POST else f"/thema/{number}"
    return render_template("dossiers/_take_up_link.html", address=address, kind=kind, place=place)


def _takes_up() -> bool:
    known: dict[int | None, bool] = g.setdefault("kts_takes_up", {})
    if current_user.id not in known:
        known[current_user.id] = queries.edits_any(current_user)
    return known[current_user.id]


def take_up_beside(kind: str, number: int, place: int | str = "") -> Markup:
    """Give the same on pages that are one person's."""
    return Markup(fill_take_up(kind, str(number), str(place)))  # noqa: S704 - made by a template
