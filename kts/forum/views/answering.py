"""Answering a thread."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.accounts import archives
from kts.core import access
from kts.core.errors import Conflict
from kts.core.judging import TooMuch
from kts.core.web import limited_person
from kts.extensions import db, limiter
from kts.forum import policies, services
from kts.forum.forms import AnswerForm
from kts.forum.models import Post, Thread
from kts.forum.queries.moderating import thread_or_heir
from kts.forum.services import kinds
from kts.forum.services.held_texts import sent_answer
from kts.forum.views.attachments import take_uploads
from kts.forum.views.held import held_back
from kts.forum.views.threads import (
    address_of,
    is_preview,
    post_address,
    thread_page,
    threads,
)
from kts.forum.views.writing import preview_of

ANSWERS = "60 per hour"  # one a minute, more than anybody writes


@threads.route("/thema/<int:thread_id>-<slug>/antworten", methods=["GET", "POST"])
@access.rule("policy")
@limiter.limit(ANSWERS, methods=["POST"], key_func=limited_person, exempt_when=is_preview)
def answer(thread_id: int, slug: str) -> ResponseReturnValue:
    """Take an answer, or show how it will look."""
    thread = thread_or_heir(current_user, thread_id)
    if request.method == "GET":
        return redirect(url_for("threads.show", **address_of(thread), _anchor="antwort"))
    access.require(current_user.is_authenticated, _("Please sign in to answer."))
    form = AnswerForm()
    if not policies.can_answer_thread(current_user, thread):
        return _refused(thread, form)
    take_uploads(form)
    if is_preview():
        preview = preview_of(form.body.data)
        return thread_page(thread, thread.pages, form, preview)[0]
    if not form.validate_on_submit():
        return thread_page(thread, thread.pages, form)[0], 422
    sent: dict[str, Any] = {
        "reply_to_id": _reply_to(thread, form),
        "official_for_id": kinds.official_for(current_user, request.form.get("official")),
        "token": form.token.data or "",
    }
    try:
        if held := held_back(sent_answer(thread, form.body.data, **sent)):
            return held
        post = services.add_post(current_user, thread, form.body.data, **sent)
    except TooMuch as error:
        form.body.errors = [error.message]
        return thread_page(thread, thread.pages, form)[0], error.status
    except Conflict as error:
        return _not_taken(thread, form, error)
    address = post_address(thread, post.page, post.number)
    db.session.commit()
    flash(_("Your answer is in the thread. Thank you."), "success")
    return redirect(address, 303)


def _refused(thread: Thread, form: AnswerForm) -> ResponseReturnValue:
    """Say why there is no answering, and give the text back so that it is not lost."""
    sentence = _("The thread is hidden; it takes no answers. Your text has not been sent.")
    if thread.merged_into_id:
        sentence = _(
            "The thread was moved to where you cannot read it. Your text has not been sent."
        )
    elif thread.locked:
        sentence = _(
            "The thread was closed; it takes no more answers. Your text has not been sent."
        )
    if archived := archives.notice(thread.visibility):
        sentence = _("%(why)s Your text has not been sent.", why=f"{archived}.")
    return _with_text(thread, form, sentence), 403


def _not_taken(thread: Thread, form: AnswerForm, error: Conflict) -> ResponseReturnValue:
    """Give the text back that came too soon, or while moderators moved the thread."""
    db.session.rollback()
    sentence = _("%(why)s Your text has not been sent.", why=error.message)
    return _with_text(thread, form, sentence), error.status


def _with_text(thread: Thread, form: AnswerForm, sentence: str) -> str:
    return render_template(
        "forum/refused.html", thread=thread, sentence=sentence, text=form.body.data or ""
    )


def _reply_to(thread: Thread, form: AnswerForm) -> int | None:
    """Keep the link to the quoted post only if it stands in this thread."""
    post = db.session.get(Post, form.reply_to.data) if form.reply_to.data else None
    return post.id if post is not None and post.thread_id == thread.id else None
