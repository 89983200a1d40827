"""Choosing posts of a thread, on as many pages as it takes, and where they go."""

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.accounts.archives import require_in, require_open
from kts.core import access
from kts.core.errors import DomainError, NotFound
from kts.core.forms import choices_of
from kts.core.web import whole_number
from kts.extensions import db
from kts.forum import policies, queries
from kts.forum.forms.moderating import SplitForm
from kts.forum.models import Post, Thread
from kts.forum.models.moderating import ThreadEvent
from kts.forum.queries import moderating
from kts.forum.services import moderation as services
from kts.forum.views.moderation.acts import (
    flash_done,
    is_complete,
    moderation,
    post_place,
    require_moderation,
)


@dataclass
class Choice:
    """Which posts are ticked, here and on the other pages, and from which number on all are."""

    ids: set[int]
    from_number: int | None

    def holds(self, post: Post) -> bool:
        """Say whether the post is chosen."""
        return post.id in self.ids or (
            self.from_number is not None and post.number >= self.from_number
        )


@moderation.route("/thema/<int:thread_id>-<slug>/moderation/aufteilen", methods=["GET", "POST"])
@access.rule("policy")
def split(thread_id: int, slug: str) -> ResponseReturnValue:
    """List the posts to choose from; the choice travels with the form from page to page."""
    found = queries.get_thread(current_user, thread_id)
    require_moderation(found)
    form = _form(found)
    choice = _choice(form)
    if request.method == "GET" or _turns_page():
        return _page(found, form, choice)
    if is_complete(form, "split") and (answer := _split(found, form, choice)) is not None:
        return answer
    return _page(found, form, choice), 422


def _form(thread: Thread) -> SplitForm:
    form = SplitForm()
    rooms = queries.writable_categories(current_user)
    form.category.choices = choices_of(
        (room.slug, room.name)
        for room in rooms
        if policies.can_receive_category(current_user, room)
    )
    if not form.is_submitted():
        form.category.data = thread.category.slug
    return form


def _choice(form: SplitForm) -> Choice:
    """Read the ticks; a button "all from here on" sets the number."""
    ids = set(request.values.getlist("posts", type=whole_number))
    pressed = request.form.get("from_here", type=whole_number)
    if pressed is not None:
        form.from_number.data = pressed
        form.from_number.raw_data = [str(pressed)]
    return Choice(ids, form.from_number.data)


def _turns_page() -> bool:
    return "page" in request.form or "from_here" in request.form


def _page(thread: Thread, form: SplitForm, choice: Choice) -> str:
    number = request.form.get("page", type=whole_number)
    if number is None:
        number = request.form.get("shown", 1, type=whole_number)
    page = moderating.posts_to_choose(thread, number or 1)
    shown = {post.id for post in page.items}
    return render_template(
        "forum/split.html",
        thread=thread,
        form=form,
        page=page,
        choice=choice,
        elsewhere=sorted(choice.ids - shown),
        bylines=queries.bylines([post.author for post in page.items]),
    )


def _split(found: Thread, form: SplitForm, choice: Choice) -> ResponseReturnValue | None:
    done = moderating.where_posts_went(current_user, sorted(choice.ids), found)
    if done is not None and not _left(found, choice):
        return _lead_to(done)
    try:
        event = _perform(found, form, choice)
    except services.Exposure as warning:
        form.confirmed.errors = [warning.message]
        return None
    except DomainError as refusal:
        form.form_errors = [refusal.message]
        return None
    if event is None:
        return None
    flash_done(event, _("The posts were moved."))
    answer = _lead_to(event)
    db.session.commit()
    return answer


def _left(found: Thread, choice: Choice) -> bool:
    """Say whether some of the chosen posts are still in the thread."""
    statement = db.select(Post.id).where(Post.thread_id == found.id, Post.id.in_(choice.ids))
    return db.session.scalar(statement.limit(1)) is not None


def _perform(found: Thread, form: SplitForm, choice: Choice) -> ThreadEvent | None:
    chosen: dict[str, Any] = {
        "ids": sorted(choice.ids),
        "from_number": choice.from_number,
        "confirmed": form.confirmed.data,
    }
    if form.into.data:
        target = _target(form)
        if target is None:
            return None
        return services.split_into_thread(current_user, found, target, form.reason.data, **chosen)
    if len(form.title.data or "") < 4:
        form.title.errors = [_("Please write at least four characters.")]
        return None
    category = queries.get_category(current_user, form.category.data or "")
    require_in(
        category.visibility,
        policies.can_receive_category(current_user, category),
        _("Only KTS moderators can do this."),
    )
    return services.split_into_new(
        current_user, found, category, form.title.data, form.reason.data, **chosen
    )


def _target(form: SplitForm) -> Thread | None:
    number = moderating.thread_number(form.into.data)
    try:
        target = queries.get_thread(current_user, number or 0)
    except NotFound:
        form.into.errors = [_("No thread is known at this address.")]
        return None
    require_moderation(target)
    require_open(target.visibility)
    return target


def _lead_to(event: ThreadEvent) -> ResponseReturnValue:
    """Lead to the first of the posts in their new place."""
    target = queries.get_thread(current_user, event.data["target"])
    received = db.session.get(ThreadEvent, event.data["received"])
    number = (received.after_number if received else 0) + 1
    return redirect(post_place(target, number), 303)
