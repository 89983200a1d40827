"""What the library gives the search index: one entry for each page.

Pages of older versions are in it too, marked as superseded: a passage that the newest version no
longer has can still be found, and says that it is old.
"""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from kts.core import shelf_life
from kts.documents import queries
from kts.documents.messages import unit_words
from kts.documents.models import Document, DocumentPage, DocumentVersion
from kts.extensions import db
from kts.search.engine import IndexDocument
from kts.search.sources import SearchSource

KIND = "document"
# Pages of this many documents are held in memory at once while the index is rebuilt.
DOCUMENTS_AT_ONCE = 10


def load(document_ids: Sequence[int]) -> Iterator[IndexDocument]:
    """Give the pages of these documents; what readers do not see gives nothing."""
    for start in range(0, len(document_ids), DOCUMENTS_AT_ONCE):
        ids = document_ids[start : start + DOCUMENTS_AT_ONCE]
        outdated = shelf_life.outdated_ids(KIND, ids)
        versions = {
            version.id: version
            for document in _documents(ids)
            for version in document.versions
            if version.is_ready and version.released
        }
        for page in queries.pages_of(list(versions)):
            version = versions[page.version_id]
            weight = shelf_life.weight(version.document_id in outdated)
            yield _entry(version.document, version, page, weight)


def _documents(ids: Sequence[int]) -> Iterable[Document]:
    return db.session.scalars(
        select(Document)
        .where(
            Document.id.in_(ids),
            Document.hidden_at.is_(None),
            Document.retired_at.is_(None),
            Document.current_version_id.is_not(None),
        )
        .options(
            joinedload(Document.municipality),
            selectinload(Document.versions),
            selectinload(Document.topics),
        )
    ).all()


def _entry(
    document: Document, version: DocumentVersion, page: DocumentPage, weight: float
) -> IndexDocument:
    municipality = document.municipality
    superseded = version.id != document.current_version_id
    url = f"{document.path}/seite/{page.number}"
    return IndexDocument(
        key=f"page:{page.id}",
        kind=KIND,
        id=document.id,
        parent=f"document:{document.id}",
        language=document.language,
        title=document.title,
        body=page.text,
        url=f"{url}?version={version.number}" if superseded else url,
        topics=tuple(topic.slug for topic in document.topics),
        municipality=municipality.slug if municipality else "",
        land=municipality.land if municipality else "",
        visibility=document.visibility,
        created=document.created,
        updated=document.updated,
        weight=weight,
        page=page.number,
        heading=page.heading,
        year=version.year,
        version=version.number,
        superseded=superseded,
    )


def all_ids() -> Sequence[int]:
    """List the documents that the index should know."""
    return db.session.scalars(
        select(Document.id).where(
            Document.hidden_at.is_(None),
            Document.retired_at.is_(None),
            Document.current_version_id.is_not(None),
        )
    ).all()


def _document_of(version: DocumentVersion) -> int | None:
    """Give the document whose entries a changed version (its year) touches."""
    return version.document_id


def unit_labels(document_ids: Sequence[str]) -> dict[str, str]:
    """Give what the parts of these documents are called: pages, slides, chapters."""
    found = db.session.execute(
        select(Document.id, DocumentVersion)
        .join(DocumentVersion, Document.current_version_id == DocumentVersion.id)
        .where(Document.id.in_([int(number) for number in document_ids]))
    )
    return {str(number): str(unit_words(version.unit)["name"]) for number, version in found}


SOURCE = SearchSource(
    kind=KIND,
    model=Document,
    load=load,
    all_ids=all_ids,
    depends={DocumentVersion: _document_of},
)
