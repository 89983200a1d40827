"""Choosing the thread into which another one is merged."""

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.accounts.archives import require_open
from kts.core import access
from kts.core.errors import DomainError, NotFound
from kts.core.forms import choices_of
from kts.extensions import db
from kts.forum import queries
from kts.forum.forms.moderating import MergeForm
from kts.forum.models import Thread
from kts.forum.queries import moderating
from kts.forum.services import moderation as services
from kts.forum.views.moderation.acts import (
    flash_done,
    is_complete,
    moderation,
    post_place,
    require_moderation,
)


@moderation.route(
    "/thema/<int:thread_id>-<slug>/moderation/zusammenfuehren", methods=["GET", "POST"]
)
@access.rule("policy")
def merge(thread_id: int, slug: str) -> ResponseReturnValue:
    """Find the other thread by its title or address, then merge into it."""
    try:
        found = queries.get_thread(current_user, thread_id)
    except NotFound:
        return _merged_already(thread_id)
    require_moderation(found)
    words = request.values.get("q", "").strip()
    choices = moderating.threads_to_choose(current_user, found, words)
    form = MergeForm()
    form.into.choices = choices_of((str(each.id), each.title) for each in choices)
    if request.method == "POST" and is_complete(form, "merge") and _chosen(form):
        answer = _merge(found, form)
        if answer is not None:
            return answer
    status = 422 if request.method == "POST" else 200
    return render_template(
        "forum/merge.html", thread=found, form=form, choices=choices, words=words
    ), status


def _merged_already(thread_id: int) -> ResponseReturnValue:
    """Lead whoever pressed the button twice to the thread."""
    if request.method != "POST":
        raise NotFound
    thread, number = moderating.place_of_merged(current_user, thread_id)
    require_moderation(thread)
    return redirect(post_place(thread, number), 303)


def _chosen(form: MergeForm) -> bool:
    if not form.into.data:
        form.into.errors = [_("Please choose a thread.")]
        return False
    return True


def _merge(found: Thread, form: MergeForm) -> ResponseReturnValue | None:
    target = queries.get_thread(current_user, int(form.into.data))
    require_moderation(target)
    require_open(target.visibility)
    number = target.last_number + 1
    try:
        event = services.merge_threads(
            current_user, found, target, form.reason.data, confirmed=form.confirmed.data
        )
    except services.Exposure as warning:
        form.confirmed.errors = [warning.message]
        return None
    except DomainError as refusal:
        form.into.errors = [refusal.message]
        return None
    flash_done(event, _("The threads are one: “%(title)s”.", title=target.title))
    address = post_place(target, number)
    db.session.commit()
    return redirect(address, 303)
