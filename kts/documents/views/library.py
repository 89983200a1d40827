"""The list of documents, one document, the search inside it."""

from collections.abc import Sequence

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access, slots
from kts.core.forms import ActionForm
from kts.core.web import whole_number
from kts.documents import messages, queries
from kts.documents.contents import is_headed, outline
from kts.documents.models import Document
from kts.documents.policies import can_edit_document
from kts.documents.views import documents
from kts.municipalities.geography import land_name
from kts.search import services as search_services
from kts.search.engine import PageHit, SearchRequest
from kts.search.query import LONGEST_QUERY

SHOWN_ENTRIES = 30  # of the contents before "more": two screens
SHOWN_HITS = 50  # pages of one document: more than anybody reads


@documents.route("")
@access.rule("everyone")
def index() -> ResponseReturnValue:
    """List the documents, narrowed by filters."""
    filters = _filters()
    page = queries.find_documents(
        current_user, filters, request.args.get("page", 1, type=whole_number) or 1
    )
    return render_template(
        "documents/index.html",
        page=page,
        filters=filters,
        options=_options(filters, queries.choices(current_user)),
        unfinished=queries.unfinished_documents(current_user),
        kinds=messages.KIND_NAMES,
    )


def _options(filters: queries.Filters, choices: queries.Choices) -> list[dict[str, object]]:
    """Give the selection boxes of the filter form."""
    kinds = [(kind, messages.KIND_NAMES[kind]) for kind in messages.KIND_NAMES]
    boxes = (
        (
            "kommune",
            _("Municipality"),
            filters.municipality,
            [(m.slug, m.name) for m in choices.municipalities],
        ),
        (
            "handlungsfeld",
            _("Field of action"),
            filters.topic,
            [(t.slug, t.label) for t in choices.topics],
        ),
        ("land", _("Land"), filters.land, [(land, land_name(land)) for land in choices.lands]),
        ("jahr", _("Year"), filters.year or "", [(year, year) for year in choices.years]),
        ("art", _("Kind of document"), filters.kind, [k for k in kinds if k[0] in choices.kinds]),
    )
    options: list[dict[str, object]] = [
        {"name": name, "label": label, "value": value, "choices": [("", _("All")), *offered]}
        for name, label, value, offered in boxes
        if offered
    ]
    order = [("newest", _("newest first")), ("year", _("by year")), ("title", _("by title"))]
    options.append(
        {"name": "sortierung", "label": _("Order"), "value": filters.sort, "choices": order}
    )
    return options


def _filters() -> queries.Filters:
    args = request.args
    kind, sort = args.get("art", ""), args.get("sortierung", "newest")
    return queries.Filters(
        q=args.get("q", "").strip()[:200],
        municipality=args.get("kommune", ""),
        topic=args.get("handlungsfeld", ""),
        land=args.get("land", ""),
        year=args.get("jahr", type=whole_number),
        kind=kind if kind in messages.KIND_NAMES else "",
        sort=sort if sort in queries.SORTS else "newest",
    )


@documents.route("/<int:document_id>")
@access.rule("everyone")
def short(document_id: int) -> ResponseReturnValue:
    """Lead from the bare number to the readable address."""
    return redirect(queries.get_document(document_id, current_user).path, 301)


@documents.route("/<int:document_id>-<slug>")
@access.rule("everyone")
def show(document_id: int, slug: str) -> ResponseReturnValue:
    """Show what is known about a document, its versions and its contents."""
    document = queries.get_document(document_id, current_user)
    if slug != document.slug:
        return redirect(document.path, 301)
    version = document.current_version
    entries = outline(queries.contents(version)) if version else []
    return render_template(
        "documents/show.html",
        document=document,
        version=version,
        pending=pending_version(document),
        outline=entries,
        headed=is_headed(entries),
        shown_entries=SHOWN_ENTRIES,
        scanned=bool(entries) and not any(entry.has_text for entry in entries),
        readable=[other for other in document.versions if other.is_ready],
        explain=messages.explain,
        threads=slots.render("document_threads", document=document),
        action_form=ActionForm(),
        **names(),
    )


def pending_version(document: Document):
    """Give the newest version where it can't be read yet or ever, for those who work on it."""
    newest = document.newest_version
    if newest is None or newest.is_ready or not can_edit_document(current_user, document):
        return None
    return newest


def names() -> dict[str, object]:
    """Give templates the names of kinds, languages and formats."""
    return {
        "kinds": messages.KIND_NAMES,
        "languages": messages.LANGUAGE_NAMES,
        "formats": messages.FORMAT_NAMES,
    }


@documents.route("/<int:document_id>-<slug>/suche")
@access.rule("everyone")
def search(document_id: int, slug: str) -> ResponseReturnValue:
    """Find the pages of this document that hold what was asked for."""
    document = queries.get_document(document_id, current_user)
    if document.current_version is None:
        return redirect(document.path, 301)
    q = request.args.get("q", "").strip()[:LONGEST_QUERY]
    return render_template(
        "documents/search.html",
        document=document,
        version=document.current_version,
        q=q,
        found=_search(document, q) if q else None,
    )


def _search(document: Document, q: str) -> Sequence[PageHit]:
    """Give the pages that match, best first; other people's tokens never widen it."""
    asked = SearchRequest(
        query=q,
        visibility=current_user.visibility_tokens,
        within=f"document:{document.id}",
    )
    return search_services.pages_within(asked, SHOWN_HITS)


def page_url(document: Document, number: int, **arguments: object) -> str:
    """Give the address of a page of the document."""
    return url_for(
        "documents.page",
        document_id=document.id,
        slug=document.slug,
        number=number,
        **{name: value for name, value in arguments.items() if value},
    )
