"""The desk: what waits, and what moderators do with it before they decide."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from markupsafe import Markup

from kts.core import audit, waiting
from kts.core.access import rule
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid, NotFound
from kts.core.forms import ActionForm, choices_of
from kts.core.web import whole_number
from kts.curation.desk import services
from kts.curation.desk.forms import HandOnForm, NoteForm, PutOffForm
from kts.curation.queries import desk as queries
from kts.extensions import db

curation = Blueprint("curation", __name__, url_prefix="/kuratierung")

MOST_AT_ONCE = queries.PER_PAGE
MOST_COUNTED = 99  # more is no different
TOMORROW, NEXT_WEEK = "morgen", "woche"
TAKE, GIVE_BACK = "nehmen", "zurueckgeben"


@curation.get("")
@rule("moderator")
def desk() -> ResponseReturnValue:
    """Show what waits: by weight, then the oldest first."""
    which, kind = _chosen()
    sizes = queries.sizes(current_user)
    chosen = [sizes.get(kind, {})] if kind else sizes.values()
    totals = {name: sum(numbers.get(name, 0) for numbers in chosen) for name in queries.LISTS}
    number = request.args.get("seite", 1, type=whole_number)
    return render_template(
        "curation/desk.html",
        page=queries.rows(current_user, which, kind, number, totals[which]),
        which=which,
        kind=kind,
        kind_of=queries.kind_of,
        kinds_known=list(waiting.KINDS.values()),
        tabs=_tabs(which, kind, totals),
        kinds=_kinds(which, kind, sizes),
        arguments=_arguments(which, kind),
        done=queries.done_by_others(current_user) if which == queries.MINE else [],
        held_for=services.HELD_FOR.days,
        most=MOST_AT_ONCE,
        shortcuts=services.has_shortcuts(current_user),
    )


@curation.post("/tasten")
@rule("moderator")
def shortcuts() -> ResponseReturnValue:
    """Switch the single keys of the desk off or on, for this person on all her devices."""
    which, kind = _chosen()
    if not ActionForm().validate_on_submit():
        raise NotFound
    on = request.form.get("an") == "1"
    services.switch_shortcuts(current_user, on)
    db.session.commit()
    flash(_("Single keys act at the desk.") if on else _("Single keys do nothing now."), "success")
    return redirect(url_for("curation.desk", **_arguments(which, kind)), 303)


@curation.post("/tun")
@rule("moderator")
def act() -> ResponseReturnValue:
    """Take in hand, give back or put off: one thing by its own button, or all that are ticked."""
    which, kind = _chosen()
    if not ActionForm().validate_on_submit():
        raise NotFound
    deed, single = request.form.get("tun", ""), request.form.get("eins", "")
    if single:
        deed, _sign, single = single.partition(":")
    ticked = [single] if single else request.form.getlist("ding")[:MOST_AT_ONCE]
    if not ticked:
        flash(_("Nothing was ticked, so nothing was changed."), "warning")
        return redirect(url_for("curation.desk", **_arguments(which, kind)), 303)
    done, refused = _do_all(_verb(deed), ticked)
    db.session.commit()
    _tell(deed, done, refused)
    place = f"w{done[0].object_id}" if single and done and deed in (TAKE, GIVE_BACK) else None
    return redirect(url_for("curation.desk", **_arguments(which, kind), _anchor=place), 303)


def header_count() -> str:
    """Give the number that moderators see in the header of every page; one statement."""
    if not current_user.is_moderator:
        return ""
    if "kts_waiting_count" not in g:
        g.kts_waiting_count = queries.waiting_count(current_user)
    return render_template(
        "curation/_header_count.html", number=g.kts_waiting_count, most=MOST_COUNTED
    )


def _verb(deed: str) -> Callable[[int, int], audit.AuditEntry]:
    actor = current_user._get_current_object()
    if deed == TAKE:
        return lambda number, version: services.take(actor, number, version)
    if deed == GIVE_BACK:
        return lambda number, version: services.give_back(actor, number, version)
    days = {TOMORROW: 1, NEXT_WEEK: 7 - now().astimezone(services.BERLIN).weekday()}
    if deed not in days:
        raise NotFound
    today = now().astimezone(services.BERLIN).date()
    until = services.start_of(today + timedelta(days=days[deed]))
    return lambda number, version: services.put_off(actor, number, version, until)


def _do_all(
    verb: Callable[[int, int], audit.AuditEntry], ticked: list[str]
) -> tuple[list[audit.AuditEntry], list[str]]:
    """Do it to each, and collect what could not be done, with the reason."""
    done, refused = [], []
    for name in ticked:
        number, version = _number_and_version(name)
        try:
            done.append(verb(number, version))
        except Conflict as conflict:
            item = db.session.get(waiting.WaitingItem, number)
            title = f"{item.title}: " if item else ""
            refused.append(f"{title}{conflict.message}")
    return done, refused


def _number_and_version(name: str) -> tuple[int, int]:
    number, _sign, version = name.partition("-")
    try:
        return whole_number(number), whole_number(version)
    except ValueError:
        raise NotFound from None


def _tell(deed: str, done: list[audit.AuditEntry], refused: list[str]) -> None:
    count = len(done)
    if done and deed == TAKE:
        flash(
            ngettext("You have it in hand.", "You have %(num)d things in hand.", count), "success"
        )
    elif done and deed == GIVE_BACK:
        flash(ngettext("It is free again.", "%(num)d things are free again.", count), "success")
    elif done:
        text = ngettext("It is put off.", "%(num)d things are put off.", count)
        _offer_undo(text, done)
    if refused:
        title = ngettext(
            "One thing could not be done.", "%(num)d things could not be done.", len(refused)
        )
        flash(Markup("{} {}").format(title, " ".join(refused)), "warning")


def _offer_undo(text: str, done: list[audit.AuditEntry]) -> None:
    address = url_for("curation.undo", schritt=[entry.id for entry in done])
    flash({"text": text, "undo": address}, "undo")  # type: ignore[arg-type]


@curation.post("/zurueck")
@rule("moderator")
def undo() -> ResponseReturnValue:
    """Take own steps back."""
    steps = request.args.getlist("schritt", type=whole_number)[:MOST_AT_ONCE]
    if not steps or not ActionForm().validate_on_submit():
        raise NotFound
    refused = []
    for step in steps:
        try:
            services.undo(current_user._get_current_object(), step)
        except Conflict as conflict:
            refused.append(conflict.message)
    db.session.commit()
    if len(refused) < len(steps):
        flash(_("This was undone."), "success")
    for sentence in refused:
        flash(sentence, "warning")
    return redirect(url_for("curation.desk"), 303)


@curation.get("/wartend/<int:item_id>")
@rule("moderator")
def item(item_id: int) -> ResponseReturnValue:
    """Show one thing that waits, what deciding it does, and what can be done with it here."""
    return _page(item_id)


def _page(item_id: int, failed: FlaskForm | None = None) -> ResponseReturnValue:
    row = queries.get_row(current_user, item_id)
    forms: dict[str, FlaskForm] = {
        "put_off": PutOffForm(formdata=None, version=row.item.version),
        "hand_on": _hand_on_form(formdata=None, version=row.item.version),
        "note": NoteForm(formdata=None, version=row.item.version, note=row.item.note),
    }
    if failed is not None:
        forms = {
            name: failed if type(failed) is type(form) else form for name, form in forms.items()
        }
    page = render_template(
        "curation/desk_item.html",
        row=row,
        kind=queries.kind_of(row.item.kind),
        forms=forms,
        failed=failed,
        history=audit.history("waiting_item", item_id),
    )
    return page, 200 if failed is None else 422


def _hand_on_form(**values: Any) -> HandOnForm:
    form = HandOnForm(**values)
    people = [(str(person.id), person.name) for person in queries.colleagues(current_user)]
    form.person.choices = choices_of([("", _("Please choose")), *people])
    return form


@curation.post("/wartend/<int:item_id>/zurueckstellen")
@rule("moderator")
def put_off(item_id: int) -> ResponseReturnValue:
    """Put one thing off until a day."""
    form = PutOffForm()
    if not form.validate_on_submit():
        return _page(item_id, form)
    until = services.start_of(form.until.data)
    actor = current_user._get_current_object()
    try:
        entry = services.put_off(actor, item_id, form.version.data or 0, until)
    except Invalid as error:
        form.until.errors = [error.message]
        return _page(item_id, form)
    except Conflict as conflict:
        return _second(item_id, conflict)
    db.session.commit()
    day = format_date(form.until.data, "long")
    _offer_undo(_("It is put off until %(day)s.", day=day), [entry])
    return redirect(url_for("curation.desk"), 303)


@curation.post("/wartend/<int:item_id>/weitergeben")
@rule("moderator")
def hand_on(item_id: int) -> ResponseReturnValue:
    """Hand one thing on to a colleague, who is told."""
    form = _hand_on_form()
    if not form.validate_on_submit():
        return _page(item_id, form)
    people = {str(person.id): person for person in queries.colleagues(current_user)}
    person = people[form.person.data]
    try:
        entry = services.hand_on(
            current_user._get_current_object(), item_id, form.version.data or 0, person
        )
    except Conflict as conflict:
        return _second(item_id, conflict)
    db.session.commit()
    _offer_undo(_("%(name)s has it in hand now and is told.", name=person.name), [entry])
    return redirect(url_for("curation.desk"), 303)


@curation.post("/wartend/<int:item_id>/notiz")
@rule("moderator")
def note(item_id: int) -> ResponseReturnValue:
    """Keep a note for the team; of two at once, the second gets her words back to compare."""
    form = NoteForm()
    if not form.validate_on_submit():
        return _page(item_id, form)
    actor = current_user._get_current_object()
    try:
        services.keep_note(actor, item_id, form.version.data or 0, form.note.data or "")
    except Conflict as conflict:
        form.note.errors = [conflict.message]
        shown, _status = _page(item_id, form)
        return shown, conflict.status
    db.session.commit()
    flash(_("The note is kept."), "success")
    return redirect(url_for("curation.item", item_id=item_id), 303)


def _second(item_id: int, conflict: Conflict) -> ResponseReturnValue:
    """Tell who was first, and show the thing as it is now; the desk where it is gone."""
    db.session.rollback()
    flash(conflict.message, "warning")
    if db.session.get(waiting.WaitingItem, item_id) is None:
        return redirect(url_for("curation.desk"), 303)
    return redirect(url_for("curation.item", item_id=item_id), 303)


def _chosen() -> tuple[str, str]:
    """Give list and kind of the address; what it does not name is the usual."""
    which = request.args.get("liste", "")
    return which if which in queries.LISTS else queries.ALL, request.args.get("art", "")[:40]


def _arguments(which: str, kind: str) -> dict[str, str | None]:
    return {"liste": which if which != queries.ALL else None, "art": kind or None}


def _tabs(which: str, kind: str, totals: dict[str, int]) -> list[dict[str, object]]:
    labels = {
        queries.ALL: _("All"),
        queries.MINE: _("In my hand"),
        queries.FREE: _("Free"),
        queries.PUT_OFF: _("Later"),
    }
    return [
        {
            "label": label,
            "url": url_for("curation.desk", **_arguments(name, kind)),
            "active": name == which,
            "count": totals[name],
        }
        for name, label in labels.items()
    ]


def _kinds(which: str, kind: str, sizes: dict[str, dict[str, int]]) -> list[dict[str, object]]:
    """List the kinds of which something waits, and the chosen one."""
    shown = [(key, numbers[which]) for key, numbers in sizes.items() if numbers[which]]
    if kind and kind not in dict(shown):
        shown.append((kind, 0))
    named = sorted((str(queries.kind_of(key).label), key, number) for key, number in shown)
    every = (_("All kinds"), "", sum(numbers[which] for numbers in sizes.values()))
    return [
        {
            "label": label,
            "url": url_for("curation.desk", **_arguments(which, key)),
            "active": key == kind,
            "count": number,
        }
        for label, key, number in (every, *named)
    ]
