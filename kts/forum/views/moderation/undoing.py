"""Taking acts back, answering proposals, and leading on from threads that were merged."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.accounts.archives import require_open
from kts.core import access
from kts.core.decided import require_undecided
from kts.core.forms import ActionForm
from kts.extensions import db
from kts.forum import queries
from kts.forum.models import Category, Post, Thread
from kts.forum.models.moderating import MARKS, ThreadEvent
from kts.forum.queries import moderating
from kts.forum.services import moderation as services
from kts.forum.views.moderation.acts import (
    TAKES_BACK,
    flash_done,
    moderation,
    post_place,
    require_moderation,
    thread_address,
)


@moderation.post("/thema/<int:thread_id>/moderation/<int:event_id>/rueckgaengig")
@access.rule("policy")
def undo(thread_id: int, event_id: int) -> ResponseReturnValue:
    """Take one act back."""
    found, event = _find(thread_id, event_id)
    if ActionForm().validate_on_submit():
        _require_undecided(found, event)
        services.undo(current_user, event)
        db.session.commit()
        flash(_("This was undone."), "success")
    return redirect(_next_page(found), 303)


def _require_undecided(thread: Thread, event: ThreadEvent) -> None:
    """Leave to a decision with reasons what it has hidden or closed."""
    field, value, _counterpart = MARKS.get(event.kind, ("", False, ""))
    if value and field in TAKES_BACK.values():
        post_id = event.data.get("post_id")
        require_undecided(db.session.get(Post, post_id) if post_id else thread, field)


def _find(thread_id: int, event_id: int) -> tuple[Thread, ThreadEvent]:
    found = queries.get_thread(current_user, thread_id)
    require_moderation(found)
    return found, moderating.find_event(found, event_id)


def _next_page(thread: Thread) -> str:
    """Lead back to the log for whoever came from there, else to the thread."""
    if request.form.get("log"):
        return url_for("moderation.thread", thread_id=thread.id, slug=thread.slug)
    if thread.visibility not in current_user.visibility_tokens:
        return url_for("forum.index")
    return thread_address(thread)


@moderation.post("/thema/<int:thread_id>/moderation/<int:event_id>/annehmen")
@access.rule("policy")
def accept(thread_id: int, event_id: int) -> ResponseReturnValue:
    """Move the thread as it was proposed."""
    found, event = _find(thread_id, event_id)
    _require_receiver()
    target = db.session.get(Category, event.data.get("to", 0))
    require_open(target.visibility if target else "")
    if ActionForm().validate_on_submit():
        moved = services.accept_proposal(current_user, event)
        db.session.commit()
        flash_done(moved, _("The thread is now in “%(category)s”.", category=found.category.name))
    return redirect(thread_address(found), 303)


@moderation.post("/thema/<int:thread_id>/moderation/<int:event_id>/ablehnen")
@access.rule("policy")
def decline(thread_id: int, event_id: int) -> ResponseReturnValue:
    """Leave the thread where it is."""
    found, event = _find(thread_id, event_id)
    _require_receiver()
    if ActionForm().validate_on_submit():
        services.decline_proposal(current_user, event, request.form.get("reason", "")[:1000])
        db.session.commit()
        flash(_("The thread stays where it is."), "success")
    return redirect(_next_page(found), 303)


def _require_receiver() -> None:
    access.require(current_user.is_moderator, _("Only KTS moderators can do this."))


@moderation.get("/forum/vorschlaege")
@access.rule("moderator")
def proposals() -> ResponseReturnValue:
    """List the moves that were proposed and wait for an answer."""
    waiting = moderating.waiting_proposals(current_user)
    return render_template("forum/proposals.html", waiting=waiting)


def lead_on(thread_id: int) -> ResponseReturnValue:
    """Redirect from a merged thread to where its posts are; raise NotFound for all others.

    Nobody may keep the redirect, since a merge can be undone.
    """
    thread, number = moderating.place_of_merged(current_user, thread_id)
    response = redirect(post_place(thread, number), 301)
    response.headers["Cache-Control"] = "no-store"
    return response
