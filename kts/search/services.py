"""The search as features use it: the application's engine, its answers, the synonyms."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import cast

from flask import current_app

from kts.core.transactions import reading
from kts.extensions import db
from kts.search.engine import Hit, PageHit, SearchEngine, SearchRequest, SearchResponse
from kts.search.engines import ENGINES, Home
from kts.search.models import Synonym
from kts.search.synonyms import STARTING_GROUPS

_making = threading.Lock()


def engine() -> SearchEngine:
    """Give the application's engine, made when it is first asked for."""
    engines = current_app.extensions
    with _making:
        if "kts_search_engine" not in engines:
            settings = current_app.config["KTS"]
            make = ENGINES[settings.search_engine]
            home = Home(settings.instance.resolve() / "index", settings.database_url)
            engines["kts_search_engine"] = make(home, synonym_groups)
    return cast(SearchEngine, engines["kts_search_engine"])


def search(request: SearchRequest) -> SearchResponse:
    """Answer a request with the application's engine."""
    return engine().search(request)


def pages_within(request: SearchRequest, limit: int = 50) -> list[PageHit]:
    """Give the pages of one thing (``request.within``) that match, best first."""
    response = search(replace(request, limit=1, offset=0, pages_per_hit=limit - 1))
    return [
        page
        for hit in response.hits
        for page in (PageHit(hit.page, hit.url, hit.snippet, hit.heading), *hit.pages)
    ]


def similar(parent: str, visibility: frozenset[str], limit: int = 5) -> list[Hit]:
    """Give other things of the same kind that speak of the same, the nearest first."""
    return engine().similar(parent, visibility, limit)


def synonym_groups() -> Sequence[tuple[str, ...]]:
    """Give the groups of synonyms that the KTS keeps."""
    with reading():
        groups = db.session.scalars(db.select(Synonym).order_by(Synonym.id))
        return [group.members for group in groups]


def seed_synonyms(groups: Iterable[Sequence[str]] = STARTING_GROUPS) -> int:
    """Add the starting groups where the KTS has none yet; give the number added."""
    if db.session.scalar(db.select(Synonym.id).limit(1)) is not None:
        return 0
    rows = [Synonym(words=", ".join(group)) for group in groups]
    db.session.add_all(rows)
    db.session.flush()
    return len(rows)
