"""One thread and how far it was read."""

import logging
from collections.abc import Sequence
from typing import Any

from flask import (
    Blueprint,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.exc import DBAPIError

from kts.core import access
from kts.core.errors import NotFound
from kts.core.forms import ActionForm
from kts.core.pagination import Page
from kts.core.transactions import writing
from kts.core.web import whole_number
from kts.extensions import db
from kts.forum import policies, queries, services
from kts.forum.forms import AnswerForm
from kts.forum.models import POSTS_PER_PAGE, Post, Thread
from kts.forum.queries import parts
from kts.forum.queries.moderating import has_posts_after
from kts.forum.queries.threads import first_unread
from kts.forum.views import kept
from kts.forum.views.drafts import begin_with_draft
from kts.forum.views.moderation import lead_on, moderation_form

threads = Blueprint("threads", __name__)
log = logging.getLogger(__name__)


@threads.route("/thema/<int:thread_id>-<slug>")
@access.rule("everyone")
def show(thread_id: int, slug: str) -> ResponseReturnValue:
    """Show one page of a thread, and note what of it was shown."""
    number = request.args.get("seite", 1, type=whole_number)
    facts = None if request.args.keys() & {"neu", "zitat"} else kept.find_facts(thread_id)
    if facts is not None and facts.slug == slug and (answer := _kept_page(facts, number)):
        return answer
    return _own_page(thread_id, slug, number)


def _kept_page(facts: kept.Facts, number: int) -> ResponseReturnValue | None:
    """Give the page that all of the person's audience get, where there is one."""
    number = min(max(1, number), facts.pages)
    found = kept.respond(
        facts, number, lambda: page_context(queries.get_thread(current_user, facts.id), number)
    )
    if found is None:
        return None
    page, own = found
    if current_user.is_authenticated:
        _note_seen(facts, own.posts, own.last_read)
    return make_response(page)


def _own_page(thread_id: int, slug: str, number: int) -> ResponseReturnValue:
    """Give a page that is one person's, or lead to where it is."""
    try:
        thread = queries.get_thread(current_user, thread_id)
    except NotFound:
        return lead_on(thread_id)
    if slug != thread.slug:
        query = request.query_string.decode()
        return redirect(f"{thread.path}?{query}".rstrip("?"), 301)
    if request.args.get("neu"):
        return _jump(thread)
    form = AnswerForm(formdata=None)
    _quote(thread, form)
    html, shown = thread_page(thread, number, form)
    if current_user.is_authenticated:
        _note_seen(thread, shown, queries.last_read(current_user, thread))
    return html


def address_of(thread: Thread) -> dict[str, object]:
    """Give what ``url_for`` needs to name the thread."""
    return {"thread_id": thread.id, "slug": thread.slug}


def _jump(thread: Thread) -> ResponseReturnValue:
    page, number = first_unread(current_user, thread)
    return redirect(post_address(thread, page, number))


def post_address(thread: Thread, page: int, number: int) -> str:
    """Give the address of a post: its page of the thread and its anchor."""
    seite = page if page > 1 else None
    return url_for("threads.show", **address_of(thread), seite=seite, _anchor=f"beitrag-{number}")


def _quote(thread: Thread, form: AnswerForm) -> None:
    """Put the quoted post into the empty form, as a quotation with its author's name."""
    quoted_id = request.args.get("zitat", type=whole_number)
    if quoted_id is None or not policies.can_answer_thread(current_user, thread):
        return
    post = queries.get_post(current_user, quoted_id)
    if post.thread_id != thread.id or not post.shown:
        raise NotFound
    author = post.author.display_name if post.author else _("Former member")
    lines = "\n".join(f"> {line}".rstrip() for line in post.source.splitlines())
    said = _("%(name)s wrote:", name=author)
    form.body.data = f"> **[{said}](/beitrag/{post.id})**\n>\n{lines}\n\n"
    form.reply_to.data = post.id


def thread_page(
    thread: Thread, number: int, form: AnswerForm, preview: str | None = None
) -> tuple[str, list[Post]]:
    """Render one page of the thread with the answer form; give it and the posts on it."""
    context = page_context(thread, number, form, preview)
    return render_template("forum/thread.html", **context), context["page"].items


def page_context(
    thread: Thread, number: int, form: AnswerForm | None = None, preview: str | None = None
) -> dict[str, Any]:
    """Collect what a page of the thread shows to the person who asks."""
    number = min(max(1, number), thread.pages)
    form = form or AnswerForm(formdata=None)
    posts = list(queries.posts_on_page(thread, number))
    people = queries.participants(thread)
    speakers = [post.author for post in posts] + [person for person, _count in people]
    own = parts.own(current_user, thread, posts)
    begin_with_draft(form, own.get("draft"))
    return {
        "thread": thread,
        "here": address_of(thread),
        "page": Page(posts, thread.last_number, number, POSTS_PER_PAGE),
        "participants": [(person.id, count) for person, count in people],
        "bylines": queries.bylines(speakers),
        "cards": queries.page_cards(current_user, [p for p in posts if _readable(p)]),
        "form": form,
        "preview": preview,
        "moderation": moderation_form(thread),
        **parts.shared(current_user, thread, posts),
        **own,
    }


def is_preview() -> bool:
    """Say whether the form was sent to see how the text will look."""
    return "preview" in request.form or "attach" in request.form


def _readable(post: Post) -> bool:
    return policies.can_read_post(current_user, post)


def _note_seen(
    thread: Thread | kept.Facts, shown: Sequence[Post | kept.KeptPost], seen: int
) -> None:
    """Move the read mark after the page is made; a page is worth more than its mark."""
    if not shown:
        return
    first, last = shown[0].number, shown[-1].number
    first = (first - 1) // POSTS_PER_PAGE * POSTS_PER_PAGE + 1  # numbers missing before it
    if first > seen + 1 or seen >= thread.last_number:
        return
    if last < thread.last_number and not has_posts_after(thread, last):
        last = thread.last_number  # what was there has been moved away
    if last <= seen:
        return
    person, thread_id = current_user._get_current_object(), thread.id
    db.session.commit()
    try:
        with writing():
            services.mark_seen(person, db.session.get_one(Thread, thread_id), first, last)
            db.session.commit()
    except DBAPIError:
        log.warning("the read mark of thread %s could not be moved", thread_id, exc_info=True)
        db.session.rollback()


@threads.post("/thema/<int:thread_id>-<slug>/gelesen")
@access.rule("signed-in", "only the own read mark moves")
def read(thread_id: int, slug: str) -> ResponseReturnValue:
    """Count the whole thread as read."""
    thread = queries.get_thread(current_user, thread_id)
    if ActionForm().validate_on_submit():
        services.mark_read(current_user, thread, thread.last_number)
        db.session.commit()
        flash(_("The thread counts as read."), "success")
    return redirect(thread.path, 303)
