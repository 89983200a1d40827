"""Finds what was asked for inside one document: its pages, and the neighbours of one of them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from kts.core.access import Viewer
from kts.documents.models import Document, DocumentVersion
from kts.search import services
from kts.search.engine import PageHit, SearchError, SearchRequest

log = logging.getLogger(__name__)

MOST_PAGES = 200  # found in one document: who gets more asks for something else
RELEVANCE, POSITION = "relevanz", "seite"


@dataclass(frozen=True)
class Neighbours:
    """The pages with hits before and after a page, and how many there are in the document."""

    total: int
    previous: int | None
    next: int | None


def pages_with(
    document: Document,
    version: DocumentVersion,
    query: str,
    viewer: Viewer,
    passages: bool = True,
) -> list[PageHit]:
    """Give the pages of that version which the search finds, best first; the viewer's only.

    Where the search has no index there are none: the page can still be read.
    """
    asked = SearchRequest(
        query=query,
        visibility=viewer.visibility_tokens,
        within=f"document:{document.id}",
        version=version.number,
        passages=passages,
    )
    try:
        found = services.pages_within(asked, MOST_PAGES)
    except SearchError:
        log.exception("no search inside of document %s", document.id)
        return []
    return [hit for hit in found if hit.page is not None]


def in_order(found: Sequence[PageHit], order: str) -> list[PageHit]:
    """Sort by position in the document, or leave the best first."""
    return sorted(found, key=lambda hit: hit.page or 0) if order == POSITION else list(found)


def neighbours(
    document: Document, version: DocumentVersion, number: int, query: str, viewer: Viewer
) -> Neighbours:
    """Give the nearest pages with hits before and after this one."""
    found = pages_with(document, version, query, viewer, passages=False)
    pages = [hit.page or 0 for hit in found]
    return Neighbours(
        len(pages),
        max((page for page in pages if page < number), default=None),
        min((page for page in pages if page > number), default=None),
    )
