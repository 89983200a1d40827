"""Accepting answers, voting, sharing a problem, and the fields that only one kind has."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.accounts.archives import require_in, require_open
from kts.core import access
from kts.core.errors import Conflict, Invalid, NotFound
from kts.core.forms import ActionForm
from kts.core.judging import TooMuch
from kts.core.web import limited_person, whole_number
from kts.extensions import db, limiter
from kts.forum import policies, queries, services
from kts.forum.forms.kinds import ExperienceForm, KindForm, PollForm, day_of
from kts.forum.models import EXPERIENCE, POLL, Post, Thread
from kts.forum.models.kinds import Announcement, Experience, Poll
from kts.forum.queries.kinds import get_poll, has_votes
from kts.forum.services import kinds as deeds
from kts.forum.services.held_texts import sent_edit
from kts.forum.services.holding import require_at_once
from kts.forum.services.kinds.experiences import FIELDS
from kts.forum.views.held import held_back
from kts.forum.views.threads import address_of, post_address

kinds = Blueprint("kinds", __name__)

CLICKS = "120 per hour"  # a busy afternoon of votes and second thoughts
CHANGES = "60 per hour"

POLL_ANCHOR, PROBLEM_ANCHOR = "umfrage", "auch"


def _thread(thread_id: int) -> Thread:
    return queries.get_thread(current_user, thread_id)


def _back(thread: Thread, anchor: str) -> ResponseReturnValue:
    return redirect(url_for("threads.show", **address_of(thread), _anchor=anchor), 303)


# Accepted answers ---------------------------------------------------------------------------


@kinds.post("/beitrag/<int:post_id>/annehmen")
@access.rule("policy")
@limiter.limit(CLICKS, key_func=limited_person)
def accept(post_id: int) -> ResponseReturnValue:
    """Mark the post as the answer that helped."""
    post = queries.get_post(current_user, post_id)
    allowed = policies.can_accept_post(current_user, post)
    sentence = _("Only the asker and moderators accept an answer that can be read.")
    require_in(post.thread.visibility, allowed, sentence)
    if ActionForm().validate_on_submit():
        deeds.accept_post(current_user, post)
        db.session.commit()
        flash(_("The answer is marked as accepted. Its author is told."), "success")
    return redirect(_address(post), 303)


@kinds.post("/beitrag/<int:post_id>/annahme-zuruecknehmen")
@access.rule("policy")
@limiter.limit(CLICKS, key_func=limited_person)
def unaccept(post_id: int) -> ResponseReturnValue:
    """Take back that the answer was accepted."""
    post = queries.get_post(current_user, post_id)
    allowed = policies.can_steer_thread(current_user, post.thread)
    sentence = _("Only the asker and moderators accept an answer that can be read.")
    require_in(post.thread.visibility, allowed, sentence)
    if ActionForm().validate_on_submit():
        deeds.withdraw_acceptance(current_user, post)
        db.session.commit()
        flash(_("The answer is no longer marked as accepted."), "success")
    return redirect(_address(post), 303)


def _address(post: Post) -> str:
    return post_address(post.thread, post.page, post.number)


# The same question --------------------------------------------------------------------------


@kinds.post("/thema/<int:thread_id>-<slug>/haben-wir-auch")
@access.rule("policy")
@limiter.limit(CLICKS, key_func=limited_person)
def share(thread_id: int, slug: str) -> ResponseReturnValue:
    """Say that one has the same question."""
    thread = _thread(thread_id)
    _require_sharing(thread)
    if ActionForm().validate_on_submit():
        place = request.form.get("municipality", type=whole_number)
        deeds.share_problem(current_user, thread, place)
        db.session.commit()
        flash(_("Noted. You will be told when an answer is accepted."), "success")
    return _back(thread, PROBLEM_ANCHOR)


@kinds.post("/thema/<int:thread_id>-<slug>/haben-wir-nicht-mehr")
@access.rule("policy")
@limiter.limit(CLICKS, key_func=limited_person)
def unshare(thread_id: int, slug: str) -> ResponseReturnValue:
    """Take back that one has the same question."""
    thread = _thread(thread_id)
    access.require(current_user.is_authenticated, _("Please sign in first."))
    require_open(thread.visibility)
    if ActionForm().validate_on_submit():
        deeds.unshare_problem(current_user, thread)
        db.session.commit()
        flash(_("You no longer count among those who have this question."), "success")
    return _back(thread, PROBLEM_ANCHOR)


def _require_sharing(thread: Thread) -> None:
    require_in(
        thread.visibility,
        policies.can_share_thread(current_user, thread),
        _("Signed-in people can share open questions that others have asked."),
    )


# Polls --------------------------------------------------------------------------------------


def _poll(thread: Thread) -> Poll:
    poll = get_poll(thread)
    if poll is None:
        raise NotFound
    return poll


@kinds.post("/thema/<int:thread_id>-<slug>/abstimmen")
@access.rule("policy")
@limiter.limit(CLICKS, key_func=limited_person)
def vote(thread_id: int, slug: str) -> ResponseReturnValue:
    """Vote, or change the vote."""
    thread = _thread(thread_id)
    poll = _poll_to_vote_in(thread)
    chosen = request.form.getlist("option", type=whole_number)
    return _voted(
        thread,
        lambda: deeds.vote(current_user, poll, chosen, _voting_place()),
        _("Your vote counts. You can change it until the end."),
    )


@kinds.post("/thema/<int:thread_id>-<slug>/stimme-zuruecknehmen")
@access.rule("policy")
@limiter.limit(CLICKS, key_func=limited_person)
def withdraw(thread_id: int, slug: str) -> ResponseReturnValue:
    """Take the vote back."""
    thread = _thread(thread_id)
    poll = _poll_to_vote_in(thread)
    return _voted(
        thread,
        lambda: deeds.withdraw_vote(current_user, poll, _voting_place()),
        _("Your vote was taken back."),
    )


def _poll_to_vote_in(thread: Thread) -> Poll:
    poll = _poll(thread)
    access.require(current_user.is_authenticated, _("Please sign in to vote."))
    require_in(
        thread.visibility,
        policies.can_vote_thread(current_user, thread),
        _("The thread is closed; one can no longer vote in it."),
    )
    return poll


def _voting_place() -> int | None:
    return request.form.get("municipality", type=whole_number)


def _voted(thread: Thread, deed: Callable[[], None], sentence: str) -> ResponseReturnValue:
    """Do it; a vote that the poll cannot take leads back to the poll with the reason."""
    if not ActionForm().validate_on_submit():
        return _back(thread, POLL_ANCHOR)
    try:
        deed()
    except (Invalid, Conflict) as error:
        db.session.rollback()
        flash(error.message, "error")
        return _back(_thread(thread.id), POLL_ANCHOR)
    db.session.commit()
    flash(sentence, "success")
    return _back(thread, POLL_ANCHOR)


@kinds.post("/thema/<int:thread_id>-<slug>/umfrage-beenden")
@access.rule("policy")
@limiter.limit(CHANGES, key_func=limited_person)
def close_poll(thread_id: int, slug: str) -> ResponseReturnValue:
    """End the poll before its time."""
    thread = _thread(thread_id)
    poll = _poll(thread)
    _require_steering(thread)
    if ActionForm().validate_on_submit():
        deeds.close_poll(current_user, poll)
        db.session.commit()
        flash(_("The poll has ended."), "success")
    return _back(thread, POLL_ANCHOR)


@kinds.route("/thema/<int:thread_id>-<slug>/umfrage", methods=["GET", "POST"])
@access.rule("policy")
@limiter.limit(CHANGES, methods=["POST"], key_func=limited_person)
def edit_poll(thread_id: int, slug: str) -> ResponseReturnValue:
    """Change a poll in which nobody has voted yet."""
    thread = _thread(thread_id)
    poll = _poll(thread)
    _require_steering(thread)
    access.require(
        not has_votes(poll), _("Somebody has voted already; the poll can no longer be changed.")
    )
    form = PollForm(data=_filled(poll))
    if form.validate_on_submit() and _change_poll(thread, poll, form):
        db.session.commit()
        flash(_("Saved."), "success")
        return _back(thread, POLL_ANCHOR)
    status = 422 if form.is_submitted() else 200
    return render_template("forum/kind_poll.html", thread=thread, form=form), status


def _change_poll(thread: Thread, poll: Poll, form: PollForm) -> bool:
    try:
        require_at_once(current_user, thread, deeds.Details(POLL, poll=form.poll))
    except Conflict as error:
        form.options.errors = [error.message]
        return False
    deeds.change_poll(current_user, poll, form.poll)
    return True


def _filled(poll: Poll) -> dict[str, Any]:
    several = poll.most if 1 < poll.most < len(poll.options) else None
    return {
        "options": "\n".join(option.text for option in poll.options),
        "multiple": poll.most > 1,
        "most": several,
        "results": poll.results,
        "counted": poll.counted,
        "named": poll.named,
        "ends": day_of(poll.ends),
    }


def _require_steering(thread: Thread) -> None:
    require_in(
        thread.visibility,
        policies.can_steer_thread(current_user, thread),
        _("Only whoever asked and moderators can change the poll."),
    )


# Experiences --------------------------------------------------------------------------------


@kinds.route("/thema/<int:thread_id>-<slug>/erfahrung", methods=["GET", "POST"])
@access.rule("policy")
@limiter.limit(CHANGES, methods=["POST"], key_func=limited_person)
def experience(thread_id: int, slug: str) -> ResponseReturnValue:
    """Change the fields of an experience; whoever was faster is shown beside it."""
    thread = _thread(thread_id)
    if thread.kind != EXPERIENCE:
        raise NotFound
    post = deeds.first_post(thread)
    may = policies.can_edit_post(current_user, post)
    require_in(thread.visibility, may, _("Only the author can change it."))
    form = ExperienceForm(data=_told(thread, post))
    if form.validate_on_submit():
        return _save_experience(thread, post, form)
    return _experience_page(thread, post, form), 422 if form.is_submitted() else 200


def _told(thread: Thread, post: Post) -> dict[str, Any]:
    """Give the fields as they are; a text from before it was an experience is what was done."""
    known = db.session.get(Experience, thread.id)
    values = {name: getattr(known, name) for name in FIELDS} if known else {"done": post.source}
    return {"title": thread.title, "version": post.version, **values}


def _save_experience(thread: Thread, post: Post, form: ExperienceForm) -> ResponseReturnValue:
    texts = {**form.experience, "title": form.title.data}
    try:
        if held := held_back(sent_edit(post, texts, version=form.version.data or 0)):
            return held
        deeds.change_experience(current_user, thread, form.experience, version=form.version.data)
        services.rename_thread(current_user, thread, form.title.data)
    except TooMuch as error:
        form.title.errors = [error.message]
        return _experience_page(thread, post, form), error.status
    except Conflict:
        form.version.raw_data = [str(post.version)]  # what the field shows again
        return _experience_page(thread, post, form, conflict=True), 409
    address = _address(post)
    db.session.commit()
    flash(_("Your report was changed; the earlier text stays in its history."), "success")
    return redirect(address, 303)


def _experience_page(
    thread: Thread, post: Post, form: ExperienceForm, *, conflict: bool = False
) -> str:
    return render_template(
        "forum/kind_experience.html",
        thread=thread,
        post=post,
        form=form,
        conflict=conflict,
        address=_address(post),
    )


# Another kind -------------------------------------------------------------------------------


@kinds.route("/thema/<int:thread_id>-<slug>/art", methods=["GET", "POST"])
@access.rule("policy")
@limiter.limit(CHANGES, methods=["POST"], key_func=limited_person)
def change(thread_id: int, slug: str) -> ResponseReturnValue:
    """Give the thread another kind, or an announcement another end."""
    thread = _thread(thread_id)
    require_in(
        thread.visibility,
        policies.can_classify_thread(current_user, thread),
        _("The kind can be changed by whoever asked, until somebody has answered."),
    )
    form = _kind_form(thread)
    if "preview" not in request.form and form.validate_on_submit() and _change(thread, form):
        db.session.commit()
        return _after_change(thread)
    failed = form.is_submitted() and "preview" not in request.form
    return render_template("forum/kind_change.html", thread=thread, form=form), (
        422 if failed else 200
    )


def _kind_form(thread: Thread) -> KindForm:
    announcement = db.session.get(Announcement, thread.id)
    until = day_of(announcement.until) if announcement else None
    form = KindForm(data={"kind": thread.kind, "results": "open", "until": until})
    form.offer(announcing=policies.can_announce_category(current_user, thread.category))
    if thread.kind == POLL:
        form.kind.choices = [choice for choice in form.kind.choices if choice.value != POLL]
    return form


def _change(thread: Thread, form: KindForm) -> bool:
    try:
        require_at_once(current_user, thread, form.details)
        deeds.change_kind(current_user, thread, form.details)
    except Conflict as error:
        form.kind.errors = [error.message]
        return False
    return True


def _after_change(thread: Thread) -> ResponseReturnValue:
    """Lead to the fields of an experience, so that what is needed is filled in at once."""
    if thread.kind == EXPERIENCE and db.session.get(Experience, thread.id) is None:
        post = deeds.first_post(thread)
        if policies.can_edit_post(current_user, post):
            flash(_("Please say what did not work; the rest of your text is here."), "success")
            return redirect(url_for("kinds.experience", **address_of(thread)), 303)
    flash(_("The thread has another kind now."), "success")
    return _back(thread, "beitrag-1")
