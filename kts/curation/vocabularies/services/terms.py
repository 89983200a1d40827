"""Adding a term, its names, description and place in the list, its end and its return."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.core.text import slugify
from kts.curation.vocabularies import queries
from kts.curation.vocabularies.models import VocabularyChange
from kts.curation.vocabularies.models.labels import SEAL
from kts.curation.vocabularies.previewing import preview
from kts.curation.vocabularies.registry import LABELS, TOPICS, Vocabulary
from kts.curation.vocabularies.services.recording import (
    note_index,
    record,
    require_mark,
    write_term,
)
from kts.extensions import db

STEP = 10  # between two places, so that a term fits in without moving the others
# "neu" is an address of its own; the quality seal stands beside the labels.
RESERVED = {LABELS.key: {"neu", SEAL}}


def add_term(
    actor: Any,
    vocabulary: Vocabulary,
    *,
    name: str,
    name_en: str = "",
    description: str = "",
    reason: str = "",
) -> VocabularyChange:
    """Add a term at the end of the list; raise Invalid for a name that another one has."""
    term = make_term(vocabulary, name, name_en, description)
    return record(
        actor,
        "vocabulary.add",
        vocabulary,
        term,
        reason=reason,
        image={"created": [term.id]},
        changes={"name": ["", name]},
    )


def make_term(vocabulary: Vocabulary, name: str, name_en: str, description: str = "") -> Any:
    """Make the row of a new term, with an address of its own."""
    terms = queries.all_terms(vocabulary)
    require_free_name(vocabulary, terms, name)
    taken = {vocabulary.handle_of(term) for term in terms} | RESERVED.get(vocabulary.key, {"neu"})
    term = vocabulary.model(
        name=name,
        name_en=name_en,
        description=description,
        sort=max((one.sort for one in terms), default=0) + STEP,
        version=1,
        **{vocabulary.handle: _free_handle(vocabulary, name, taken)},
    )
    try:
        with db.session.begin_nested():
            db.session.add(term)
    except IntegrityError as error:  # a colleague has added it in the same moment
        raise Invalid(_("There is a term with this name already: %(name)s", name=name)) from error
    return term


def _free_handle(vocabulary: Vocabulary, name: str, taken: set[str]) -> str:
    longest = getattr(vocabulary.model, vocabulary.handle).type.length - 3
    base = slugify(name)[:longest].strip("-") or vocabulary.key[:longest]
    number, handle = 2, base
    while handle in taken:
        number, handle = number + 1, f"{base}-{number}"
    return handle


def require_free_name(
    vocabulary: Vocabulary, terms: Sequence[Any], name: str, but: str = ""
) -> None:
    """Raise Invalid where another term, offered or not, is called so."""
    for term in terms:
        if vocabulary.handle_of(term) != but and term.name.casefold() == name.casefold():
            if term.is_offered:
                raise Invalid(_("There is a term with this name already: %(name)s", name=term.name))
            raise Invalid(
                _(
                    "“%(name)s” was retired or merged. Bring that term back, or choose another "
                    "name.",
                    name=term.name,
                )
            )


def change_term(
    actor: Any,
    vocabulary: Vocabulary,
    handle: str,
    *,
    name: str,
    name_en: str,
    description: str,
    after: str | None,
    mark: str,
    reason: str,
) -> VocabularyChange:
    """Give a term other names, another description, another place; its address stays.

    ``after`` is the term behind which it shall stand, empty for the first place, None for its own.
    Raises Outdated where the term or its uses are not what ``mark`` was made of.
    """
    term = queries.get_term(vocabulary, handle, lock=True)
    shown = preview(vocabulary, term, actor)
    require_mark(mark, shown.mark)
    terms = queries.all_terms(vocabulary)
    require_free_name(vocabulary, terms, name, but=handle)
    told = {"name": name, "name_en": name_en, "description": description}
    changes = {key: [getattr(term, key), new] for key, new in told.items()}
    changes = {key: pair for key, pair in changes.items() if pair[0] != pair[1]}
    image = write_term(term, **told)
    if after is not None and (moved := _place(vocabulary, terms, term, after)):
        for number, row in moved.items():
            image.setdefault(number, {"before": {}, "after": {}})
            image[number]["before"] |= row["before"]
            image[number]["after"] |= row["after"]
        changes["position"] = ["", _behind(vocabulary, terms, after)]
    if not changes:
        raise Invalid(_("Nothing of it is different. Nothing was changed."))
    if "name" in changes and vocabulary is TOPICS:  # the profiles in the index name their topics
        for uses in shown.uses:
            if uses.place.key == "municipality":
                note_index(uses.place, uses.ids)
    if set(changes) == {"position"}:
        return record(
            *(actor, "vocabulary.order", vocabulary, term),
            reason=reason,
            image={"terms": image},
            changes=changes,
        )
    return record(
        *(actor, "vocabulary.change", vocabulary, term),
        reason=reason,
        image={"terms": image},
        changes=changes,
    )


def _behind(vocabulary: Vocabulary, terms: Sequence[Any], after: str) -> str:
    names = {vocabulary.handle_of(term): term.name for term in terms}
    return _("behind “%(name)s”", name=names[after]) if after in names else _("first")


def _place(
    vocabulary: Vocabulary, terms: Sequence[Any], term: Any, after: str
) -> dict[str, dict[str, Any]]:
    """Let the term stand behind another one; the others move only where there is no room."""
    handle = vocabulary.handle_of(term)
    others = [one for one in terms if vocabulary.handle_of(one) != handle]
    before = [vocabulary.handle_of(one) for one in others]
    place = before.index(after) + 1 if after in before else 0
    own = [vocabulary.handle_of(one) for one in terms].index(handle)
    if place == own:
        return {}
    low = others[place - 1].sort if place else others[0].sort - 2 * STEP
    high = others[place].sort if place < len(others) else low + 2 * STEP
    if high - low >= 2:
        return write_term(term, sort=(low + high) // 2)
    image: dict[str, dict[str, Any]] = {}
    others.insert(place, term)
    for number, one in enumerate(others, start=1):
        stored = one if one is term else _stored(vocabulary, one)
        image |= {
            key: row for key, row in write_term(stored, sort=number * STEP).items() if row["after"]
        }
    return image


def _stored(vocabulary: Vocabulary, term: Any) -> Any:
    return queries.get_term(vocabulary, vocabulary.handle_of(term), lock=True)


def retire_term(
    actor: Any, vocabulary: Vocabulary, handle: str, *, mark: str, reason: str
) -> VocabularyChange:
    """Offer a term no longer; whatever has it keeps it."""
    term = queries.get_term(vocabulary, handle, lock=True)
    if not term.is_offered:
        raise Conflict(_("“%(name)s” is not offered any more already.", name=term.name))
    require_mark(mark, preview(vocabulary, term, actor).mark)
    image = write_term(term, retired_at=now())
    return record(
        actor, "vocabulary.retire", vocabulary, term, reason=reason, image={"terms": image}
    )


def offer_term(actor: Any, vocabulary: Vocabulary, handle: str, *, reason: str) -> VocabularyChange:
    """Offer a retired term again."""
    term = queries.get_term(vocabulary, handle, lock=True)
    if term.retired_at is None or term.is_merged:
        raise Conflict(_("“%(name)s” was not retired.", name=term.name))
    image = write_term(term, retired_at=None)
    return record(
        actor, "vocabulary.offer", vocabulary, term, reason=reason, image={"terms": image}
    )
