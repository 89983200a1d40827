"""Merging a term into another one, which then stands for it, also in old addresses."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from kts.core.errors import Conflict, Invalid
from kts.curation.vocabularies import queries
from kts.curation.vocabularies.models import VocabularyChange
from kts.curation.vocabularies.previewing import preview
from kts.curation.vocabularies.registry import Vocabulary
from kts.curation.vocabularies.services.moving import move
from kts.curation.vocabularies.services.recording import record, require_mark, write_term
from kts.curation.vocabularies.telling import tell_followers, whom


def merge_terms(
    actor: Any, vocabulary: Vocabulary, handle: str, into: str, *, mark: str, reason: str
) -> VocabularyChange:
    """Let all uses of a term go to another one; who follows it is told and follows that one.

    Raises Outdated where anything is not what ``mark`` was made of.
    """
    if handle == into:
        raise Invalid(_("A term cannot be merged into itself. Please choose another one."))
    locked = {
        name: queries.get_term(vocabulary, name, lock=True) for name in sorted((handle, into))
    }
    term, target = locked[handle], locked[into]
    if term.is_merged or not target.is_offered:
        raise Conflict(
            _("One of the two terms was merged or retired meanwhile. Nothing was changed.")
        )
    shown = preview(vocabulary, term, actor, other=target)
    require_mark(mark, shown.mark)
    token = vocabulary.token_of(target)
    moves = {uses.place.key: {thing: [token] for thing in uses.ids} for uses in shown.uses}
    people = whom(vocabulary, term)
    name, target_id, target_name = term.name, target.id, target.name
    image = move(vocabulary, term, moves, [target], stays=False, usual=[target])
    image["terms"] = write_term(term, merged_into_id=target_id)
    change = record(
        actor,
        "vocabulary.merge",
        vocabulary,
        term,
        reason=reason,
        image=image,
        title=f"{name} → {target_name}",
        changes={"entries": [0, shown.total]},
    )
    tell_followers(actor, people, change, name, [target_name])
    return change
