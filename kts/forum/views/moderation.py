"""What moderators do to threads and posts: one form, one reason, a button for each act."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from kts.core import access, audit
from kts.core.errors import NotFound
from kts.extensions import db
from kts.forum import policies, queries, services
from kts.forum.forms import ModerationForm
from kts.forum.models import Post, Thread

moderation = Blueprint("moderation", __name__)

THREAD_ACTS: dict[str, tuple[Callable[..., None], Any]] = {
    "pin": (services.pin_thread, _l("The thread is pinned.")),
    "unpin": (services.unpin_thread, _l("The thread is no longer pinned.")),
    "lock": (services.lock_thread, _l("The thread is closed for answers.")),
    "unlock": (services.unlock_thread, _l("The thread is open for answers.")),
    "hide": (services.hide_thread, _l("The thread is hidden.")),
    "unhide": (services.unhide_thread, _l("The thread is shown again.")),
}
POST_ACTS: dict[str, tuple[Callable[..., None], Any]] = {
    "hide": (services.hide_post, _l("The post is hidden.")),
    "unhide": (services.unhide_post, _l("The post is shown again.")),
}
NEEDS_REASON = {"lock", "hide", "move"}


def moderation_form(thread: Thread) -> ModerationForm | None:
    """Give the form with the categories to move to; None where the viewer may not moderate."""
    if not policies.can_moderate_thread(current_user, thread):
        return None
    form = ModerationForm()
    others = db.session.scalars(queries.visible_categories(current_user))
    form.category.choices = [("", _("Please choose"))] + [
        (c.slug, c.name) for c in others if c.id != thread.category_id
    ]
    return form


@moderation.route("/thema/<int:thread_id>-<slug>/moderation", methods=["GET", "POST"])
@access.rule("policy")
def thread(thread_id: int, slug: str) -> ResponseReturnValue:
    """Do the act of the pressed button; without one show the acts and what was done so far."""
    found = queries.get_thread(current_user, thread_id)
    access.require(
        policies.can_moderate_thread(current_user, found), _("Only KTS moderators can do this.")
    )
    form = moderation_form(found)
    if request.method == "POST" and _is_complete(form) and _act(found, form):
        db.session.commit()
        return redirect(url_for("threads.show", thread_id=found.id, slug=found.slug), 303)
    status = 422 if request.method == "POST" else 200
    log = audit.history("thread", found.id)
    return render_template("forum/moderation.html", thread=found, form=form, log=log), status


def _is_complete(form: Any) -> bool:
    if not form.validate_on_submit():
        return False
    if request.form.get("act") in NEEDS_REASON and not form.reason.data:
        form.reason.errors = [_("Please give a reason; the author reads it.")]
        return False
    return True


def _act(found: Thread, form: Any) -> bool:
    act = request.form.get("act", "")
    if act == "move":
        return _move(found, form)
    if act not in THREAD_ACTS:
        raise NotFound
    perform, sentence = THREAD_ACTS[act]
    perform(current_user, found, form.reason.data)
    flash(str(sentence), "success")
    return True


def _move(found: Thread, form: Any) -> bool:
    if not form.category.data:
        form.category.errors = [_("Please choose a category.")]
        return False
    category = queries.get_category(current_user, form.category.data)
    services.move_thread(current_user, found, category, form.reason.data)
    flash(_("The thread is now in “%(category)s”.", category=category.name), "success")
    return True


@moderation.route("/beitrag/<int:post_id>/moderation", methods=["GET", "POST"])
@access.rule("policy")
def post(post_id: int) -> ResponseReturnValue:
    """Hide a post or show it again."""
    found = queries.get_post(current_user, post_id)
    access.require(
        policies.can_moderate_post(current_user, found), _("Only KTS moderators can do this.")
    )
    form = ModerationForm()
    form.category.choices = [("", "")]
    if request.method == "POST" and _is_complete(form):
        return _act_on_post(found, form)
    status = 422 if request.method == "POST" else 200
    log = audit.history("post", found.id)
    return render_template("forum/moderation_post.html", post=found, form=form, log=log), status


def _act_on_post(found: Post, form: Any) -> ResponseReturnValue:
    act = request.form.get("act", "")
    if act not in POST_ACTS:
        raise NotFound
    perform, sentence = POST_ACTS[act]
    perform(current_user, found, form.reason.data)
    db.session.commit()
    flash(str(sentence), "success")
    return redirect(url_for("posts.show", post_id=found.id), 303)
