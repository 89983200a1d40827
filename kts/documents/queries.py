"""Reads of the library; every one is given the viewer and shows only what she may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import defer, joinedload, selectinload

from kts.core import pagination
from kts.core.access import Viewer, visible
from kts.core.errors import Invalid, NotFound
from kts.documents.models import Document, DocumentPage, DocumentVersion, document_topic
from kts.documents.policies import editable_municipality_ids
from kts.extensions import db
from kts.municipalities.models import Municipality, Topic
from kts.municipalities.names import fold

PER_PAGE = 20
SORTS = ("newest", "title", "year")


@dataclass(frozen=True)
class Filters:
    """What a visitor of the list asked for; empty means everything."""

    q: str = ""
    municipality: str = ""
    topic: str = ""
    land: str = ""
    year: int | None = None
    kind: str = ""
    sort: str = "newest"

    @property
    def is_set(self) -> bool:
        """Say whether anything narrows the list."""
        return any((self.q, self.municipality, self.topic, self.land, self.year, self.kind))

    def as_args(self) -> dict[str, Any]:
        """Give what is set as arguments of an address, in its German names."""
        args = {
            "q": self.q,
            "kommune": self.municipality,
            "handlungsfeld": self.topic,
            "land": self.land,
            "jahr": self.year,
            "art": self.kind,
            "sortierung": self.sort if self.sort != "newest" else "",
        }
        return {name: value for name, value in args.items() if value}


def visible_documents(viewer: Viewer) -> Select[tuple[Document]]:
    """Select the documents that can be read by this viewer; the one door to rows for lists."""
    return select(Document).where(
        visible(Document.visibility, viewer),
        Document.hidden_at.is_(None),
        Document.current_version_id.is_not(None),
    )


def accessible_documents(viewer: Viewer) -> Select[tuple[Document]]:
    """Select also what the viewer works on: unread files of her municipality, hidden ones."""
    readable = and_(Document.hidden_at.is_(None), Document.current_version_id.is_not(None))
    conditions: list[ColumnElement[bool]] = [and_(visible(Document.visibility, viewer), readable)]
    if viewer.is_moderator:
        conditions.append(visible(Document.visibility, viewer))
    elif own := editable_municipality_ids(viewer):
        mine = Document.municipality_id.in_(own)
        conditions.append(and_(mine, visible(Document.visibility, viewer)))
    return select(Document).where(or_(*conditions))


def get_document(document_id: int, viewer: Viewer) -> Document:
    """Give one document with what its page needs; raise NotFound where she may not know of it."""
    document = db.session.scalar(
        accessible_documents(viewer)
        .where(Document.id == document_id)
        .options(
            joinedload(Document.municipality),
            joinedload(Document.current_version),
            selectinload(Document.topics),
            selectinload(Document.versions),
        )
    )
    if document is None:
        raise NotFound
    return document


def get_version(document: Document, number: int | None) -> DocumentVersion:
    """Give the version with that number, or the one that is shown; raise NotFound otherwise."""
    if number is None:
        version = document.current_version
    else:
        version = next((v for v in document.versions if v.number == number), None)
    if version is None:
        raise NotFound
    return version


def get_page(version: DocumentVersion, number: int) -> DocumentPage:
    """Give one page of a version; raise NotFound where it has none of that number."""
    page = db.session.scalar(select(DocumentPage).filter_by(version_id=version.id, number=number))
    if page is None:
        raise NotFound
    return page


def find_page(
    viewer: Viewer, document_id: int, number: int, version: int | None = None
) -> DocumentPage | None:
    """Give a page for a link to it, or None where the viewer may not see it."""
    try:
        document = get_document(document_id, viewer)
        return get_page(get_version(document, version), number)
    except NotFound:
        return None


def contents(version: DocumentVersion) -> Sequence[Any]:
    """List number, label, heading and whether there is text, of every page, without the texts."""
    return db.session.execute(
        select(
            DocumentPage.number,
            DocumentPage.label,
            DocumentPage.heading,
            (DocumentPage.text != "").label("has_text"),
        )
        .where(DocumentPage.version_id == version.id)
        .order_by(DocumentPage.number)
    ).all()


def pages_of(version_ids: Sequence[int]) -> Sequence[DocumentPage]:
    """Give all pages of the versions with their texts, for the index."""
    return db.session.scalars(
        select(DocumentPage)
        .where(DocumentPage.version_id.in_(version_ids))
        .order_by(DocumentPage.version_id, DocumentPage.number)
        .options(defer(DocumentPage.html), defer(DocumentPage.markdown))
    ).all()


def find_documents(viewer: Viewer, filters: Filters, page: int) -> pagination.Page:
    """Give one page of the list."""
    statement = _filtered(visible_documents(viewer), filters)
    statement = statement.options(*_for_list()).order_by(*_order(filters.sort))
    return pagination.paginate(statement, page, PER_PAGE)


def newest_documents(viewer: Viewer, limit: int = 5) -> Sequence[Document]:
    """Give the documents last published or changed."""
    statement = visible_documents(viewer).options(*_for_list()).order_by(*_order("newest"))
    return db.session.scalars(statement.limit(limit)).all()


def documents_of(viewer: Viewer, municipality_id: int, limit: int = 20) -> Sequence[Document]:
    """Give the documents of one municipality, newest first."""
    statement = visible_documents(viewer).where(Document.municipality_id == municipality_id)
    statement = statement.options(*_for_list()).order_by(*_order("newest"))
    return db.session.scalars(statement.limit(limit)).all()


def unfinished_documents(viewer: Viewer, limit: int = 20) -> Sequence[Document]:
    """Give what the viewer uploaded and cannot be read yet, newest first."""
    if not viewer.is_authenticated:
        return []
    statement = (
        accessible_documents(viewer)
        .where(
            Document.current_version_id.is_(None),
            Document.hidden_at.is_(None),
            Document.created_by_id == viewer.id,
        )
        .options(joinedload(Document.municipality), selectinload(Document.versions))
        .order_by(Document.created.desc())
        .limit(limit)
    )
    return db.session.scalars(statement).all()


def _for_list() -> tuple[Any, ...]:
    return (
        joinedload(Document.municipality),
        joinedload(Document.current_version),
        selectinload(Document.topics),
    )


def _order(sort: str) -> tuple[Any, ...]:
    if sort == "title":
        return Document.search_title, Document.id
    if sort == "year":
        year = (
            select(DocumentVersion.year)
            .where(DocumentVersion.id == Document.current_version_id)
            .scalar_subquery()
        )
        return func.coalesce(year, 0).desc(), Document.id.desc()
    return Document.updated.desc(), Document.id.desc()


def _filtered(statement: Select[Any], filters: Filters) -> Select[Any]:
    for word in fold(filters.q).split()[:8]:
        statement = statement.where(Document.search_title.contains(word, autoescape=True))
    if filters.kind:
        statement = statement.where(Document.kind == filters.kind)
    if filters.municipality:
        statement = statement.where(
            Document.municipality.has(Municipality.slug == filters.municipality)
        )
    if filters.land:
        statement = statement.where(Document.municipality.has(Municipality.land == filters.land))
    if filters.topic:
        statement = statement.where(Document.topics.any(Topic.slug == filters.topic))
    if filters.year:
        statement = statement.where(
            Document.current_version_id.in_(
                select(DocumentVersion.id).where(DocumentVersion.year == filters.year)
            )
        )
    return statement


@dataclass(frozen=True)
class Choices:
    """What the filters of the list offer: only what occurs in documents the viewer sees."""

    municipalities: Sequence[Municipality]
    topics: Sequence[Topic]
    lands: Sequence[str]
    years: Sequence[int]
    kinds: Sequence[str]


def choices(viewer: Viewer) -> Choices:
    """Collect the filters' options, in four statements."""
    ids = visible_documents(viewer).with_only_columns(Document.id).scalar_subquery()
    seen = select(Document.municipality_id).where(Document.id.in_(ids))
    municipalities = db.session.scalars(
        select(Municipality).where(Municipality.id.in_(seen)).order_by(Municipality.name)
    ).all()
    tagged = select(document_topic.c.topic_id).where(document_topic.c.document_id.in_(ids))
    topics = db.session.scalars(
        select(Topic).where(Topic.id.in_(tagged)).order_by(Topic.sort, Topic.name)
    ).all()
    years = db.session.scalars(
        select(DocumentVersion.year)
        .join(Document, Document.current_version_id == DocumentVersion.id)
        .where(Document.id.in_(ids), DocumentVersion.year.is_not(None))
        .distinct()
        .order_by(DocumentVersion.year.desc())
    ).all()
    kinds = db.session.scalars(select(Document.kind).where(Document.id.in_(ids)).distinct()).all()
    lands = sorted({m.land for m in municipalities if m.land})
    return Choices(municipalities, topics, lands, [y for y in years if y], kinds)


def editable_municipalities(viewer: Viewer) -> Sequence[Municipality]:
    """Give the municipalities that the person may publish for as an editor."""
    ids = editable_municipality_ids(viewer)
    return db.session.scalars(
        select(Municipality).where(Municipality.id.in_(ids)).order_by(Municipality.name)
    ).all()


def all_topics() -> Sequence[Topic]:
    """Give the vocabulary in its order."""
    return db.session.scalars(select(Topic).order_by(Topic.sort, Topic.name)).all()


def find_municipality(text: str) -> Municipality:
    """Find by key in the register, by slug or by a name that only one has; raise Invalid."""
    text = text.strip()
    exact = db.session.scalar(
        select(Municipality).where(or_(Municipality.ags == text, Municipality.slug == text))
    )
    if exact is not None:
        return exact
    folded = fold(text)
    same_name = or_(
        Municipality.name == text,
        Municipality.full_name == text,
        Municipality.search_name == folded,
    )
    named = db.session.scalars(select(Municipality).where(same_name)).all()
    exactly = [m for m in named if text in (m.name, m.full_name)] or list(named)
    if len(exactly) == 1:
        return exactly[0]
    if not exactly:
        raise Invalid(
            _(
                "No municipality “%(name)s” is known. Please give its name as in the register, "
                "or its official key (AGS).",
                name=text,
            )
        )
    raise Invalid(
        _(
            "“%(name)s” is the name of several municipalities. Please give the official key "
            "(AGS): %(candidates)s.",
            name=text,
            candidates="; ".join(f"{m.ags or m.slug} ({m.place_label})" for m in exactly[:6]),
        )
    )


def page_number(version: DocumentVersion, typed: str) -> int | None:
    """Give the page that a typed number or printed label means; beyond the end, the last one."""
    labelled = db.session.scalar(
        select(DocumentPage.number).filter_by(version_id=version.id, label=typed).limit(1)
    )
    if labelled is not None and typed:
        return labelled
    if not typed.isdecimal():
        return None
    return min(max(1, int(typed[:9])), version.page_count)
