"""Index documents about made-up places, engines over a folder of their own, sample content."""

import uuid
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, text

from kts.search.engine import IndexDocument, SearchRequest
from kts.search.engines import ENGINES, Home

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
    home = Home(tmp_path / "index")
    if request.param == "postgres":
        home = Home(tmp_path / "index", *request.getfixturevalue("search_schema"))
    made = []

    def make(synonyms=()):
        made.append(ENGINES[request.param](home, lambda: synonyms))
        return made[-1]

    yield make
    for engine in made:
        getattr(engine, "close", lambda: None)()


@pytest.fixture
def search_schema(postgres_url):
    """Give database and schema for one test; the schema is dropped after it."""
    schema = f"test_{uuid.uuid4().hex}"
    yield postgres_url, schema
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
    engine.dispose()


@pytest.fixture
def engine(make_engine):
    engine = make_engine()
    engine.rebuild([])
    return engine
