"""One piece of content: whether it still holds, who looks after it, what moderators do about it."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm

from kts.core import audit, succession
from kts.core.access import require, rule
from kts.core.audit import AuditEntry
from kts.core.errors import Conflict, NotFound
from kts.core.forms import ActionForm, choices_of
from kts.curation.keeping import policies, queries, services
from kts.curation.keeping.forms import DeedForm, OwnerForm, SettleForm, SuccessorForm, WriteForm
from kts.curation.keeping.queries import Kept
from kts.extensions import db

keeping = Blueprint("keeping", __name__, url_prefix="/haltbarkeit")


def find(row_id: int, *, lock: bool = False) -> Kept:
    """Find what the viewer may keep up; raise NotFound or Denied."""
    kept = queries.get_kept(current_user, row_id, lock=lock)
    require(
        policies.can_confirm_shelf_life(current_user, kept.row),
        _("Only who looks after it, editors of the municipality and KTS moderators can do this."),
    )
    return kept


@keeping.get("")
@rule("signed-in", "everybody sees what she looks after herself")
def index() -> ResponseReturnValue:
    """List what the person looks after, the most urgent first."""
    return render_template("keeping/own.html", found=queries.own(current_user))


@keeping.get("/<int:row_id>")
@rule("policy")
def show(row_id: int) -> ResponseReturnValue:
    """Show whether it holds, who looks after it, and what can be done."""
    return page(find(row_id))


def page(kept: Kept, failed: FlaskForm | None = None) -> ResponseReturnValue:
    """Show the page, with the form that was not right where there is one."""
    row = kept.row
    owner = OwnerForm(formdata=None, version=row.version)
    owner.owner.choices = _owner_choices(kept)
    forms: dict[str, FlaskForm] = {
        "owner": owner,
        "settle": SettleForm(formdata=None, version=row.version),
        "write": WriteForm(formdata=None),
        "deed": DeedForm(formdata=None, version=row.version),
    }
    if failed is not None:
        forms = {n: failed if type(failed) is type(form) else form for n, form in forms.items()}
    successor, predecessors = succession.around(current_user, row.kind, row.subject_id)
    named = succession.find((row.kind, row.subject_id))
    answer = render_template(
        "keeping/show.html",
        kept=kept,
        row=row,
        thing=kept.thing,
        forms=forms,
        failed=failed,
        owner=queries.owner_of(row),
        successor=successor,
        predecessors=predecessors,
        successor_form=SuccessorForm(formdata=None, seen=named.id if named else None),
        has_successor=named is not None,
        history=audit.history(row.__tablename__, row.id),
        undoable=queries.undoable(current_user, row),
        action_form=ActionForm(),
        content_name=queries.known_kinds().get(row.content, row.content),
    )
    return answer, 200 if failed is None else 422


def _owner_choices(kept: Kept) -> Any:
    people = queries.colleagues(current_user, kept)
    return choices_of((person.id, person.display_name) for person in people)


@keeping.post("/<int:row_id>/bestaetigen")
@rule("policy")
def confirm(row_id: int) -> ResponseReturnValue:
    """Say that it is still right."""
    kept = find(row_id)
    return _deed(kept, services.confirm, _("Thank you. It is confirmed as of today."))


@keeping.post("/<int:row_id>/veraltet")
@rule("policy")
def doubt(row_id: int) -> ResponseReturnValue:
    """Say that it is outdated."""
    kept = find(row_id)
    return _deed(kept, services.doubt, _("It is labelled now. Thank you for saying so."))


@keeping.post("/<int:row_id>/abgeben")
@rule("policy")
def leave(row_id: int) -> ResponseReturnValue:
    """Have nobody look after it; the desk finds somebody."""
    kept = find(row_id)
    told = _("Nobody looks after it any more. The KTS will find somebody.")
    return _deed(kept, services.leave, told)


def _deed(
    kept: Kept, service: Callable[[Any, Kept, int], AuditEntry], told: str
) -> ResponseReturnValue:
    form = DeedForm()
    if not form.validate_on_submit():
        raise NotFound
    actor = current_user._get_current_object()
    return done(kept, lambda: service(actor, kept, form.version.data), told, back=True)


def done(
    kept: Kept, deed: Callable[[], AuditEntry], told: str, *, back: bool = False
) -> ResponseReturnValue:
    """Do it, commit, offer to undo it; a conflict says who was first.

    ``back`` leads to the content itself where its page was where the button stood.
    """
    address = url_for("keeping.show", row_id=kept.row.id)
    if back and request.form.get("von") == "inhalt":
        address = kept.thing.path
    try:
        entry = deed()
    except Conflict as conflict:
        db.session.rollback()
        flash(conflict.message, "warning")
        return redirect(address, 303)
    db.session.commit()
    undo_address = url_for("keeping.undo", row_id=kept.row.id, entry_id=entry.id)
    flash({"text": told, "undo": undo_address}, "undo")  # type: ignore[arg-type]
    return redirect(address, 303)


@keeping.post("/<int:row_id>/zurueck/<int:entry_id>")
@rule("policy")
def undo(row_id: int, entry_id: int) -> ResponseReturnValue:
    """Take an own deed back."""
    kept = queries.get_kept(current_user, row_id)
    entry = db.session.get(AuditEntry, entry_id)
    own = entry is not None and entry.actor_id == current_user.id
    require(current_user.is_authenticated and own, _("Only who did it can undo it."))
    if entry is None or not ActionForm().validate_on_submit():
        raise NotFound
    actor = current_user._get_current_object()
    try:
        if entry.kind == "succession":
            succession.undo(actor, kept.thing, entry)
        else:
            services.undo(actor, kept, entry)
    except Conflict as conflict:
        db.session.rollback()
        flash(conflict.message, "warning")
    else:
        db.session.commit()
        flash(_("This was undone."), "success")
    return redirect(kept.thing.path, 303)


@keeping.post("/<int:row_id>/uebergeben")
@rule("policy")
def hand_on(row_id: int) -> ResponseReturnValue:
    """Let a colleague look after it."""
    kept = find(row_id)
    form = OwnerForm()
    form.owner.choices = _owner_choices(kept)
    if not form.validate_on_submit():
        return page(kept, form)
    actor = current_user._get_current_object()
    person = next(p for p in queries.colleagues(actor, kept) if p.id == form.owner.data)
    told = _("%(name)s looks after it now and has been told.", name=person.display_name)
    return done(kept, lambda: services.hand_on(actor, kept, form.version.data or 0, person), told)


@keeping.post("/<int:row_id>/belassen")
@rule("moderator")
def settle(row_id: int) -> ResponseReturnValue:
    """Leave it at the label."""
    kept = find(row_id)
    form = SettleForm()
    if not form.validate_on_submit():
        return page(kept, form)
    actor, reason = current_user._get_current_object(), (form.reason.data or "").strip()
    told = _("It keeps its label and leaves the desk.")
    return done(kept, lambda: services.settle(actor, kept, form.version.data or 0, reason), told)


@keeping.post("/<int:row_id>/schreiben")
@rule("moderator")
def write(row_id: int) -> ResponseReturnValue:
    """Write to the owner."""
    kept = find(row_id)
    form = WriteForm()
    if not form.validate_on_submit():
        return page(kept, form)
    services.write(current_user._get_current_object(), kept, form.words.data or "")
    db.session.commit()
    flash(_("Your message has been sent to the owner."), "success")
    return redirect(url_for("keeping.show", row_id=row_id), 303)
