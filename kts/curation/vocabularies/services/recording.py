"""Writing a change down: the image by which it is undone, the log, the index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from kts.core import audit
from kts.core.errors import Conflict
from kts.curation.vocabularies.models import VocabularyChange
from kts.curation.vocabularies.places import Place
from kts.curation.vocabularies.registry import Vocabulary
from kts.documents import kinds
from kts.extensions import db
from kts.search import outbox

FIELDS = ("name", "name_en", "description", "sort", "retired_at", "merged_into_id")


class Outdated(Conflict):
    """What the preview showed is no longer so; nothing was done."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Something of this has changed since the preview was made. Nothing was done. "
                "The preview below shows how it is now."
            )
        )


def require_mark(seen: str, current: str) -> None:
    """Raise Outdated where the preview that somebody saw is not what there is."""
    if seen != current:
        raise Outdated


def write_term(term: Any, **values: Any) -> dict[str, Any]:
    """Change a term; give its id with the changed fields before and after."""
    changed = {name: value for name, value in values.items() if getattr(term, name) != value}
    before = {name: _plain(getattr(term, name)) for name in changed}
    for name, value in changed.items():
        setattr(term, name, value)
    if changed:
        term.version += 1
    db.session.flush()
    kinds.forget()
    after = {name: _plain(value) for name, value in changed.items()}
    return {str(term.id): {"before": before, "after": after}}


def restore_term(term: Any, told: Mapping[str, Any]) -> int:
    """Give the fields back that nobody has changed since; give how many were."""
    left = 0
    for name, after in told["after"].items():
        if _plain(getattr(term, name)) == after:
            setattr(term, name, _read(name, told["before"][name]))
        else:
            left += 1
    term.version += 1
    db.session.flush()
    kinds.forget()
    return left


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _read(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name == "retired_at" and value else value


def record(
    actor: Any,
    deed: str,
    vocabulary: Vocabulary,
    term: Any,
    *,
    reason: str,
    image: Mapping[str, Any],
    title: str = "",
    changes: Mapping[str, Any] | None = None,
) -> VocabularyChange:
    """Keep the image of a deed (``vocabulary.merge``) and write it into the log."""
    change = VocabularyChange(
        vocabulary=vocabulary.key,
        action=deed.partition(".")[2],
        term_id=term.id,
        title=(title or term.name)[:300],
        reason=reason,
        image=dict(image),
        actor_id=getattr(actor, "id", None),
    )
    db.session.add(change)
    audit.record(actor, deed, change, reason=reason, changes=dict(changes or {}))
    return change


def note_index(place: Place, things: Iterable[int]) -> None:
    """Let the search learn of these things."""
    if place.search_kind:
        outbox.note(place.search_kind, things)
