"""One thread: reading it, answering it, opening a new one."""

import logging

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.exc import DBAPIError

from kts.core import access
from kts.core.errors import NotFound
from kts.core.forms import ActionForm
from kts.core.pagination import Page
from kts.core.text import render_markdown
from kts.core.transactions import writing
from kts.core.web import limited_person, whole_number
from kts.extensions import db, limiter
from kts.forum import policies, queries, services
from kts.forum.forms import AnswerForm, ThreadForm
from kts.forum.models import BODY_LENGTH, POSTS_PER_PAGE, TITLE_LENGTH, Category, Post, Thread
from kts.forum.queries.threads import first_unread
from kts.forum.views.moderation import moderation_form
from kts.municipalities.models import Municipality
from kts.municipalities.queries import all_topics

threads = Blueprint("threads", __name__)
log = logging.getLogger(__name__)

THREADS = "20 per hour"  # a person opens a few a day; a program that got a session opens hundreds
ANSWERS = "60 per hour"  # one a minute, more than anybody writes


def _is_preview() -> bool:
    return "preview" in request.form


@threads.route("/thema/<int:thread_id>-<slug>")
@access.rule("everyone")
def show(thread_id: int, slug: str) -> ResponseReturnValue:
    """Show one page of a thread, and note what of it was shown."""
    thread = queries.get_thread(current_user, thread_id)
    if slug != thread.slug:
        query = request.query_string.decode()
        return redirect(f"{thread.path}?{query}".rstrip("?"), 301)
    if request.args.get("neu"):
        return _jump(thread)
    form = AnswerForm(formdata=None)
    _quote(thread, form)
    number = request.args.get("seite", 1, type=whole_number)
    html, shown = _thread_page(thread, number, form)
    _note_seen(thread, shown)
    return html


def _address(thread: Thread) -> dict[str, object]:
    return {"thread_id": thread.id, "slug": thread.slug}


def _jump(thread: Thread) -> ResponseReturnValue:
    page, number = first_unread(current_user, thread)
    return redirect(post_address(thread, page, number))


def post_address(thread: Thread, page: int, number: int) -> str:
    """Give the address of a post: its page of the thread and its anchor."""
    seite = page if page > 1 else None
    return url_for("threads.show", **_address(thread), seite=seite, _anchor=f"beitrag-{number}")


def _quote(thread: Thread, form: AnswerForm) -> None:
    """Put the quoted post into the empty form, as a quotation with its author's name."""
    quoted_id = request.args.get("zitat", type=whole_number)
    if quoted_id is None or not policies.can_answer_thread(current_user, thread):
        return
    post = queries.get_post(current_user, quoted_id)
    if post.thread_id != thread.id or not policies.can_read_post(current_user, post):
        raise NotFound
    author = post.author.display_name if post.author else _("Former member")
    lines = "\n".join(f"> {line}".rstrip() for line in post.source.splitlines())
    said = _("%(name)s wrote:", name=author)
    form.body.data = f"> **[{said}](/beitrag/{post.id})**\n>\n{lines}\n\n"
    form.reply_to.data = post.id


def _thread_page(
    thread: Thread, number: int, form: AnswerForm, preview: str | None = None
) -> tuple[str, list[Post]]:
    number = min(max(1, number), thread.pages)
    posts = list(queries.posts_on_page(thread, number))
    people = queries.participants(thread)
    speakers = [post.author for post in posts] + [person for person, _count in people]
    html = render_template(
        "forum/thread.html",
        thread=thread,
        page=Page(posts, thread.last_number, number, POSTS_PER_PAGE),
        participants=[(person.id, count) for person, count in people],
        bylines=queries.bylines(speakers),
        cards=queries.page_cards(current_user, [p for p in posts if _readable(p)]),
        **_reading(thread, number),
        form=form,
        preview=preview,
        moderation=moderation_form(thread),
    )
    return html, posts


def preview_of(text: str | None) -> str:
    """Show how a text will look, as far as it may be long."""
    return render_markdown((text or "")[:BODY_LENGTH])


def _reading(thread: Thread, page: int) -> dict[str, object]:
    """Say where the unread posts begin, and whether some lie before this page."""
    row = queries.thread_rows(current_user, [thread])[0]
    seen = thread.last_number - row.unread
    return {"seen": seen, "gap": row.unread > 0 and seen < (page - 1) * POSTS_PER_PAGE}


def _readable(post: Post) -> bool:
    return policies.can_read_post(current_user, post)


def _note_seen(thread: Thread, shown: list[Post]) -> None:
    """Move the read mark after the page is made; a page is worth more than its mark."""
    if not current_user.is_authenticated or not shown:
        return
    first, last = shown[0].number, shown[-1].number
    first = (first - 1) // POSTS_PER_PAGE * POSTS_PER_PAGE + 1  # numbers missing before it
    person, thread_id = current_user._get_current_object(), thread.id
    seen = queries.last_read(person, thread)
    if first > seen + 1 or last <= seen:
        return
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


@threads.route("/thema/<int:thread_id>-<slug>/antworten", methods=["GET", "POST"])
@access.rule("policy")
@limiter.limit(ANSWERS, methods=["POST"], key_func=limited_person, exempt_when=_is_preview)
def answer(thread_id: int, slug: str) -> ResponseReturnValue:
    """Take an answer, or show how it will look."""
    thread = queries.get_thread(current_user, thread_id)
    if request.method == "GET":
        return redirect(url_for("threads.show", **_address(thread), _anchor="antwort"))
    access.require(current_user.is_authenticated, _("Please sign in to answer."))
    form = AnswerForm()
    if not policies.can_answer_thread(current_user, thread):
        return _refused(thread, form)
    if _is_preview():
        preview = preview_of(form.body.data)
        return _thread_page(thread, thread.pages, form, preview)[0]
    if not form.validate_on_submit():
        return _thread_page(thread, thread.pages, form)[0], 422
    post = services.add_post(
        current_user,
        thread,
        form.body.data,
        reply_to_id=_reply_to(thread, form),
        token=form.token.data or "",
    )
    address = post_address(thread, post.page, post.number)
    db.session.commit()
    flash(_("Your answer is in the thread. Thank you."), "success")
    return redirect(address, 303)


def _refused(thread: Thread, form: AnswerForm) -> ResponseReturnValue:
    """Say why there is no answering, and give the text back so that it is not lost."""
    sentence = (
        _("The thread was closed; it takes no more answers. Your text has not been sent.")
        if thread.locked
        else _("The thread is hidden; it takes no answers. Your text has not been sent.")
    )
    return render_template(
        "forum/refused.html", thread=thread, sentence=sentence, text=form.body.data or ""
    ), 403


def _reply_to(thread: Thread, form: AnswerForm) -> int | None:
    """Keep the link to the quoted post only if it stands in this thread."""
    post = db.session.get(Post, form.reply_to.data) if form.reply_to.data else None
    return post.id if post is not None and post.thread_id == thread.id else None


@threads.route("/forum/neu", methods=["GET", "POST"])
@access.rule("policy")
@limiter.limit(THREADS, methods=["POST"], key_func=limited_person, exempt_when=_is_preview)
def create() -> ResponseReturnValue:
    """Open a thread, perhaps about a page of a document."""
    access.require(policies.can_create_thread(current_user), _("Please sign in to open a thread."))
    card = _asked_page()
    writable = queries.writable_categories(current_user)
    categories = {c.slug: c for c in writable if card is None or _keeps_secret(c, card)}
    form = _thread_form(categories, card)
    preview = None
    if _is_preview():
        preview = preview_of(form.body.data)
    elif form.validate_on_submit():
        return _open_thread(form, categories)
    status = 422 if form.is_submitted() and preview is None else 200
    return render_template(
        "forum/new.html", form=form, categories=categories, card=card, preview=preview
    ), status


def _asked_page() -> queries.PageCard | None:
    """Find the page that is asked about; NotFound where the viewer may not see it."""
    document_id = request.args.get("dokument", type=whole_number)
    if document_id is None:
        return None
    page = request.args.get("seite", type=whole_number)
    version = request.args.get("version", type=whole_number)
    return queries.page_card(current_user, document_id, page, version)


def _keeps_secret(category: Category, card: queries.PageCard) -> bool:
    """Say whether all readers of the category may see the document, whose title is in the text."""
    audience = card.document.visibility
    if audience == access.MEMBERS:
        return category.visibility != access.PUBLIC
    return audience in (access.PUBLIC, category.visibility)


def _thread_form(categories: dict, card: queries.PageCard | None) -> ThreadForm:
    form = ThreadForm()
    form.category.choices = [(c.slug, c.name) for c in categories.values()]
    if len(categories) != 1:
        form.category.choices.insert(0, ("", _("Please choose")))
    places = _municipality_choices(card)
    form.municipality.choices = [("", _("None in particular")), *places.items()]
    form.topics.choices = [(topic.id, topic.label) for topic in all_topics()]
    if not form.is_submitted():
        _prefill(form, card)
    return form


def _prefill(form: ThreadForm, card: queries.PageCard | None) -> None:
    form.category.data = request.args.get("kategorie", "")
    form.municipality.data = request.args.get("kommune", "")
    form.title.data = request.args.get("titel", "")[:TITLE_LENGTH]
    if card is None:
        return
    form.body.data = f"{page_link(card)}\n\n"
    form.topics.data = [topic.id for topic in card.document.topics]
    if card.document.municipality:
        form.municipality.data = card.document.municipality.slug


def page_link(card: queries.PageCard) -> str:
    """Write the Markdown link to a page; it becomes the card below the post."""
    title = card.document.title.replace("[", "(").replace("]", ")")
    if card.page is None:
        return f"[{title}]({card.url})"
    if card.has_pages:
        label = _("%(title)s, page %(page)s", title=title, page=card.page)
    else:
        label = _("%(title)s, chapter %(number)s", title=title, number=card.page)
    return f"[{label}]({card.url})"


def _municipality_choices(card: queries.PageCard | None) -> dict[str, str]:
    """Offer the own municipalities and the one that the person comes from the page of."""
    own = [membership.municipality_id for membership in current_user.memberships]
    asked = {request.args.get("kommune", ""), request.form.get("municipality", "")}
    statement = db.select(Municipality).where(
        Municipality.id.in_(own) | Municipality.slug.in_(asked - {""})
    )
    found = list(db.session.scalars(statement.order_by(Municipality.name)))
    if card and card.document.municipality:
        found.insert(0, card.document.municipality)
    return {m.slug: m.name for m in found}


def _open_thread(form: ThreadForm, categories: dict) -> ResponseReturnValue:
    municipality = db.session.scalar(
        db.select(Municipality).filter_by(slug=form.municipality.data or "")
    )
    thread = services.create_thread(
        current_user,
        categories[form.category.data],
        form.title.data,
        form.body.data,
        municipality_id=municipality.id if municipality else None,
        topics=[topic for topic in all_topics() if topic.id in form.topics.data],
        token=form.token.data or "",
    )
    address = post_address(thread, 1, 1)
    db.session.commit()
    flash(_("Your thread is open. You will be told when somebody answers."), "success")
    return redirect(address, 303)
