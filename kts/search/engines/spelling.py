"""What someone may have meant by a word that nothing visible holds.

Candidates come from the words of the texts themselves, so names and technical terms count; a
candidate is offered only when a document that the viewer may see holds it.
"""

from __future__ import annotations

from rapidfuzz import process
from rapidfuzz.distance import OSA

from kts.search import german
from kts.search.engines.entries import FIELDS
from kts.search.engines.ranking import Ranker
from kts.search.expansion import Variant
from kts.search.german import EXACT, Word

SHORTEST_CORRECTED = 4  # shorter words have too many neighbours
TWO_ERRORS_FROM = 8  # letters
TWO_ERRORS_BESIDE_OTHERS_FROM = 10  # "Inflation" in a question is not "Isolation"
LOOKED_AT = 100  # nearest words, before asking what is visible
OFFERED = 3
OTHER_BEGINNING = 0.5  # seldom is the first letter wrong


def corrections(word: Word, ranker: Ranker, *, alone: bool) -> list[tuple[str, float]]:
    """Give up to three (folded word, distance), the likeliest first.

    ``alone``: nothing else that was asked for can be found either, so a far guess beats nothing.
    """
    if not SHORTEST_CORRECTED <= len(word.exact) <= german.LONGEST_COMPOUND:
        return []
    two_from = TWO_ERRORS_FROM if alone else TWO_ERRORS_BESIDE_OTHERS_FROM
    near = _near(word.exact, ranker, 2 if len(word.exact) >= two_from else 1)
    ranker.view.read_ahead(EXACT + found for found in near)
    visible = [
        (found, distance, held)
        for found, distance in near.items()
        if (held := ranker.held_by([Variant(((EXACT + found,),), 1.0)]))
    ]
    visible.sort(key=lambda row: (row[1], -row[2], row[0]))
    best = visible[0][1] if visible else 0.0
    return [(found, distance) for found, distance, _held in visible if distance <= best][:OFFERED]


def _near(typed: str, ranker: Ranker, errors: int) -> dict[str, float]:
    """Give the words of the texts that so many errors lead to."""
    near: dict[str, float] = {}
    for segment in ranker.view.segments:
        for found, distance, _index in process.extract(
            typed,
            segment.vocabulary().near(typed, errors),
            scorer=OSA.distance,
            score_cutoff=errors,
            limit=LOOKED_AT,
        ):
            near[found] = distance + (OTHER_BEGINNING if found[:1] != typed[:1] else 0.0)
    return near


def spelling_in_texts(folded: str, ranker: Ranker) -> str:
    """Give the word as a visible text writes it."""
    view = ranker.view
    for field in reversed(FIELDS):
        docs = view.postings(field, EXACT + folded).ids
        for entry, text in view.entries(docs[ranker.mask[docs]][:1]).values():
            return _find(text if field == "body" else getattr(entry, field), folded) or folded
    return folded


def _find(text: str, folded: str) -> str:
    for token in german.tokens(text):
        if token.word.exact == folded:
            return text[token.start : token.end]
    return ""
