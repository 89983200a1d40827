"""What the editor asks for while somebody types: people, documents, similar threads, a preview.

Everything answers with a piece of a page, and only with what the person may know of.
"""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from kts.core import access
from kts.core.errors import NotFound
from kts.core.transactions import reading
from kts.core.web import limited_person
from kts.extensions import db, limiter
from kts.forum import queries
from kts.forum.forms.kinds import ExperienceFields
from kts.forum.models import BODY_LENGTH, EXPERIENCE
from kts.forum.queries.naming import documents_named, people_named, place_of
from kts.forum.queries.similar import similar_to
from kts.forum.services.contents import render_post
from kts.forum.services.kinds import compose
from kts.forum.services.posts import pages_linked_in

writing = Blueprint("writing", __name__, url_prefix="/schreiben")

PROPOSALS = "240 per minute"  # one a few letters
PREVIEWS = "120 per minute"  # one a pause while typing


@writing.get("/personen")
@access.rule("signed-in", "only people who can read the place are proposed, never their addresses")
@limiter.limit(PROPOSALS, key_func=limited_person)
def people() -> ResponseReturnValue:
    """Propose people for what is typed after an @."""
    context, category = request.args.get("context", ""), request.args.get("category", "")
    place = place_of(current_user, context, category)
    found = people_named(current_user, place, request.args.get("q", ""))
    return render_template("forum/_names.html", people=found)


@writing.get("/dokumente")
@access.rule("signed-in", "only documents that the person may see are proposed")
@limiter.limit(PROPOSALS, key_func=limited_person)
def documents() -> ResponseReturnValue:
    """Propose documents and their pages for what is typed after a #."""
    found = documents_named(current_user, request.args.get("q", ""))
    return render_template("forum/_names.html", pages=found)


@writing.get("/aehnlich")
@access.rule("signed-in", "the person's visibility is a filter inside the search")
@limiter.limit(PROPOSALS, key_func=limited_person)
def similar() -> ResponseReturnValue:
    """Show what may hold the answer already while a title is typed."""
    found = similar_to(current_user, request.args.get("title", ""))
    return render_template("forum/_similar_found.html", similar=found, live=True)


@writing.post("/vorschau")
@access.rule("signed-in", "writes nothing; people alone write")
@limiter.limit(PREVIEWS, key_func=limited_person)
def preview() -> ResponseReturnValue:
    """Show how a text will look, with the cards of the pages that it links to."""
    db.session.rollback()  # a POST begins as a writer, and this one must keep nobody waiting
    with reading():
        return preview_of(_words())


def _words() -> str:
    """Give the text that was sent, or compose it from the fields of an experience."""
    if request.form.get("kind") != EXPERIENCE:
        return request.form.get("body", "")
    return compose(ExperienceFields(meta={"csrf": False}).experience)


def preview_of(text: str | None) -> str:
    """Show how a text will look, as far as it may be long."""
    html = render_post((text or "").replace("\r\n", "\n").strip()[:BODY_LENGTH])
    return render_template("forum/_preview.html", html=html, cards=_cards(html))


def _cards(html: str) -> list[queries.PageCard]:
    cards = []
    for document_id, page, version in pages_linked_in(html):
        try:
            cards.append(queries.page_card(current_user, document_id, page, version))
        except NotFound:  # such a link stays a link in the post, too
            continue
    return cards
