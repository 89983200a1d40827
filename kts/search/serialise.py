"""The answer of a search as the JSON that outsiders rely on (docs/search.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from kts.search.asked import Note
from kts.search.engine import Hit, SearchResponse


def response_as_json(response: SearchResponse, notes: Sequence[Note] = ()) -> dict[str, Any]:
    """Give total, took_ms, hits and facets; the snippet keeps its ``<mark>`` elements.

    ``notes``: the operators of the query that were not followed.
    """
    return {
        "total": response.total,
        "took_ms": response.took_ms,
        "hits": [_hit(hit) for hit in response.hits],
        "facets": {name: dict(values) for name, values in response.facets.items()},
        "did_you_mean": response.did_you_mean,
        "loosened": response.loosened,
        "notes": [
            {
                "operator": note.facet,
                "value": note.value,
                "excluded": note.excluded,
                "meant": [query for _label, query in note.meant],
            }
            for note in notes
        ],
    }


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "kind": hit.kind,
        "id": hit.id,
        "url": hit.url,
        "title": hit.title,
        "snippet": str(hit.snippet),
        "score": hit.score,
        "page": hit.page,
        "document_id": hit.document_id,
        "municipality": hit.municipality,
        "updated": hit.updated.isoformat(),
        "heading": hit.heading,
        "version": hit.version,
        "superseded": hit.superseded,
        "year": hit.year,
        "pages": [
            {
                "page": page.page,
                "url": page.url,
                "heading": page.heading,
                "snippet": str(page.snippet),
            }
            for page in hit.pages
        ],
    }


def plain(snippet: str) -> str:
    """Give a snippet as text, without marks."""
    return Markup(snippet).striptags()  # noqa: S704 - made by highlight, shown as text
