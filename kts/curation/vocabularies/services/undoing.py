"""Undoing a change from its image: exactly what it did, and nothing that was done since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict
from kts.curation.vocabularies import followers, queries
from kts.curation.vocabularies.models import VocabularyChange
from kts.curation.vocabularies.registry import VOCABULARIES, Vocabulary
from kts.curation.vocabularies.services import synonyms
from kts.curation.vocabularies.services.moving import put_back
from kts.curation.vocabularies.services.recording import restore_term
from kts.curation.vocabularies.telling import tell_undone
from kts.documents import kinds
from kts.extensions import db


def undo_change(actor: Any, change: VocabularyChange, *, reason: str) -> VocabularyChange:
    """Restore what the change did, but for what was changed since (``left_alone`` counts it).

    Raises Conflict where it was undone already, is too old, or its term is gone.
    """
    if change.undone_at is not None:
        raise Conflict(_("This change was undone already. Nothing was done twice."))
    if not change.can_be_undone:
        raise Conflict(_("This change is too old to be undone."))
    left = 0
    if change.vocabulary == synonyms.KEY:
        synonyms.undo_groups(change)
    else:
        left = _undo_terms(change)
    change.undone_at, change.undone_by_id = now(), getattr(actor, "id", None)
    change.left_alone = left
    tell_undone(actor, change)
    audit.record(actor, "vocabulary.undo", change, reason=reason)
    return change


def _undo_terms(change: VocabularyChange) -> int:
    vocabulary = VOCABULARIES[change.vocabulary]
    term = db.session.get(vocabulary.model, change.term_id)
    if term is None:
        raise Conflict(_("The term of this change is gone, so it cannot be undone."))
    left = put_back(vocabulary, term, change.image)
    for number, told in change.image.get("terms", {}).items():
        if (row := db.session.get(vocabulary.model, int(number))) is not None:
            _require_free_names(vocabulary, row, told)
            left += restore_term(row, told)
    for number in change.image.get("created", ()):
        left += _remove_unused(vocabulary, number)
    return left


def _require_free_names(vocabulary: Vocabulary, row: Any, told: Mapping[str, Any]) -> None:
    """Raise Conflict where another term has got the name that this one would have again."""
    name = told["before"].get("name")
    if name is None or row.name != told["after"]["name"]:
        return
    handle = vocabulary.handle_of(row)
    for other in queries.all_terms(vocabulary):
        if vocabulary.handle_of(other) != handle and other.name.casefold() == name.casefold():
            raise Conflict(
                _(
                    "Another term is called “%(name)s” by now. Rename that one first. Nothing "
                    "was undone.",
                    name=name,
                )
            )


def _remove_unused(vocabulary: Vocabulary, number: int) -> int:
    """Remove a term that the change had made; where it is used by now it stays, and counts."""
    term = db.session.get(vocabulary.model, number)
    if term is None:
        return 0
    token = vocabulary.token_of(term)
    used = any(place.things(token) for place in vocabulary.places)
    if vocabulary.followed and not used:
        used = bool(
            followers.subscribers(term.id) or followers.saved_searches(vocabulary.handle_of(term))
        )
    if used or _is_target(vocabulary, number):
        return 1
    db.session.delete(term)
    db.session.flush()
    kinds.forget()
    return 0


def _is_target(vocabulary: Vocabulary, number: int) -> bool:
    model = vocabulary.model
    statement = db.select(model.id).where(model.merged_into_id == number).limit(1)
    return db.session.scalar(statement) is not None
