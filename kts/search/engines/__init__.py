"""The search engines that can be chosen with ``KTS_SEARCH_ENGINE``.

An engine is where postings lie and how they are read (``whoosh/``, ``postgres/``). What a question
finds, in which order and how it is shown is the same code for all of them, in this folder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kts.search.engine import SearchEngine, Synonyms


@dataclass(frozen=True)
class Home:
    """Where an engine may keep its index: a folder, a database, or both."""

    folder: Path
    database_url: str = ""
    schema: str = "kts_search"


def _whoosh(home: Home, synonyms: Synonyms) -> SearchEngine:
    from kts.search.engines.whoosh import WhooshEngine

    return WhooshEngine(home.folder, synonyms)


def _postgres(home: Home, synonyms: Synonyms) -> SearchEngine:
    from kts.search.engines.postgres import PostgresEngine

    return PostgresEngine(home.database_url, synonyms, home.schema)


# name -> a function that makes the engine from its home and the table of synonyms
ENGINES: dict[str, Callable[[Home, Synonyms], SearchEngine]] = {
    "postgres": _postgres,
    "whoosh": _whoosh,
}
