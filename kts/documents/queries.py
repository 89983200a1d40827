"""Reads of the library; every one is given the viewer and shows only what she may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import defer, joinedload, selectinload

from kts.core.access import Viewer, visible
from kts.core.errors import Invalid, NotFound
from kts.documents.models import FROM_PICTURE, Document, DocumentPage, DocumentVersion
from kts.documents.policies import can_see_document_version, editable_municipality_ids
from kts.extensions import db
from kts.municipalities import queries as municipalities
from kts.municipalities.models import Municipality, Topic
from kts.municipalities.names import fold
from kts.search import services as search


def visible_documents(viewer: Viewer) -> Select[tuple[Document]]:
    """Select the documents that can be read by this viewer; the one door to rows for lists."""
    return select(Document).where(
        visible(Document.visibility, viewer),
        Document.hidden_at.is_(None),
        Document.retired_at.is_(None),
        Document.current_version_id.is_not(None),
    )


def accessible_documents(viewer: Viewer) -> Select[tuple[Document]]:
    """Select also what is retired, and what the viewer works on: unread or hidden ones."""
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


def get_version(document: Document, number: int | None, viewer: Viewer) -> DocumentVersion:
    """Give the version with that number, or the one that is shown; raise NotFound otherwise."""
    if number is None:
        version = shown_version(document, viewer)
    else:
        found = known_versions(document, viewer)
        version = next((v for v in found if v.number == number), None)
    if version is None:
        raise NotFound
    return version


def known_versions(document: Document, viewer: Viewer) -> list[DocumentVersion]:
    """Give the versions that the viewer may know of, whether they can be read or not."""
    return [v for v in document.versions if can_see_document_version(viewer, v)]


def shown_version(document: Document, viewer: Viewer) -> DocumentVersion | None:
    """Give what readers see; where they see nothing yet, what waits for a review."""
    if document.current_version is not None:
        return document.current_version
    found = known_versions(document, viewer)
    return next((v for v in found if v.is_ready and not v.released), None)


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
        return get_page(get_version(document, version, viewer), number)
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


def page_labels(version: DocumentVersion) -> Sequence[Any]:
    """List the number of each page that has a printed label, and the label."""
    return db.session.execute(
        select(DocumentPage.number, DocumentPage.label).where(
            DocumentPage.version_id == version.id, DocumentPage.label != ""
        )
    ).all()


def page_texts(version_id: int) -> Sequence[Any]:
    """List number, heading, text of every page, and whether the text was made from Markdown."""
    return db.session.execute(
        select(
            DocumentPage.number,
            DocumentPage.heading,
            DocumentPage.text,
            DocumentPage.html.is_not(None).label("is_rendered"),
        )
        .where(DocumentPage.version_id == version_id)
        .order_by(DocumentPage.number)
    ).all()


@dataclass(frozen=True)
class Scanned:
    """How many pages of a version were found without text, and how many were looked at."""

    pages: int
    looked_at: int


def scanned_pages(version: DocumentVersion | None) -> Scanned | None:
    """Count the scanned pages of a version while some of them are not recognised."""
    if version is None or not version.has_scanned_pages_to_read:
        return None
    looked_at = case((DocumentPage.text_source == FROM_PICTURE, 1), else_=0)
    pages, done = db.session.execute(
        select(func.count(DocumentPage.id), func.coalesce(func.sum(looked_at), 0)).where(
            DocumentPage.version_id == version.id, DocumentPage.image_only
        )
    ).one()
    return Scanned(pages, done)


def pages_of(version_ids: Sequence[int]) -> Sequence[DocumentPage]:
    """Give all pages of the versions with their texts, for the index."""
    return db.session.scalars(
        select(DocumentPage)
        .where(DocumentPage.version_id.in_(version_ids))
        .order_by(DocumentPage.version_id, DocumentPage.number)
        .options(defer(DocumentPage.html), defer(DocumentPage.markdown))
    ).all()


def newest_documents(viewer: Viewer, limit: int = 5) -> Sequence[Document]:
    """Give the documents last published or changed."""
    statement = visible_documents(viewer).options(*_for_list()).order_by(*_newest_first())
    return db.session.scalars(statement.limit(limit)).all()


def documents_of(viewer: Viewer, municipality_id: int, limit: int = 20) -> Sequence[Document]:
    """Give the documents of one municipality, newest first."""
    statement = visible_documents(viewer).where(Document.municipality_id == municipality_id)
    statement = statement.options(*_for_list()).order_by(*_newest_first())
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


def _newest_first() -> tuple[Any, ...]:
    return Document.updated.desc(), Document.id.desc()


@dataclass(frozen=True)
class Similar:
    """A document that speaks of the same, and the fields of action that both name."""

    document: Document
    topics: Sequence[Topic]


def similar_documents(viewer: Viewer, document: Document, limit: int = 5) -> list[Similar]:
    """Give documents that speak of the same, those of other municipalities first.

    The list is an extra of the page: where the search is missing or fails, it is empty.
    """
    try:
        hits = search.similar(f"document:{document.id}", viewer.visibility_tokens, limit)
    except Exception:
        db.session.rollback()  # an engine inside the database may have ended the transaction
        current_app.logger.exception("no similar documents for %s", document.id)
        return []
    ids = [hit.id for hit in hits if hit.id != document.id]
    if not ids:
        return []
    statement = visible_documents(viewer).where(Document.id.in_(ids)).options(*_for_list())
    found = {row.id: row for row in db.session.scalars(statement)}
    rows = [Similar(found[i], _shared_topics(document, found[i])) for i in ids if i in found]
    return sorted(rows, key=lambda row: _is_of_the_same(document, row.document))


def _shared_topics(one: Document, other: Document) -> list[Topic]:
    own = {topic.id for topic in one.topics}
    return [topic for topic in other.topics if topic.id in own]


def _is_of_the_same(one: Document, other: Document) -> bool:
    return one.municipality_id is not None and one.municipality_id == other.municipality_id


def editable_municipalities(viewer: Viewer) -> Sequence[Municipality]:
    """Give the municipalities that the person may publish for as an editor."""
    ids = editable_municipality_ids(viewer)
    return db.session.scalars(
        select(Municipality).where(Municipality.id.in_(ids)).order_by(Municipality.name)
    ).all()


def all_topics() -> Sequence[Topic]:
    """Give the vocabulary in its order."""
    return municipalities.all_topics()


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
