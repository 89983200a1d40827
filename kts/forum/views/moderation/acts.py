"""One form, one reason, a button for each act on a thread or a post."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_timezone
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from kts.accounts.archives import require_open
from kts.accounts.policies import is_archived
from kts.core import access
from kts.core.clock import now
from kts.core.decided import require_undecided
from kts.core.errors import Denied, NotFound
from kts.core.forms import choices_of
from kts.extensions import db
from kts.forum import policies, queries
from kts.forum.forms.moderating import ModerationForm
from kts.forum.models import Post, Thread, page_of
from kts.forum.models.moderating import ThreadEvent
from kts.forum.queries import moderating
from kts.forum.services import moderation as services

moderation = Blueprint("moderation", __name__)

Act = Callable[..., ThreadEvent | None]
THREAD_ACTS: dict[str, tuple[Act, Any]] = {
    "unpin": (services.unpin_thread, _l("The thread is no longer pinned.")),
    "lock": (services.lock_thread, _l("The thread is closed for answers.")),
    "unlock": (services.unlock_thread, _l("The thread is open for answers.")),
    "hide": (services.hide_thread, _l("The thread is hidden.")),
    "unhide": (services.unhide_thread, _l("The thread is shown again.")),
}
POST_ACTS: dict[str, tuple[Act, Any]] = {
    "hide": (services.hide_post, _l("The post is hidden.")),
    "unhide": (services.unhide_post, _l("The post is shown again.")),
}
WIKI_ACTS: dict[str, tuple[Act, Any]] = {
    "wiki": (services.make_wiki, _l("Everybody who may answer can now edit the post.")),
    "unwiki": (services.end_wiki, _l("Only the author edits the post again.")),
}
MOST_YEARS = 10  # as for polls; behind the year 9999 there is no day any more
TAKES_BACK = {"unlock": "locked", "unhide": "hidden"}  # what may have been decided with reasons
NEEDS_REASON = {"lock", "hide", "move", "slow", "merge", "split"}


def flash_done(event: ThreadEvent | None, sentence: str) -> None:
    """Say what was done, with a button that takes it back."""
    if event is None:
        flash(sentence, "success")
        return
    address = url_for("moderation.undo", thread_id=event.thread_id, event_id=event.id)
    flash({"text": sentence, "undo": address}, "undo")  # type: ignore[arg-type]


def moderation_form(thread: Thread) -> ModerationForm | None:
    """Give the form with the categories to move to; None where the viewer may not moderate."""
    if not policies.can_moderate_thread(current_user, thread):
        return None
    form = ModerationForm()
    others = db.session.scalars(queries.visible_categories(current_user))
    rooms = (
        (c.slug, c.name)
        for c in others
        if c.id != thread.category_id and not is_archived(current_user, c.visibility)
    )
    form.category.choices = choices_of([("", _("Please choose")), *rooms])
    return form


def require_moderation(thread: Thread) -> None:
    """Refuse whoever keeps no order in this thread."""
    access.require(
        policies.can_moderate_thread(current_user, thread), _("Only KTS moderators can do this.")
    )


def thread_address(thread: Thread) -> str:
    """Give the address of the thread's page."""
    return url_for("threads.show", thread_id=thread.id, slug=thread.slug)


def post_place(thread: Thread, number: int) -> str:
    """Give the address of the post with that number on its page of the thread."""
    page = page_of(number)
    seite = page if page > 1 else None
    here = {"thread_id": thread.id, "slug": thread.slug}
    return url_for("threads.show", **here, seite=seite, _anchor=f"beitrag-{number}")


@moderation.route("/thema/<int:thread_id>-<slug>/moderation", methods=["GET", "POST"])
@access.rule("policy")
def thread(thread_id: int, slug: str) -> ResponseReturnValue:
    """Do the act of the pressed button; without one show the acts and what was done so far."""
    found = queries.get_thread(current_user, thread_id)
    require_moderation(found)
    form = moderation_form(found)
    act = request.form.get("act", "")
    if request.method == "POST" and is_complete(form, act) and _act(found, form, act):
        db.session.commit()
        return redirect(thread_address(found) if _sees(found) else url_for("forum.index"), 303)
    status = 422 if request.method == "POST" else 200
    return render_template(
        "forum/moderation.html",
        thread=found,
        form=form,
        log=moderating.log_of(current_user, found),
        proposals=moderating.open_proposals(current_user, found),
    ), status


def _sees(thread: Thread) -> bool:
    return thread.visibility in current_user.visibility_tokens


def is_complete(form: Any, act: str | None) -> bool:
    """Check the entries, and that a reason is given where the act weighs on others."""
    if not form.validate_on_submit():
        return False
    if act in NEEDS_REASON and not form.reason.data:
        form.reason.errors = [_("Please give a reason; the author reads it.")]
        return False
    return True


def _act(found: Thread, form: ModerationForm, act: str) -> bool:
    if act in SPECIAL:
        return SPECIAL[act](found, form)
    if act not in THREAD_ACTS:
        raise NotFound
    if act in TAKES_BACK:
        require_undecided(found, TAKES_BACK[act])
    perform, sentence = THREAD_ACTS[act]
    flash_done(perform(current_user, found, form.reason.data), str(sentence))
    return True


def _end(form: ModerationForm) -> datetime | None:
    """Give the end of the chosen day, as the people here count days."""
    if form.until.data is None:
        return None
    night = datetime.combine(form.until.data + timedelta(days=1), time())
    return get_timezone().localize(night)


def _has_future(form: ModerationForm) -> bool:
    if form.until.data is not None and form.until.data.year > now().year + MOST_YEARS:
        form.until.errors = [_("Please choose a day within the next ten years.")]
        return False
    end = _end(form)
    if end is not None and end <= now():
        form.until.errors = [_("Please choose today or a later day.")]
        return False
    return True


def _pin(found: Thread, form: ModerationForm) -> bool:
    if not _has_future(form):
        return False
    event = services.pin_thread(current_user, found, form.reason.data, _end(form))
    flash_done(event, _("The thread is pinned."))
    return True


def _slow(found: Thread, form: ModerationForm) -> bool:
    if not _has_future(form):
        return False
    seconds = form.pace.data or 0
    event = services.set_pace(current_user, found, seconds, form.reason.data, _end(form))
    flash_done(event, _("Slow mode is on.") if seconds else _("Slow mode is off."))
    return True


def _move(found: Thread, form: ModerationForm) -> bool:
    if not form.category.data:
        form.category.errors = [_("Please choose a category.")]
        return False
    category = queries.get_category(current_user, form.category.data)
    require_open(category.visibility)
    if not policies.can_receive_category(current_user, category):
        event = services.propose_move(current_user, found, category, form.reason.data)
        flash_done(event, _("The KTS moderators have been asked to move the thread."))
        return True
    try:
        services.require_confirmed(
            current_user, found.visibility, category.visibility, confirmed=form.confirmed.data
        )
    except (services.Exposure, Denied) as error:
        form.confirmed.errors = [error.message]
        return False
    event = services.move_thread(current_user, found, category, form.reason.data)
    flash_done(event, _("The thread is now in “%(category)s”.", category=category.name))
    return True


SPECIAL = {"pin": _pin, "slow": _slow, "move": _move}


@moderation.route("/beitrag/<int:post_id>/moderation", methods=["GET", "POST"])
@access.rule("policy")
def post(post_id: int) -> ResponseReturnValue:
    """Hide a post, show it again, or let all edit it, which its author may do as well."""
    found = queries.get_post(current_user, post_id)
    acts = _post_acts(found)
    access.require(bool(acts), _("Only KTS moderators can do this."))
    form = ModerationForm()
    form.category.choices = choices_of([("", "")])
    act = request.form.get("act", "")
    if request.method == "POST" and act not in acts:
        raise Denied(_("Only KTS moderators can do this.")) if act in POST_ACTS else NotFound
    if request.method == "POST" and is_complete(form, act):
        if act in TAKES_BACK:
            require_undecided(found, TAKES_BACK[act])
        return _act_on_post(found, form, *acts[act])
    status = 422 if request.method == "POST" else 200
    log = moderating.log_of(current_user, found.thread, found)
    return render_template("forum/moderation_post.html", post=found, form=form, log=log), status


def _post_acts(post: Post) -> dict[str, tuple[Act, Any]]:
    """Give the acts that the viewer may do to the post."""
    acts: dict[str, tuple[Act, Any]] = {}
    if policies.can_moderate_post(current_user, post):
        acts |= POST_ACTS
    if policies.can_wiki_post(current_user, post):
        acts |= WIKI_ACTS
    return acts


def _act_on_post(found: Post, form: Any, perform: Act, sentence: Any) -> ResponseReturnValue:
    event = perform(current_user, found, form.reason.data)
    if policies.can_moderate_post(current_user, found):
        flash_done(event, str(sentence))
    else:
        flash(str(sentence), "success")
    db.session.commit()
    return redirect(url_for("posts.show", post_id=found.id), 303)
