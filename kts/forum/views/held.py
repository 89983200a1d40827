"""What was held back of one's own: what happens now, changing it, taking it back."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access, judging
from kts.core.errors import Conflict
from kts.core.forms import ActionForm
from kts.core.web import whole_number
from kts.extensions import db
from kts.forum.differences import differences
from kts.forum.forms.held import HeldForm
from kts.forum.models.held import OPEN, HeldContribution
from kts.forum.queries.held import count_own_held, get_own_held, own_held
from kts.forum.services import holding
from kts.forum.services.contents import render_post
from kts.forum.services.held_texts import LABELS, Sent, source_of, texts_of
from kts.forum.views.attachments import take_uploads

held = Blueprint("held", __name__, url_prefix="/forum/zurueckgehalten")


def held_back(sent: Sent) -> ResponseReturnValue | None:
    """Lead to the page of what is held; None where the contribution may appear at once.

    Raises TooMuch where a limit for new members is reached.
    """
    found = holding.judge(current_user, sent)
    if found is None:
        return None
    address = url_for("held.show", held_id=found.id)
    db.session.commit()
    return redirect(address, 303)


@held.app_template_global("held_count")
def held_count() -> int:
    """Count the signed-in person's contributions that wait."""
    return count_own_held(current_user) if current_user.is_authenticated else 0


@held.app_template_global("held_html")
def held_html(found: HeldContribution) -> str:
    """Render what the post would look like."""
    return render_post(source_of(found))


@held.get("")
@access.rule("signed-in", "only the own contributions")
def index() -> ResponseReturnValue:
    """List what of the person's own was held, and what became of it."""
    return render_template("forum/held_list.html", all_held=own_held(current_user))


@held.get("/<int:held_id>")
@access.rule("signed-in", "only the own contributions")
def show(held_id: int) -> ResponseReturnValue:
    """Say what is kept, what happens now and who looks at it."""
    return _page(get_own_held(current_user, held_id))


def _page(found: HeldContribution, conflict: str = "", status: int = 200) -> ResponseReturnValue:
    texts = texts_of(found)
    return render_template(
        "forum/held.html",
        held=found,
        texts=texts,
        labels=LABELS,
        sentences=[judging.sentence_of(key) for key in found.reasons],
        changes={n: differences(texts[n], t) for n, t in (found.edited or {}).items()},
        conflict=conflict,
    ), status


@held.route("/<int:held_id>/bearbeiten", methods=["GET", "POST"])
@access.rule("signed-in", "only the own contributions")
def edit(held_id: int) -> ResponseReturnValue:
    """Let its author change it as long as nobody has decided."""
    found = get_own_held(current_user, held_id)
    if not found.is_open:
        return _page(found, _("It is decided by now, so it cannot be changed."), 409)
    form = HeldForm()
    if "body" in texts_of(found):
        take_uploads(form)
    form.keep(texts_of(found), found.version)
    if not form.validate_on_submit():
        return _edit_page(found, form), 422 if form.is_submitted() else 200
    try:
        holding.change(current_user, found, form.texts, version=form.version.data or 0)
    except Conflict as conflict:
        db.session.rollback()
        found = get_own_held(current_user, held_id)
        form.version.raw_data = [str(found.version)]
        return _edit_page(found, form, conflict.message), conflict.status
    db.session.commit()
    flash(_("Your change is kept. The moderators see the new text."), "success")
    return redirect(url_for("held.show", held_id=held_id), 303)


def _edit_page(found: HeldContribution, form: Any, conflict: str = "") -> str:
    return render_template(
        "forum/held_edit.html", held=found, form=form, names=list(LABELS), conflict=conflict
    )


@held.post("/<int:held_id>/zurueckziehen")
@access.rule("signed-in", "only the own contributions")
def withdraw(held_id: int) -> ResponseReturnValue:
    """Take it back; the text stays to be copied."""
    found = get_own_held(current_user, held_id)
    if ActionForm().validate_on_submit():
        version = request.form.get("version", 0, type=whole_number)
        try:
            holding.withdraw(current_user, found, version=version)
        except Conflict as conflict:
            db.session.rollback()
            return _page(get_own_held(current_user, held_id), conflict.message, 409)
        db.session.commit()
        flash(_("It is withdrawn. Nobody looks at it any more; your text is kept here."), "success")
    return redirect(url_for("held.show", held_id=held_id), 303)


def leads_to_open_edit(found: HeldContribution | None) -> ResponseReturnValue | None:
    """Lead to the change of a post that is held already, instead of beginning a second one."""
    if found is None or found.state not in OPEN:
        return None
    flash(_("Your last change of this post still waits. You can go on with it here."), "info")
    return redirect(url_for("held.show", held_id=found.id), 303)
