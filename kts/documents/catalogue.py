"""The list of documents: what narrows it, in which order it stands, how many each choice gives."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from flask_babel import LazyString
from sqlalchemy import ColumnElement, Select, and_, case, func, select, true
from sqlalchemy.orm import joinedload, selectinload

from kts.core import pagination
from kts.core.access import Viewer
from kts.documents.licences import BY_ID, NOT_STATED, OTHER
from kts.documents.models import Document, DocumentVersion
from kts.documents.queries import visible_documents
from kts.extensions import db
from kts.municipalities.models import Municipality, Topic
from kts.municipalities.names import fold

PER_PAGE = 24  # fills the rows of the grid with two, three or four columns
SORTS = ("newest", "year", "title", "municipality", "pages")
LIST, GRID = "list", "grid"
WITHOUT = "none"  # the choice "not stated" in an address
MOST_WORDS = 8  # of a title; more would only slow the statement down
ROWS_AT_ONCE = 500  # of an export: bounds the memory


@dataclass(frozen=True)
class Filters:
    """What a visitor of the list asked for; empty means everything."""

    q: str = ""
    municipality: str = ""
    topic: str = ""
    kind: str = ""
    year: int | None = None
    land: str = ""
    licence: str = ""
    language: str = ""
    label: str = ""
    sort: str = "newest"
    view: str = LIST

    @property
    def set_names(self) -> list[str]:
        """Name what narrows the list."""
        return [name for name in ("q", *FACETS) if getattr(self, name)]

    @property
    def is_set(self) -> bool:
        """Say whether anything narrows the list."""
        return bool(self.set_names)

    def as_args(self, **changes: Any) -> dict[str, Any]:
        """Give what is set, with these changes, as arguments of an address in German names."""
        asked, usual = replace(self, **changes), Filters()
        return {
            ARGUMENTS[field.name]: getattr(asked, field.name)
            for field in fields(asked)
            if getattr(asked, field.name) not in ("", getattr(usual, field.name))
        }

    def without(self, *names: str) -> dict[str, Any]:
        """Give the arguments of an address without these filters."""
        return self.as_args(**{name: getattr(Filters(), name) for name in names})


ARGUMENTS = {
    "q": "q",
    "municipality": "kommune",
    "topic": "handlungsfeld",
    "kind": "art",
    "year": "jahr",
    "land": "land",
    "licence": "lizenz",
    "language": "sprache",
    "label": "kennzeichen",
    "sort": "sortierung",
    "view": "ansicht",
}
# An own text of a municipality counts as "other".
_LICENCE = case(
    (Document.licence == NOT_STATED, WITHOUT),
    (Document.licence.in_(sorted(BY_ID)), Document.licence),
    else_=OTHER,
)
_CONDITIONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "q": lambda text: and_(
        true(),
        *(
            Document.search_title.contains(word, autoescape=True)
            for word in fold(text).split()[:MOST_WORDS]
        ),
    ),
    "municipality": lambda slug: Document.municipality.has(Municipality.slug == slug),
    "topic": lambda slug: Document.topics.any(Topic.slug == slug),
    "kind": lambda kind: Document.kind == kind,
    "year": lambda year: Document.current_version.has(DocumentVersion.year == year),
    "land": lambda land: Document.municipality.has(Municipality.land == land),
    "licence": lambda licence: licence == _LICENCE,
    "language": lambda language: Document.language == language,
}
# For each facet what is counted, and the relationship that leads there.
FACETS: dict[str, tuple[Any, Any]] = {
    "municipality": (Municipality.slug, Document.municipality),
    "topic": (Topic.slug, Document.topics),
    "kind": (Document.kind, None),
    "year": (DocumentVersion.year, Document.current_version),
    "land": (Municipality.land, Document.municipality),
    "licence": (_LICENCE, None),
    "language": (Document.language, None),
}


@dataclass(frozen=True)
class OfferedFacet:
    """A facet that a feature to the right offers.

    ``counted`` joins a list with what is counted, ``having`` gives the condition of a value,
    ``names`` names values in the order in which people look for them.
    """

    label: LazyString
    counted: Callable[[Select[Any]], tuple[Any, Select[Any]]]
    having: Callable[[str], ColumnElement[bool]]
    names: Callable[[Sequence[str]], dict[str, str]]


OFFERED: dict[str, OfferedFacet] = {}


def offer_facet(name: str, facet: OfferedFacet) -> None:
    """Let the list be narrowed down by what another feature knows of documents."""
    OFFERED[name] = facet
    FACETS[name] = (None, None)
    _CONDITIONS[name] = facet.having


def find_documents(viewer: Viewer, filters: Filters, page: int) -> pagination.Page:
    """Give one page of the list."""
    return pagination.paginate(_ordered(viewer, filters), page, PER_PAGE)


def every_document(viewer: Viewer, filters: Filters, limit: int) -> Iterator[Document]:
    """Give the whole list, at most ``limit`` documents, without holding all of it in memory."""
    statement = _ordered(viewer, filters).limit(limit)
    yield from db.session.scalars(statement.execution_options(yield_per=ROWS_AT_ONCE))


def facet_counts(viewer: Viewer, filters: Filters) -> dict[str, dict[Any, int]]:
    """Count for each choice of a facet what the list would hold; one statement for each facet.

    A facet is counted under all other filters, so that every number is what a click gives.
    """
    return {name: _counted(viewer, filters, name) for name in FACETS}


def _counted(viewer: Viewer, filters: Filters, name: str) -> dict[Any, int]:
    value, relationship = FACETS[name]
    others = replace(filters, **{name: getattr(Filters(), name)})
    statement = _narrowed(visible_documents(viewer), others)
    if name in OFFERED:
        value, statement = OFFERED[name].counted(statement)
    elif relationship is not None:
        statement = statement.join(relationship)
    found = db.session.execute(
        statement.with_only_columns(value, func.count()).group_by(value).order_by(value)
    )
    return {value: count for value, count in found if value}


def municipality_names(slugs: Sequence[str]) -> dict[str, str]:
    """Give the names of municipalities, by name."""
    statement = select(Municipality.slug, Municipality.name).where(Municipality.slug.in_(slugs))
    found = db.session.execute(statement.order_by(Municipality.search_name))
    return {row.slug: row.name for row in found}


def _ordered(viewer: Viewer, filters: Filters) -> Select[Any]:
    statement = _narrowed(visible_documents(viewer), filters).options(
        joinedload(Document.municipality),
        joinedload(Document.current_version),
        selectinload(Document.topics),
    )
    return statement.order_by(*_order(filters.sort))


def _narrowed(statement: Select[Any], filters: Filters) -> Select[Any]:
    for name in filters.set_names:
        statement = statement.where(_CONDITIONS[name](getattr(filters, name)))
    return statement


def _order(sort: str) -> tuple[Any, ...]:
    if sort == "title":
        return Document.search_title, Document.id
    if sort == "year":
        return func.coalesce(_of_version(DocumentVersion.year), 0).desc(), Document.id.desc()
    if sort == "pages":
        return _of_version(DocumentVersion.page_count).desc(), Document.id.desc()
    if sort == "municipality":
        name = select(Municipality.search_name).where(Municipality.id == Document.municipality_id)
        without = Document.municipality_id.is_(None)  # papers of the programme come last
        return without, name.scalar_subquery(), Document.search_title, Document.id
    return Document.updated.desc(), Document.id.desc()


def _of_version(column: Any) -> Any:
    shown = DocumentVersion.id == Document.current_version_id
    return select(column).where(shown).scalar_subquery()
