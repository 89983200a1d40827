"""Threads of which nobody has made knowledge yet, though much speaks for it."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.errors import Invalid
from kts.curation.distilling import suggesting
from kts.curation.distilling.forms import ReasonForm
from kts.curation.distilling.views import distilling, require_token
from kts.extensions import db
from kts.forum.queries.threads import get_thread


@distilling.get("/kuratierung/wissen/vorschlaege")
@access.rule("moderator")
def suggestions() -> ResponseReturnValue:
    """List the threads that are worth it, and those that were put away."""
    return render_template(
        "distilling/suggestions.html",
        suggestions=suggesting.suggestions(current_user),
        away=suggesting.put_away(current_user),
        least=suggesting.LEAST_SCORE,
        quiet=suggesting.QUIET_FOR.days,
    )


@distilling.post("/kuratierung/wissen/vorschlaege/<int:thread_id>/ungeeignet")
@access.rule("moderator")
def dismiss(thread_id: int) -> ResponseReturnValue:
    """Put a thread away; the next page offers to undo it."""
    thread = get_thread(current_user, thread_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        raise Invalid(_("The text is too long. Nothing was changed."))
    suggesting.dismiss(current_user, thread, form.reason.data or "")
    db.session.commit()
    undo = url_for("distilling.suggest_again", thread_id=thread_id)
    told = _("“%(title)s” is not suggested any more.", title=thread.title)
    flash({"text": told, "undo": undo}, "undo")
    return redirect(url_for("distilling.suggestions"), 303)


@distilling.post("/kuratierung/wissen/vorschlaege/<int:thread_id>/wieder")
@access.rule("moderator")
def suggest_again(thread_id: int) -> ResponseReturnValue:
    """Let a thread be suggested again."""
    thread = get_thread(current_user, thread_id)
    require_token()
    suggesting.suggest_again(current_user, thread)
    db.session.commit()
    return redirect(url_for("distilling.suggestions"), 303)
