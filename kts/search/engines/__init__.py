"""The search engines that can be chosen with ``KTS_SEARCH_ENGINE``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kts.search.engine import SearchEngine, Synonyms


def _whoosh(folder: Path, synonyms: Synonyms) -> SearchEngine:
    from kts.search.engines.whoosh import WhooshEngine

    return WhooshEngine(folder, synonyms)


# name -> a function that makes the engine from its folder and the table of synonyms
ENGINES: dict[str, Callable[[Path, Synonyms], SearchEngine]] = {"whoosh": _whoosh}
