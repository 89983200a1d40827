"""What somebody means who types @ or # in a text: people and pages of documents.

Everything is found by the beginnings of words, umlauts folded both ways, and only among what the
viewer may know; people also only among those who can read what is being written.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import ColumnElement, and_, case, exists, false, func, or_
from sqlalchemy.orm import joinedload

from kts.accounts.models import User
from kts.core.access import Viewer
from kts.core.errors import NotFound
from kts.core.text import slugify
from kts.documents.models import Document, DocumentPage, DocumentVersion
from kts.documents.queries import visible_documents
from kts.extensions import db
from kts.forum.models import Post
from kts.forum.queries.categories import get_category
from kts.forum.queries.people import Byline, bylines
from kts.forum.queries.posts import get_post
from kts.forum.queries.readers import in_audience
from kts.forum.queries.threads import get_thread
from kts.municipalities.models import Municipality
from kts.municipalities.names import fold

PEOPLE = 8  # as many as are seen without scrolling
DOCUMENTS = 6
PAGES = 6  # of the one document that is meant
LONGEST_TYPED = 80  # characters; nobody goes on typing a name that long
PAGE_WORDS = r"s\.?|p\.?|kap\.?|seite|page|kapitel|chapter|folie|slide"
PAGE_TYPED = re.compile(rf"^(.*?\S)\s+(?:{PAGE_WORDS})?\s*(\d{{1,4}})$", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """Where a text is being written: who will be able to read it, and in which thread."""

    visibility: str
    thread_id: int | None = None


@dataclass(frozen=True)
class NamedPerson:
    """Somebody whom a text can name."""

    handle: str
    byline: Byline


@dataclass(frozen=True)
class NamedPage:
    """A document or one page of it that a text can point to."""

    document: Document
    version: DocumentVersion
    page: int | None = None
    label: str = ""
    heading: str = ""

    @property
    def url(self) -> str:
        """Give the address that becomes a card."""
        return self.document.path + (f"/seite/{self.page}" if self.page else "")


def place_of(viewer: Viewer, context: str, category: str = "") -> Place:
    """Say who will read what is written in a form; raise NotFound where the viewer may not.

    ``context`` names the form as drafts do: ``answer:12``, ``edit:99``, ``new``.
    """
    kind, _, number = context.partition(":")
    if kind in ("answer", "edit") and number.isdigit() and len(number) < len(str(2**31)):
        is_answer = kind == "answer"
        thread = (
            get_thread(viewer, int(number)) if is_answer else get_post(viewer, int(number)).thread
        )
        return Place(thread.visibility, thread.id)
    if kind != "new":
        raise NotFound
    return Place(get_category(viewer, category).visibility if category else "members")


def people_named(viewer: Viewer, place: Place, typed: str) -> list[NamedPerson]:
    """Propose people who can read the place, those who write in its thread first."""
    handle = _short(func.coalesce(User.handle, ""))
    begun = _short_text(slugify(typed)) if typed.strip() else ""
    if len(typed) > LONGEST_TYPED or (begun == "x" and "x" not in typed.lower()):
        return []
    statement = (
        db.select(User)
        .where(User.handle.is_not(None), User.active, User.id != viewer.id)
        .where(in_audience(place.visibility))
        .where(or_(handle.startswith(begun), handle.contains(f"-{begun}")))
        .order_by(_takes_part(place).desc(), func.lower(User.name), User.id)
    )
    found = list(db.session.scalars(statement.limit(PEOPLE)))
    lines = bylines(found)
    return [NamedPerson(str(person.handle), lines[person.id]) for person in found]


def _short(column: ColumnElement[str]) -> ColumnElement[str]:
    """Fold written-out umlauts in SQL as :func:`_short_text` does in Python."""
    for long, short in (("ae", "a"), ("oe", "o"), ("ue", "u")):
        column = func.replace(column, long, short)
    return column


def _short_text(text: str) -> str:
    return text.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def _takes_part(place: Place) -> ColumnElement[int]:
    if place.thread_id is None:
        return case((false(), 1), else_=0)
    wrote = exists().where(Post.thread_id == place.thread_id, Post.author_id == User.id)
    return case((wrote, 1), else_=0)


def documents_named(viewer: Viewer, typed: str) -> list[NamedPage]:
    """Propose documents by title or municipality; with a number behind it, that page of each.

    While one document alone is meant, its pages with headings follow.
    """
    if len(typed) > LONGEST_TYPED or not fold(typed):
        return []
    title, page = _title_and_page(typed)
    meant = _begins(title)
    if page is not None:
        meant = or_(meant, _begins(typed))
    statement = (
        visible_documents(viewer)
        .outerjoin(Municipality, Municipality.id == Document.municipality_id)
        .where(meant)
        .options(joinedload(Document.municipality), joinedload(Document.current_version))
        .order_by(Document.search_title, Document.id)
    )
    documents = db.session.scalars(statement.limit(DOCUMENTS)).all()
    pages = _pages(documents, page)
    whole = [NamedPage(document, _version(document)) for document in documents]
    return pages + whole if page is not None else whole + pages


def _title_and_page(typed: str) -> tuple[str, int | None]:
    match = PAGE_TYPED.match(typed.strip())
    return (match[1], int(match[2])) if match else (typed, None)


def _begins(typed: str) -> ColumnElement[bool]:
    """Ask that each word begins a word of the title or of the municipality's name."""
    names = (Document.search_title, Municipality.search_name)
    return and_(
        *(
            or_(*(or_(name.startswith(word), name.contains(f" {word}")) for name in names))
            for word in fold(typed).split()
        )
    )


def _version(document: Document) -> DocumentVersion:
    return cast(DocumentVersion, document.current_version)  # visible_documents sees to it


def _pages(documents: Sequence[Document], page: int | None) -> list[NamedPage]:
    """Give the page with that printed label or number, or those with headings of a sole match."""
    if not documents or (page is None and len(documents) > 1):
        return []
    versions = {document.current_version_id: document for document in documents}
    wanted = DocumentPage.heading != ""
    if page is not None:
        wanted = or_(DocumentPage.number == page, DocumentPage.label == str(page))
    columns = (DocumentPage.version_id, DocumentPage.number, DocumentPage.label)
    statement = (
        db.select(*columns, DocumentPage.heading)
        .where(DocumentPage.version_id.in_(versions), wanted)
        .order_by(DocumentPage.label != str(page), DocumentPage.number)
    )
    rows = db.session.execute(statement.limit(PAGES * 2)).all()
    if page is not None:
        rows = list({row.version_id: row for row in reversed(rows)}.values())[::-1]
    return [
        NamedPage(document := versions[row.version_id], _version(document), *row[1:])
        for row in rows[:PAGES]
    ]
