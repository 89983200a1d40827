"""The list of documents, one document."""

from dataclasses import dataclass
from typing import Any

from flask import (
    Response,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access, decided, shelf_life, slots
from kts.core.clock import now
from kts.core.forms import ActionForm
from kts.core.web import limited_person, whole_number
from kts.documents import accessibility, catalogue, corrections, export, messages, queries
from kts.documents.contents import is_headed, outline
from kts.documents.forms import CorrectionAnswerForm
from kts.documents.licences import BY_ID, LICENCES, NOT_STATED, OTHER, describe
from kts.documents.models import Document
from kts.documents.policies import can_edit_document
from kts.documents.search import KIND
from kts.documents.views import documents
from kts.extensions import limiter
from kts.municipalities.geography import LAENDER, land_name

SHOWN_ENTRIES = 30  # of the contents before "more": two screens
SHOWN_SIMILAR = 4
EXPORTS = "30 per hour"  # each is a second of work; an office behind one address needs a few


@documents.route("")
@access.rule("everyone")
def index() -> ResponseReturnValue:
    """List the documents, narrowed by filters."""
    filters = _filters()
    page = catalogue.find_documents(
        current_user, filters, request.args.get("page", 1, type=whole_number) or 1
    )
    boxes = _boxes(filters, catalogue.facet_counts(current_user, filters))
    return render_template(
        "documents/index.html",
        page=page,
        filters=filters,
        boxes=boxes,
        chips=_chips(filters, boxes),
        orders=_orders(),
        most_rows=export.MOST_ROWS,
        unfinished=queries.unfinished_documents(current_user),
        outdated_ids=shelf_life.outdated_ids(KIND, [document.id for document in page.items]),
        **names(),
    )


@documents.route("/liste.csv")
@access.rule("everyone")
@limiter.limit(EXPORTS, key_func=limited_person)
def export_list() -> ResponseReturnValue:
    """Give the list, as it is filtered, as a table for office programs.

    It is made as a whole before it is sent: at the most rows it is a few megabytes, and no slow
    reader keeps the database's transaction open.
    """
    found = catalogue.every_document(current_user, _filters(), export.MOST_ROWS)
    table = "".join(export.csv_lines(found, _full_address))
    name = _("documents-%(date)s.csv", date=f"{now():%Y-%m-%d}")
    return Response(
        table,
        mimetype="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _full_address(path: str) -> str:
    return f"{current_app.config['KTS'].base_url.rstrip('/')}{path}"


@dataclass(frozen=True)
class Box:
    """A selection box of the filter form; a choice is value, label and number of documents."""

    facet: str
    label: str
    choices: list[tuple[Any, str, int]]

    @property
    def name(self) -> str:
        """Give the box's name in addresses."""
        return catalogue.ARGUMENTS[self.facet]


def _boxes(filters: catalogue.Filters, counts: dict[str, dict[Any, int]]) -> list[Box]:
    """Give the boxes that leave a choice; what is chosen stays to be seen, also without a hit."""
    labels = {
        "municipality": _("Municipality"),
        "topic": _("Field of action"),
        "kind": _("Kind of document"),
        "year": _("Year"),
        "land": _("Land"),
        "licence": _("Licence"),
        "language": _("Language"),
        **{name: str(facet.label) for name, facet in catalogue.OFFERED.items()},
    }
    boxes = []
    for facet, label in labels.items():
        chosen = getattr(filters, facet)
        number = counts[facet] | ({chosen: counts[facet].get(chosen, 0)} if chosen else {})
        named = _labels(facet, list(number))
        if len(named) > 1 or chosen:
            choices = [(value, text, number[value]) for value, text in named.items()]
            boxes.append(Box(facet, label, choices))
    return boxes


def _labels(facet: str, values: list[Any]) -> dict[Any, str]:
    """Name the values of a facet, in the order in which people look for them."""
    if facet == "municipality":
        return catalogue.municipality_names(values)
    if facet in catalogue.OFFERED:
        return catalogue.OFFERED[facet].names(values)
    if facet == "topic":
        return {t.slug: t.label for t in queries.all_topics() if t.slug in values}
    if facet == "kind":
        return {kind: name for kind, name in messages.KIND_NAMES.items() if kind in values}
    if facet == "land":
        return {land: land_name(land) for land in sorted(values) if land in LAENDER}
    if facet == "licence":
        return _licence_labels(values)
    if facet == "language":
        return {code: messages.LANGUAGE_NAMES.get(code, code) for code in values}
    return {year: str(year) for year in sorted(values, reverse=True)}


def _licence_labels(values: list[str]) -> dict[str, str]:
    listed = {licence.id: licence.name for licence in LICENCES}
    listed |= {OTHER: _("other licence"), catalogue.WITHOUT: describe(NOT_STATED).name}
    return {value: name for value, name in listed.items() if value in values}


def _orders() -> list[tuple[str, str]]:
    return [
        ("newest", _("newest first")),
        ("year", _("by year")),
        ("title", _("by title")),
        ("municipality", _("by municipality")),
        ("pages", _("most pages first")),
    ]


def _chips(filters: catalogue.Filters, boxes: list[Box]) -> list[tuple[str, str]]:
    """Give each filter that is set as its words and the address without it."""
    shown = {box.facet: box for box in boxes}
    chips = (
        [(_("Title contains: %(text)s", text=filters.q), _list_address(filters.without("q")))]
        if filters.q
        else []
    )
    for facet in filters.set_names:
        if facet not in shown:
            continue
        texts = {value: text for value, text, _number in shown[facet].choices}
        text = texts.get(getattr(filters, facet), getattr(filters, facet))
        words = f"{shown[facet].label}: {text}"
        chips.append((words, _list_address(filters.without(facet))))
    return chips


def _list_address(arguments: dict[str, Any]) -> str:
    return url_for("documents.index", **arguments)


def _filters() -> catalogue.Filters:
    args = request.args
    kind, sort = args.get("art", ""), args.get("sortierung", "")
    licence = args.get("lizenz", "")
    return catalogue.Filters(
        q=args.get("q", "").strip()[:200],
        municipality=args.get("kommune", "")[:100],
        topic=args.get("handlungsfeld", "")[:100],
        kind=kind if kind in messages.KIND_NAMES else "",
        year=args.get("jahr", type=whole_number),
        land=args.get("land", "")[:2],
        licence=licence if licence in (*BY_ID, OTHER, catalogue.WITHOUT) else "",
        language=args.get("sprache", "")[:5],
        label=args.get("kennzeichen", "")[:100],
        sort=sort if sort in catalogue.SORTS else "newest",
        view=catalogue.GRID if args.get("ansicht") == catalogue.GRID else catalogue.LIST,
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
    version = queries.shown_version(document, current_user)
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
        readable=[v for v in queries.known_versions(document, current_user) if v.is_ready],
        similar=_similar(document),
        recognition=queries.scanned_pages(version),
        accessibility=accessibility.judge(version),
        corrections=corrections.open_corrections(current_user, document),
        answer_form=CorrectionAnswerForm(),
        explain=messages.explain,
        statement=_statement(document),
        threads=slots.render("document_threads", document=document),
        marks=slots.render("document_marks", document=document),
        review=slots.render("document_review", document=document, version=version),
        action_form=ActionForm(),
        **names(),
    )


def _statement(document: Document) -> str | None:
    """Give the address of the reasons why it is hidden, where the viewer may read them."""
    ids = [document.id] if document.is_hidden else []
    return decided.statements(current_user, "document", ids).get(document.id)


def _similar(document: Document) -> list[queries.Similar]:
    if document.current_version is None:
        return []
    return queries.similar_documents(current_user, document, SHOWN_SIMILAR)


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


def page_url(document: Document, number: int, **arguments: object) -> str:
    """Give the address of a page of the document."""
    return url_for(
        "documents.page",
        document_id=document.id,
        slug=document.slug,
        number=number,
        **{name: value for name, value in arguments.items() if value},
    )
