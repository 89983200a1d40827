"""Opening a thread."""

from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from kts.accounts import archives
from kts.core import access
from kts.core.errors import NotFound
from kts.core.forms import choices_of, labels_of
from kts.core.judging import TooMuch
from kts.core.web import limited_person, whole_number
from kts.documents.messages import unit_words
from kts.extensions import db, limiter
from kts.forum import policies, queries
from kts.forum.forms import ThreadForm
from kts.forum.models import (
    ANNOUNCEMENT,
    DISCUSSION,
    EXPERIENCE,
    POLL,
    QUESTION,
    TITLE_LENGTH,
    Category,
)
from kts.forum.queries.kinds import own_places
from kts.forum.queries.similar import similar_to
from kts.forum.queries.writing import discarded_draft
from kts.forum.services import kinds
from kts.forum.services.held_texts import sent_thread
from kts.forum.views.attachments import take_uploads
from kts.forum.views.drafts import fill_form
from kts.forum.views.held import held_back
from kts.forum.views.threads import is_preview, post_address, threads
from kts.forum.views.writing import preview_of
from kts.municipalities.forms import offer_topics
from kts.municipalities.models import Municipality
from kts.municipalities.queries import topics_of

THREADS = "20 per hour"  # a person opens a few a day; a program that got a session opens hundreds

PLEASE = ("", _l("Please choose"))
KINDS_IN_ADDRESSES = {
    "frage": QUESTION,
    "erfahrung": EXPERIENCE,
    "diskussion": DISCUSSION,
    "umfrage": POLL,
    "ankuendigung": ANNOUNCEMENT,
}


@threads.route("/forum/neu", methods=["GET", "POST"])
@access.rule("policy")
@limiter.limit(THREADS, methods=["POST"], key_func=limited_person, exempt_when=is_preview)
def create() -> ResponseReturnValue:
    """Open a thread, perhaps about a page of a document."""
    access.require(policies.can_create_thread(current_user), _("Please sign in to open a thread."))
    if refusal := _archived():
        return refusal
    card = _asked_page()
    writable = queries.writable_categories(current_user)
    categories = {c.slug: c for c in writable if card is None or _keeps_secret(c, card)}
    form = _thread_form(categories, card)
    take_uploads(form)
    drafts = _waiting(form, card)
    preview = None
    status = HTTPStatus.OK if is_preview() or not form.is_submitted() else HTTPStatus(422)
    if is_preview():
        preview = preview_of(_text_of(form))
    elif form.validate_on_submit() and _fits(form, categories):
        try:
            return _open_thread(form, categories)
        except TooMuch as error:
            form.title.errors, status = [error.message], error.status
    return render_template(
        "forum/new.html",
        form=form,
        categories=categories,
        card=card,
        preview=preview if request.form.get("preview") == "1" else None,
        kind_official_places=[place for place in own_places(current_user) if place.edits],
        similar=similar_to(current_user, form.title.data or "") if is_preview() else None,
        **drafts,
    ), status


def _archived() -> ResponseReturnValue | None:
    """Refuse a thread for a category of an archived group, and give the text back."""
    slug = request.form.get("category") or request.args.get("kategorie", "")
    try:
        room = queries.get_category(current_user, slug) if slug else None
    except NotFound:
        return None  # the form says that there is no such choice
    sentence = archives.notice(room.visibility) if room is not None else ""
    if not sentence:
        return None
    text = request.form.get("body", "")
    page = render_template("forum/refused_thread.html", room=room, sentence=sentence, text=text)
    return page, 403


def _fits(form: ThreadForm, categories: dict) -> bool:
    """Refuse an announcement in a category in which the person may only ask."""
    category = categories[form.category.data]
    if form.kind.data == ANNOUNCEMENT and not _may_announce(category):
        form.category.errors = [_("Here you cannot announce anything. Please choose another one.")]
        return False
    return True


def _text_of(form: ThreadForm) -> str:
    """Give what the first post will say."""
    if form.kind.data == EXPERIENCE:
        return kinds.compose(form.experience)
    return form.body.data or ""


def _waiting(form: ThreadForm, card: queries.PageCard | None) -> dict[str, object]:
    """Go on with the draft, unless the person comes with a page or a title to begin with."""
    if form.is_submitted() or card or request.args.get("titel"):
        return {}
    draft = fill_form(form, "new")
    return {
        "draft": draft,
        "discarded_draft": None if draft else discarded_draft(current_user, "new"),
    }


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
    rooms = [(c.slug, c.name) for c in categories.values()]
    form.category.choices = choices_of(rooms if len(rooms) == 1 else [PLEASE, *rooms])
    places = _municipality_choices(card)
    form.municipality.choices = choices_of([("", _("None in particular")), *places.items()])
    announcing = [c for c in categories.values() if _may_announce(c)]
    form.offer(announcing=bool(announcing))
    if not form.is_submitted():
        _prefill(form, card)
        form.kind.data = _asked_kind(form, categories)
    offer_topics(form.topics)
    return form


def _may_announce(category: Category) -> bool:
    return policies.can_announce_category(current_user, category)


def _asked_kind(form: ThreadForm, categories: dict) -> str:
    """Give the kind of the address; in a room for announcements that one, else a question."""
    wanted = KINDS_IN_ADDRESSES.get(request.args.get("art", ""))
    if wanted in labels_of(form.kind):
        return wanted
    room = categories.get(request.args.get("kategorie", ""))
    announces = room is not None and room.writable_by == "moderators" and _may_announce(room)
    return ANNOUNCEMENT if announces else QUESTION


def _prefill(form: ThreadForm, card: queries.PageCard | None) -> None:
    form.category.data = request.args.get("kategorie", "")
    form.municipality.data = request.args.get("kommune", "")
    form.title.data = request.args.get("titel", "")[:TITLE_LENGTH]
    if card is None:
        return
    form.body.data = form.start.data = f"{page_link(card)}\n\n"
    form.topics.data = [topic.id for topic in card.document.topics]
    if card.document.municipality:
        form.municipality.data = card.document.municipality.slug


def page_link(card: queries.PageCard) -> str:
    """Write the Markdown link to a page; it becomes the card below the post."""
    title = card.document.title.replace("[", "(").replace("]", ")")
    if card.page is None:
        return f"[{title}]({card.url})"
    return f"[{title}, {unit_words(card.unit)['name']} {card.page}]({card.url})"


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
    room = categories[form.category.data]
    what = (form.title.data, form.body.data, form.details)
    sent: dict[str, Any] = {
        "official_for_id": kinds.official_for(current_user, request.form.get("official")),
        "municipality_id": municipality.id if municipality else None,
        "topics": topics_of(form.topics.data),
        "token": form.token.data or "",
    }
    if held := held_back(sent_thread(room, *what, **sent)):
        return held
    thread = kinds.open_thread(current_user, room, *what, **sent)
    address = post_address(thread, 1, 1)
    db.session.commit()
    flash(_("Your thread is open. You will be told when somebody answers."), "success")
    return redirect(address, 303)
