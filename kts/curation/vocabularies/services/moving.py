"""Moving the uses of a term and whoever follows it, in bulk, with the image that leads back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kts.curation.vocabularies import followers
from kts.curation.vocabularies.places import Moves
from kts.curation.vocabularies.registry import Vocabulary
from kts.curation.vocabularies.services.recording import note_index
from kts.extensions import db


def move(
    vocabulary: Vocabulary,
    term: Any,
    moves: Mapping[str, Moves],
    targets: Sequence[Any],
    *,
    stays: bool,
    usual: Sequence[Any] = (),
) -> dict[str, Any]:
    """Move uses (place -> thing -> tokens) and followers to the targets; give the image.

    ``stays``: some uses stay with the term, so who follows it goes on doing so. ``usual`` are the
    targets of what names the term without being among the uses.
    """
    token = vocabulary.token_of(term)
    db.session.flush()
    image: dict[str, Any] = {"token": token, "uses": {}}
    for place in vocabulary.places:
        going = moves.get(place.key, {})
        if going:
            image["uses"][place.key] = place.move(token, going)
            note_index(place, going)
    if vocabulary.followed:
        image |= _move_followers(vocabulary, term, moves, targets, usual, stays=stays)
    db.session.expire_all()  # the statements went past what the session had loaded
    return image


def _move_followers(
    vocabulary: Vocabulary,
    term: Any,
    moves: Mapping[str, Moves],
    targets: Sequence[Any],
    usual: Sequence[Any],
    *,
    stays: bool,
) -> dict[str, Any]:
    ids = [target.id for target in targets]
    handles = [vocabulary.handle_of(target) for target in targets]
    handle = vocabulary.handle_of(term)
    return {
        "subscriptions": followers.move_subscriptions(term.id, ids, stays=stays),
        "searches": followers.move_saved_searches(handle, handles, stays=stays),
        "versions": followers.move_versions(
            term.id, moves.get("dossier", {}), [target.id for target in usual]
        ),
    }


def put_back(vocabulary: Vocabulary, term: Any, image: Mapping[str, Any]) -> int:
    """Undo a move; give how many things were changed since and stay as they are."""
    db.session.flush()
    left = 0
    for place in vocabulary.places:
        if moved := image.get("uses", {}).get(place.key):
            back, changed = place.put_back(image["token"], moved)
            left += changed
            note_index(place, back)
    if "subscriptions" in image:
        left += followers.put_subscriptions_back(term.id, image["subscriptions"])
        left += followers.put_saved_searches_back(image["searches"])
        left += followers.put_versions_back(image["versions"])
    db.session.expire_all()
    return left
