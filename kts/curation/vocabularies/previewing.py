"""What a change of a term will do, before it is done, and a mark that tells if it still would.

The mark is made of everything that the preview showed: when it differs at the moment of the deed,
somebody changed something meanwhile, and nothing is done.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kts.core.access import Viewer
from kts.curation.vocabularies import followers
from kts.curation.vocabularies.places import Place, Thing
from kts.curation.vocabularies.registry import Vocabulary

FIRST = 5  # titles of each kind; enough to see whether it is what one thinks


@dataclass(frozen=True)
class Uses:
    """The uses of a term in one place; ``unseen`` lie in groups that the viewer is not in."""

    place: Place
    ids: Sequence[int]
    first: Sequence[Thing]
    both: int = 0
    unseen: int = 0

    @property
    def number(self) -> int:
        """Give how many there are."""
        return len(self.ids)

    @property
    def more(self) -> int:
        """Give how many are not named."""
        return len(self.ids) - len(self.first)


@dataclass(frozen=True)
class Preview:
    """What a change meets: uses by place, who follows the term, and the mark of this state."""

    uses: Sequence[Uses]
    subscribers: int
    saved_searches: int
    told: int
    mark: str

    @property
    def total(self) -> int:
        """Give the number of all uses."""
        return sum(uses.number for uses in self.uses)


def preview(
    vocabulary: Vocabulary, term: Any, viewer: Viewer, *, other: Any = None, more: Any = ()
) -> Preview:
    """Collect what uses the term; ``other`` is the one it would go into, ``more`` also counts."""
    token = vocabulary.token_of(term) if term.id is not None or vocabulary.by_handle else 0
    found = {place.key: place.things(token) for place in vocabulary.places}
    people, searches = _followers(vocabulary, term)
    uses = [
        _uses(vocabulary, place, found[place.key], viewer, token, other)
        for place in vocabulary.places
    ]
    told = {*people, *(search.user_id for search in searches)} - {viewer.id}
    state = [
        [vocabulary.key, vocabulary.handle_of(term), _said(term), _said(other)],
        found,
        people,
        [[search.id, search.filters] for search in searches],
        more,
    ]
    return Preview(uses, len(people), len(searches), len(told), _mark(state))


def _followers(vocabulary: Vocabulary, term: Any) -> tuple[list[int], list[Any]]:
    if not vocabulary.followed:
        return [], []
    return followers.subscribers(term.id), followers.saved_searches(vocabulary.handle_of(term))


def _said(term: Any) -> list[Any]:
    if term is None:
        return []
    ended = term.retired_at.isoformat() if term.retired_at else ""
    return [term.name, term.name_en, term.description, term.sort, ended, term.merged_into_id]


def _uses(
    vocabulary: Vocabulary, place: Place, ids: Sequence[int], viewer: Viewer, token: Any, other: Any
) -> Uses:
    known = place.describe(ids[: FIRST * 4])
    readable = [known[n] for n in ids if n in known and is_readable(known[n], viewer)]
    unseen = sum(1 for thing in known.values() if not is_readable(thing, viewer))
    stored = other is not None and (other.id is not None or vocabulary.by_handle)
    both = place.with_both(token, vocabulary.token_of(other)) if stored and ids else 0
    return Uses(place, ids, readable[:FIRST], both, unseen)


def is_readable(thing: Thing, viewer: Viewer) -> bool:
    """Say whether the viewer may read the title: what is in closed groups appears nowhere else."""
    return thing.visibility in viewer.visibility_tokens


def _mark(state: Any) -> str:
    text = json.dumps(state, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
