"""What of the library ages: each document by its kind, confirmed by every version that is read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from kts.core import shelf_life
from kts.core.access import Viewer
from kts.core.shelf_life import Fact, Thing
from kts.documents.messages import KIND_NAMES
from kts.documents.models import Document, DocumentVersion
from kts.documents.queries import visible_documents
from kts.documents.search import KIND
from kts.extensions import db
from kts.municipalities.names import fold
from kts.search import outbox


def register() -> None:
    """Let documents age."""
    kind = shelf_life.Kind(
        key=KIND,
        label=_l("Documents"),
        contents=contents,
        current=current,
        load=load,
        find=find,
        section="dokumente",
        found_as=KIND,
        touch=lambda ids: outbox.note(KIND, ids),
        stamps=lambda _number: ["documents"],
        bound=True,
    )
    shelf_life.register(kind)


def content_of(kind: str) -> str:
    """Name the period that documents of a kind have."""
    return f"document.{kind}"


def contents() -> Mapping[str, Any]:
    """Name the kinds of documents by the key of their period."""
    return {content_of(kind): name for kind, name in KIND_NAMES.items()}


def current() -> Iterator[Fact]:
    """List the documents that readers find."""
    columns = (Document.id, Document.kind, Document.created_by_id, Document.municipality_id)
    statement = (
        db.select(*columns, DocumentVersion.created)
        .join(DocumentVersion, Document.current_version_id == DocumentVersion.id)
        .where(Document.hidden_at.is_(None), Document.retired_at.is_(None))
    )
    for number, kind, owner_id, municipality_id, created in db.session.execute(statement):
        yield Fact(number, content_of(kind), created, owner_id, municipality_id)


def note_version(version: DocumentVersion) -> None:
    """Take a version that readers see from now on for a confirmation."""
    document = version.document
    fact = Fact(
        document.id,
        content_of(document.kind),
        version.created,
        document.created_by_id,
        document.municipality_id,
    )
    shelf_life.put(KIND, fact)


def load(viewer: Viewer, ids: Sequence[int]) -> Mapping[int, Thing]:
    """Give those of the documents that the viewer may see."""
    found = db.session.scalars(visible_documents(viewer).where(Document.id.in_(ids)))
    return {document.id: _thing(document) for document in found}


def find(viewer: Viewer, text: str, limit: int) -> Sequence[Thing]:
    """Give documents whose title holds the text."""
    titled = Document.search_title.contains(fold(text), autoescape=True)
    statement = visible_documents(viewer).where(titled).order_by(Document.updated.desc())
    return [_thing(document) for document in db.session.scalars(statement.limit(limit))]


def _thing(document: Document) -> Thing:
    return Thing(KIND, document.id, document.title, document.path)
