"""Other things that speak of the same: nearest by the words that set this thing apart.

The words are those with the highest tf-idf of the thing's texts (Salton and Buckley, 1988), and a
thing is as near as its best pages are by BM25 on these words alone.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from kts.search import german
from kts.search.engine import Hit, SearchRequest
from kts.search.engines import results
from kts.search.engines.columns import Array
from kts.search.engines.ranking import Ranker
from kts.search.engines.views import View
from kts.search.expansion import Concept, Variant
from kts.search.german import PART
from kts.search.query import QueryWord

PAGES_READ = 30  # spread over the thing; more tell the same
LONGEST_PAGE = 20_000  # characters
CANDIDATES = 120  # words whose rarity is looked up
WORDS = 25  # that set the thing apart
SHORTEST_WORD = 4  # letters; shorter stems are abbreviations of anything
TOO_COMMON = 0.2  # of all visible documents


def similar(view: View, parent: str, visibility: frozenset[str], limit: int) -> list[Hit]:
    """Give other things of the same kind, the nearest first; none for what is not visible."""
    audience = view.audience(visibility)
    code = view.book.parent.known(parent)
    own = np.flatnonzero((view.codes["parent"] == (-1 if code is None else code)) & audience.mask)
    if not len(own):
        return []
    kind = view.codes["kind"][own[0]]
    others = audience.mask & (view.codes["kind"] == kind) & ~view.superseded
    others[own] = False
    ranker = Ranker(view, audience, audience.mask)
    concepts = _characteristic(view, own, ranker)
    if not concepts:
        return []
    ranker.mask = others
    matches = ranker.rank(concepts).matches
    groups = results.best_first(view, results.group(view, matches))
    shown = groups.only(np.arange(len(groups.best))[:limit])
    request = SearchRequest("", visibility, pages_per_hit=0, passages=False)
    return list(results.hits(view, shown, [], request))


def _characteristic(view: View, own: Array, ranker: Ranker) -> list[Concept]:
    words = _words(view, own)
    view.read_ahead(term for stem in words for term in (stem, PART + stem))
    weighed: list[tuple[float, str]] = []
    for stem, count in words.items():
        held_by = ranker.held_by(_variants(stem))
        if 1 < held_by <= max(2, TOO_COMMON * ranker.visible):
            rarity = math.log(ranker.visible / held_by)
            weighed.append(((1 + math.log(count)) * rarity, stem))
    best = sorted(weighed, reverse=True)[:WORDS]
    return [
        Concept(QueryWord(stem, german.Word(stem, stem)), _variants(stem), weight)
        for weight, stem in best
    ]


def _words(view: View, own: Array) -> dict[str, int]:
    """Count the stems of the thing's texts; give the most frequent."""
    step = max(1, len(own) // PAGES_READ)
    counter: Counter[str] = Counter()
    pairs = view.entries(own[::step][:PAGES_READ]).values()
    for entry, text in pairs:
        for written in german.written_words(f"{entry.heading} {text[:LONGEST_PAGE]}"):
            word = german.analyse(written)
            if len(word.stem) >= SHORTEST_WORD and not german.is_stop_word(word):
                counter[word.stem] += 1
    for entry, _text in list(pairs)[:1]:
        titled = (german.analyse(word) for word in german.written_words(entry.title))
        counter.update(word.stem for word in titled if not german.is_stop_word(word))
    return dict(counter.most_common(CANDIDATES))


def _variants(stem: str) -> list[Variant]:
    return [Variant(((stem,),), 1.0), Variant(((PART + stem,),), 0.5)]
