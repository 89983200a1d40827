"""Titles in which every word typed begins a word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kts.search import german
from kts.search.engine import Suggestion
from kts.search.engines.columns import Array
from kts.search.engines.views import View
from kts.search.german import EXACT

LONGEST_PREFIX = 100
MOST_WORDS = 8  # nobody types more of a title
WORDS_OF_A_PREFIX = 200  # in the titles of one segment; one or two letters begin thousands
LOOKED_AT = 200  # titles, before the best are chosen


def suggest(view: View, prefix: str, visibility: frozenset[str], limit: int) -> list[Suggestion]:
    """Give titles, those first that begin like what was typed, the shorter before the longer."""
    typed = [token.word.exact for token in german.tokens(prefix[:LONGEST_PREFIX])][:MOST_WORDS]
    if not typed:
        return []
    audience = view.audience(visibility)
    docs = _holding_all(view, typed)
    docs = docs[audience.mask[docs]]
    _codes, first = np.unique(view.codes["title"][docs], return_index=True)
    docs = docs[np.sort(first)]
    shortest = np.argsort(view.columns.lengths["title"][docs], kind="stable")[:LOOKED_AT]
    found: dict[tuple[str, str], tuple[tuple[bool, int, str], Suggestion]] = {}
    for entry, _text in view.entries(docs[shortest]).values():
        order = (not german.fold(entry.title).startswith(typed[0]), len(entry.title), entry.title)
        url = entry.url if entry.page is None else entry.url.partition("/seite/")[0]
        suggestion = Suggestion(entry.title, entry.kind, url)
        found.setdefault((entry.kind, entry.title), (order, suggestion))
    return [row[1] for row in sorted(found.values(), key=lambda row: row[0])[:limit]]


def _holding_all(view: View, typed: Sequence[str]) -> Array:
    holding = np.ones(view.size, bool)
    for prefix in dict.fromkeys(typed):
        words = {
            word
            for segment in view.segments
            for word in segment.vocabulary().titles_beginning(prefix, WORDS_OF_A_PREFIX)
        }
        view.read_ahead(EXACT + word for word in words)
        one = np.zeros(view.size, bool)
        for word in words:
            one[view.postings("title", EXACT + word).ids] = True
        holding &= one
    return np.flatnonzero(holding)
