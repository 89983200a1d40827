"""Index documents about made-up places, engines over a folder of their own, sample content."""

from datetime import UTC, datetime

import pytest

from kts.search.engine import IndexDocument, SearchRequest
from kts.search.engines import ENGINES

MOMENT = datetime(2025, 3, 1, 12, tzinfo=UTC)
PUBLIC = frozenset({"public"})
MEMBERS = frozenset({"public", "members"})


def make_document(number, body, *, title="Strategie der Musterstadt", page=None, **values):
    kind = values.pop("kind", "document")
    defaults = {
        "key": f"{kind}:{number}:{page or 0}",
        "kind": kind,
        "id": number,
        "parent": f"{kind}:{number}",
        "language": "de",
        "title": title,
        "body": body,
        "url": f"/dokumente/{number}-x/seite/{page}" if page else f"/x/{number}",
        "topics": (),
        "municipality": "musterstadt",
        "land": "08",
        "visibility": "public",
        "created": MOMENT,
        "updated": MOMENT,
        "page": page,
        "year": 2024,
    }
    return IndexDocument(**(defaults | values))


def ask(query, tokens=PUBLIC, **values):
    return SearchRequest(query, frozenset(tokens), **values)


@pytest.fixture(params=sorted(ENGINES))
def make_engine(request, tmp_path):
    """Give a function that makes an engine; called again, one over the same data."""

    def make(synonyms=()):
        return ENGINES[request.param](tmp_path / "index", lambda: synonyms)

    return make


@pytest.fixture
def engine(make_engine):
    engine = make_engine()
    engine.rebuild([])
    return engine
