"""Merging and splitting groups of synonyms, with the way back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _

from kts.core import audit
from kts.core.errors import Conflict, Invalid
from kts.curation.queries.synonyms import get_group, same_word
from kts.curation.services.synonyms import FEWEST, MOST
from kts.curation.vocabularies.models import VocabularyChange
from kts.curation.vocabularies.services.recording import require_mark
from kts.extensions import db
from kts.search.models import Synonym

KEY = "synonyme"
Image = dict[str, list[str | None]]  # a group, its words before and after; None: there was none


def mark_of(groups: Iterable[Synonym]) -> str:
    """Give the mark of these groups as they are now."""
    return ",".join(f"{group.id}.{group.version}" for group in groups)


def together(one: Synonym, other: Synonym) -> list[str]:
    """Give the words of both, each once; raise Invalid where they are too many."""
    words = {same_word(word): word for word in reversed((*one.members, *other.members))}
    if len(words) > MOST:
        raise Invalid(_("A group can hold at most %(most)d words.", most=MOST))
    return list(reversed(words.values()))


def merge_two(
    actor: Any, group_id: int, other_id: int, *, mark: str, reason: str
) -> VocabularyChange:
    """Make one group of two; raise Outdated where one of them was changed meanwhile."""
    if group_id == other_id:
        raise Invalid(_("Please choose another group."))
    locked = {number: get_group(number) for number in sorted((group_id, other_id))}
    group, other = locked[group_id], locked[other_id]
    require_mark(mark, mark_of((group, other)))
    words = ", ".join(together(group, other))
    image: Image = {str(group.id): [group.words, words], str(other.id): [other.words, None]}
    title = f"{group.words} + {other.words}"
    _write(group, words)
    db.session.delete(other)
    return _record(actor, "synonym.merge", group, title, reason, image)


def split_group(
    actor: Any, group_id: int, going: Sequence[str], *, mark: str, reason: str
) -> VocabularyChange:
    """Put some words of a group into a group of their own."""
    group = get_group(group_id)
    require_mark(mark, mark_of((group,)))
    staying, leaving = parts(group, going)
    new = Synonym(words=", ".join(leaving))
    db.session.add(new)
    db.session.flush()
    image: Image = {
        str(group.id): [group.words, ", ".join(staying)],
        str(new.id): [None, new.words],
    }
    title = f"{group.words} → {', '.join(staying)} | {new.words}"
    _write(group, ", ".join(staying))
    return _record(actor, "synonym.split", group, title, reason, image)


def parts(group: Synonym, going: Sequence[str]) -> tuple[list[str], list[str]]:
    """Cut a group; raise Invalid where one of the parts would have a single word."""
    leaving = [word for word in group.members if word in going]
    staying = [word for word in group.members if word not in going]
    if min(len(leaving), len(staying)) < FEWEST:
        raise Invalid(_("Both groups need at least two words."))
    return staying, leaving


def _write(group: Synonym, words: str) -> None:
    group.words = words
    group.version += 1
    db.session.flush()


def _record(
    actor: Any, deed: str, group: Synonym, title: str, reason: str, image: Image
) -> VocabularyChange:
    change = VocabularyChange(
        vocabulary=KEY,
        action=deed.partition(".")[2],
        term_id=group.id,
        title=title[:300],
        reason=reason,
        image={"groups": image},
        actor_id=getattr(actor, "id", None),
    )
    db.session.add(change)
    words = image[str(group.id)]
    audit.record(actor, deed, change, reason=reason, changes={"words": list(words)})
    return change


def undo_groups(change: VocabularyChange) -> None:
    """Bring the groups back; raise Conflict where one of them was changed since."""
    image: Image = change.image["groups"]
    found = {number: db.session.get(Synonym, int(number)) for number in image}
    for number, (_before, after) in image.items():
        group = found[number]
        if after is not None and (group is None or group.words != after):
            raise Conflict(
                _(
                    "One of the groups was changed or deleted since, so this cannot be undone. "
                    "Nothing was changed."
                )
            )
    for number, (before, after) in image.items():
        group = found[number]
        if after is None:
            db.session.add(Synonym(words=before or ""))
        elif group is not None and before is None:
            db.session.delete(group)
        elif group is not None:
            _write(group, before or "")
    db.session.flush()
