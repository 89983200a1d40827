"""What someone may have meant by a word that nothing visible holds.

Candidates come from the words of the texts themselves, so names and technical terms count; a
candidate is offered only when a document that the viewer may see holds it.
"""

from __future__ import annotations

from rapidfuzz import process
from rapidfuzz.distance import OSA

from kts.search import german
from kts.search.engines.whoosh.ranking import Ranker
from kts.search.engines.whoosh.segments import View
from kts.search.expansion import EXACT, Variant
from kts.search.german import Word

SHORTEST_CORRECTED = 4  # shorter words have too many neighbours
TWO_ERRORS_FROM = 8  # letters
LOOKED_AT = 30  # nearest words, before asking what is visible
OFFERED = 3
OTHER_BEGINNING = 0.5  # seldom is the first letter wrong


def corrections(word: Word, view: View, ranker: Ranker) -> list[tuple[str, float]]:
    """Give up to three (folded word, distance), the likeliest first."""
    if not SHORTEST_CORRECTED <= len(word.exact) <= german.LONGEST_COMPOUND:
        return []
    errors = 2 if len(word.exact) >= TWO_ERRORS_FROM else 1
    near: dict[str, float] = {}
    for segment in view.segments:
        for found, distance, _index in process.extract(
            word.exact, segment.words(), scorer=OSA.distance, score_cutoff=errors, limit=LOOKED_AT
        ):
            near[found] = distance + (OTHER_BEGINNING if found[:1] != word.exact[:1] else 0.0)
    visible = [
        (found, distance, held)
        for found, distance in near.items()
        if (held := _held_by(found, ranker))
    ]
    visible.sort(key=lambda row: (row[1], -row[2], row[0]))
    best = visible[0][1] if visible else 0.0
    return [(found, distance) for found, distance, _held in visible if distance <= best][:OFFERED]


def _held_by(folded: str, ranker: Ranker) -> int:
    variant = [Variant(((EXACT + folded,),), 1.0)]
    return ranker.held_by(variant)


def spelling_in_texts(folded: str, view: View, masks: list[bytearray]) -> str:
    """Give the word as a visible text writes it."""
    for segment, mask in zip(view.segments, masks, strict=True):
        for field in ("title", "heading", "body"):
            for number in segment.postings(field, EXACT + folded)[0]:
                if mask[number]:
                    meta = segment.metas[number]
                    text = segment.text(number) if field == "body" else getattr(meta, field)
                    return _find(text, folded) or folded
    return folded


def _find(text: str, folded: str) -> str:
    for token in german.tokens(text):
        if token.word.exact == folded:
            return text[token.start : token.end]
    return ""
