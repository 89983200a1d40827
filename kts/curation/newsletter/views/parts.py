"""The parts of an issue: adding, picking from what is new, changing, arranging, taking out."""

from datetime import datetime, time

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_timezone, ngettext
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.errors import Conflict, Invalid, NotFound
from kts.curation.newsletter import contents, news, queries
from kts.curation.newsletter.forms import AddForm, ItemForm, OrderForm, PickForm, SinceForm
from kts.curation.newsletter.models import NewsletterIssue, NewsletterItem
from kts.curation.newsletter.services import items
from kts.curation.newsletter.services.issues import require_draft
from kts.curation.newsletter.views.blueprints import (
    desk_url,
    find_issue,
    newsletter_desk,
    require_token,
)
from kts.curation.newsletter.views.editing import edit_page
from kts.extensions import db
from kts.forum.differences import differences

PLACE = "platz"


@newsletter_desk.post("/<int:issue_id>/teile")
@access.rule("moderator")
def add(issue_id: int) -> ResponseReturnValue:
    """Add a part: what lives at an address, a text, or a section."""
    issue = find_issue(issue_id)
    form = AddForm()
    if not form.validate_on_submit():
        return edit_page(issue, adding=form), 422
    try:
        item = _added(issue, form)
    except Invalid as error:
        field = form.heading if form.heading.data else form.address
        field.errors = [error.message]
        return edit_page(issue, adding=form), 422
    db.session.commit()
    flash(_("Added."), "success")
    return redirect(desk_url(issue, f"teil-{item.id}"), 303)


def _added(issue: NewsletterIssue, form: AddForm) -> NewsletterItem:
    title, teaser = form.title.data or "", form.teaser.data or ""
    if form.heading.data:
        return items.add_heading(current_user, issue, form.heading.data)
    if form.address.data:
        return items.add_address(current_user, issue, form.address.data, title, teaser)
    return items.add_text(current_user, issue, teaser, title)


@newsletter_desk.route("/<int:issue_id>/auswahl", methods=["GET", "POST"])
@access.rule("moderator")
def pick(issue_id: int) -> ResponseReturnValue:
    """Choose from what is new and public since the last issue."""
    issue = find_issue(issue_id)
    form = PickForm()
    if form.validate_on_submit():
        try:
            count = items.add_picks(current_user, issue, news.read_picks(form.pick.data or []))
        except Invalid as error:
            return _pick_page(issue, error.message), 422
        db.session.commit()
        if count:
            flash(ngettext("%(num)d part added.", "%(num)d parts added.", count), "success")
            return redirect(desk_url(issue, "teile"), 303)
        return _pick_page(issue, _("Nothing was added. Please tick what you want.")), 422
    require_draft(issue)
    return _pick_page(issue)


def _pick_page(issue: NewsletterIssue, error: str = "") -> str:
    form = SinceForm(request.args)
    since = queries.looked_back_to()
    if form.validate() and form.seit.data:
        since = get_timezone().localize(datetime.combine(form.seit.data, time()))
    else:
        form.seit.data = since.astimezone(get_timezone()).date()
    there = {(item.kind, item.object_id) for item in issue.items}
    return render_template(
        "newsletter/pick.html",
        issue=issue,
        form=form,
        error=error,
        most=news.MOST_OFFERED,
        lists=news.offers(since, there),
        ticked=set(request.form.getlist("pick")),
    )


@newsletter_desk.route("/<int:issue_id>/teile/<int:item_id>", methods=["GET", "POST"])
@access.rule("moderator")
def change(issue_id: int, item_id: int) -> ResponseReturnValue:
    """Change the words of a part."""
    issue = find_issue(issue_id)
    require_draft(issue)
    item = queries.get_item(issue, item_id)
    form = ItemForm(obj=item)
    if not form.validate_on_submit():
        return _item_page(issue, item, form), 422 if form.is_submitted() else 200
    version, title, teaser = form.version.data or 0, form.title.data or "", form.teaser.data or ""
    try:
        items.change_item(current_user, issue, item, version, title, teaser)
    except Conflict as conflict:
        form.version.data = item.version
        form.teaser.errors = [conflict.message]
        compared = [(form.teaser.label.text, differences(item.teaser, teaser))]
        return _item_page(issue, item, form, compared), conflict.status
    except Invalid as error:
        (form.teaser if item.kind == "text" else form.title).errors = [error.message]
        return _item_page(issue, item, form), 422
    db.session.commit()
    flash(_("Saved."), "success")
    return redirect(desk_url(issue, f"teil-{item.id}"), 303)


def _item_page(
    issue: NewsletterIssue,
    item: NewsletterItem,
    form: ItemForm,
    compared: list | None = None,  # type: ignore[type-arg]
) -> str:
    shown = contents.shown_items([item])[0]
    return render_template(
        "newsletter/item.html", issue=issue, shown=shown, form=form, compared=compared
    )


@newsletter_desk.post("/<int:issue_id>/teile/<int:item_id>/entfernen")
@access.rule("moderator")
def remove(issue_id: int, item_id: int) -> ResponseReturnValue:
    """Take a part out; the next page offers to put it back."""
    issue = find_issue(issue_id)
    item = queries.get_item(issue, item_id)
    require_token()
    items.remove_item(current_user, issue, item)
    db.session.commit()
    undo = url_for("newsletter_desk.put_back", issue_id=issue.id, item_id=item_id)
    flash({"text": _("The part was removed."), "undo": undo}, "undo")
    return redirect(desk_url(issue, "teile"), 303)


@newsletter_desk.post("/<int:issue_id>/teile/<int:item_id>/zurueckholen")
@access.rule("moderator")
def put_back(issue_id: int, item_id: int) -> ResponseReturnValue:
    """Put a part back to its place."""
    issue = find_issue(issue_id)
    item = queries.get_item(issue, item_id, removed=True)
    require_token()
    items.restore_item(current_user, issue, item)
    db.session.commit()
    flash(_("The part is back."), "success")
    return redirect(desk_url(issue, f"teil-{item.id}"), 303)


@newsletter_desk.post("/<int:issue_id>/reihenfolge")
@access.rule("moderator")
def arrange(issue_id: int) -> ResponseReturnValue:
    """Save the order: one part moved by a button or to a number, or the whole order by a script."""
    issue = find_issue(issue_id)
    form = OrderForm()
    if not form.validate_on_submit():
        raise NotFound
    order = _order(form)
    try:
        before = items.arrange(current_user, issue, order)
    except Conflict as conflict:
        if not issue.is_draft:
            raise
        return _conflict_page(issue, order, conflict), conflict.status
    db.session.commit()
    row = [item.id for item in queries.get_issue(issue_id).items]
    if request.accept_mimetypes.best == "application/json":
        return jsonify(version=issue.order_version, order=row, before=before)
    anchor = f"{order.place}-{order.item_id}" if order.place in (items.UP, items.DOWN) else "teile"
    if order.place and anchor == "teile":
        anchor = f"teil-{order.item_id}"
    undo = ",".join(map(str, before)) if row != before else None
    return redirect(desk_url(issue, anchor, zurueck=undo), 303)


def _order(form: OrderForm) -> items.Order:
    """Read what was pressed: ``12:hoch``, ``platz`` with changed numbers, or nothing."""
    try:
        ids = [int(number) for number in (form.order.data or "").split(",") if number]
        name, _colon, place = (form.move.data or "").partition(":")
        version = form.version.data or 0
        if name == PLACE:
            return _to_place(version, ids)
        return items.Order(version, ids, int(name) if name else None, place)
    except ValueError as error:
        raise NotFound from error


def _to_place(version: int, ids: list[int]) -> items.Order:
    """Find the part whose number was changed; the first one where several were."""
    for place, number in enumerate(ids, start=1):
        typed = request.form.get(f"{PLACE}-{number}", "").strip()
        if typed and typed != str(place):
            return items.Order(version, ids, number, typed)
    return items.Order(version, ids)


def _conflict_page(issue: NewsletterIssue, order: items.Order, conflict: Conflict) -> str:
    shown = {one.item.id: one for one in contents.shown_items(issue.items)}
    return render_template(
        "newsletter/order_conflict.html",
        issue=issue,
        message=conflict.message,
        now=[shown[item.id] for item in issue.items],
        wanted=[shown[item.id] for item in items.joined_order(issue, order.wanted())],
    )
