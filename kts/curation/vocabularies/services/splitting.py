"""Splitting a term: a plan that can be paused, in which each use is given a target, then the deed.

Nothing is changed before ``apply_split``. Uses without a choice stay with the term; if none stay,
the term is retired, unless it is one of the targets itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from kts.core.errors import Conflict, Invalid
from kts.curation.vocabularies import queries
from kts.curation.vocabularies.models import SplitPlan, VocabularyChange
from kts.curation.vocabularies.previewing import Preview, preview
from kts.curation.vocabularies.registry import VOCABULARIES, Vocabulary
from kts.curation.vocabularies.services.moving import move
from kts.curation.vocabularies.services.recording import record, require_mark, write_term
from kts.curation.vocabularies.services.terms import make_term, require_free_name
from kts.curation.vocabularies.telling import tell_followers, whom
from kts.extensions import db

FEWEST, MOST = 1, 4  # targets; with one of them the rest stays where it is
Target = dict[str, str]


@dataclass(frozen=True)
class SplitState:
    """How far a plan is: per place and target the number of uses, and what has no target yet."""

    preview: Preview
    numbers: Mapping[str, Counter[int]]
    open: Mapping[str, Sequence[int]]

    @property
    def staying(self) -> int:
        """Give the number of uses that stay with the term."""
        return sum(len(ids) for ids in self.open.values())

    def number(self, target: int) -> int:
        """Give how many uses go to a target."""
        return sum(counted[target] for counted in self.numbers.values())


def begin_split(
    actor: Any, vocabulary: Vocabulary, handle: str, targets: Sequence[Target]
) -> SplitPlan:
    """Begin a plan; raise Invalid for targets that cannot be, Conflict where there is a plan."""
    term = queries.get_term(vocabulary, handle, lock=True)
    if term.is_merged:
        raise Conflict(_("“%(name)s” was merged meanwhile. Nothing was changed.", name=term.name))
    if queries.plans(vocabulary.key, term.id):
        raise Conflict(_("There is a plan to split “%(name)s” already.", name=term.name))
    _check_targets(vocabulary, handle, targets)
    plan = SplitPlan(
        vocabulary=vocabulary.key,
        term_id=term.id,
        targets=list(targets),
        choices={},
        created_by_id=getattr(actor, "id", None),
    )
    db.session.add(plan)
    db.session.flush()
    return plan


def _check_targets(vocabulary: Vocabulary, handle: str, targets: Sequence[Target]) -> None:
    if not FEWEST <= len(targets) <= MOST:
        raise Invalid(_("Please name one to four terms into which it is split."))
    terms = queries.all_terms(vocabulary)
    offered = {vocabulary.handle_of(term) for term in terms if term.is_offered}
    named = [target.get("key") or target["name"].casefold() for target in targets]
    if len(set(named)) < len(named):
        raise Invalid(_("Two of the terms are the same."))
    for target in targets:
        if target.get("key"):
            if target["key"] not in offered or target["key"] == handle:
                raise Invalid(_("One of the terms is not offered any more."))
        else:
            require_free_name(vocabulary, terms, target["name"])


def _of(plan: SplitPlan) -> tuple[Vocabulary, Any]:
    term = queries.term_of(plan)
    if term is None or term.is_merged:
        raise Conflict(_("The term of this plan was merged meanwhile. Nothing was changed."))
    return VOCABULARIES[plan.vocabulary], term


def _require_version(plan: SplitPlan, version: int) -> None:
    if plan.version != version:
        raise Conflict(
            _(
                "Somebody else has worked on this plan meanwhile. The page shows how it is now; "
                "please tick again what is missing."
            )
        )


def assign(
    actor: Any,
    plan: SplitPlan,
    things: Mapping[str, Sequence[int]],
    targets: Sequence[int],
    version: int,
) -> int:
    """Note where these uses shall go (no target: they stay); give how many. Changes nothing else.

    Raises Conflict where somebody else has worked on the plan since.
    """
    vocabulary, term = _of(plan)
    _require_version(plan, version)
    if any(not 0 <= target < len(plan.targets) for target in targets):
        raise Invalid(_("Please choose where they shall go."))
    if len(targets) > 1 and vocabulary.by_handle:
        raise Invalid(_("A document has exactly one kind. Please choose one."))
    choices = {place: dict(chosen) for place, chosen in plan.choices.items()}
    number = 0
    for place in vocabulary.places:
        known = set(place.things(vocabulary.token_of(term))) if things.get(place.key) else set()
        for thing in known & set(things.get(place.key, ())):
            number += 1
            chosen = choices.setdefault(place.key, {})
            if targets:
                chosen[str(thing)] = sorted(targets)
            else:
                chosen.pop(str(thing), None)
    plan.choices = choices
    plan.version += 1
    db.session.flush()
    return number


def split_state(plan: SplitPlan, viewer: Any) -> SplitState:
    """Tell how far the plan is, with a mark of everything that the preview shows."""
    vocabulary, term = _of(plan)
    found = preview(vocabulary, term, viewer, more=[plan.targets, plan.choices, plan.version])
    numbers: dict[str, Counter[int]] = {}
    left: dict[str, list[int]] = {}
    for uses in found.uses:
        chosen = plan.choices.get(uses.place.key, {})
        numbers[uses.place.key] = Counter(
            target for thing in uses.ids for target in chosen.get(str(thing), ())
        )
        left[uses.place.key] = [thing for thing in uses.ids if str(thing) not in chosen]
    return SplitState(found, numbers, left)


def drop_split(actor: Any, plan: SplitPlan) -> None:
    """Throw a plan away; it has changed nothing."""
    db.session.delete(plan)
    db.session.flush()


def apply_split(actor: Any, plan: SplitPlan, *, mark: str, reason: str) -> VocabularyChange:
    """Do what the plan says, in one go; raise Outdated where the preview showed something else."""
    vocabulary, term = _of(plan)
    term = queries.get_term(vocabulary, vocabulary.handle_of(term), lock=True)
    state = split_state(plan, actor)
    require_mark(mark, state.preview.mark)
    if not any(plan.choices.values()):
        raise Invalid(_("No use has a target yet, so there is nothing to do."))
    _check_targets(vocabulary, vocabulary.handle_of(term), plan.targets)
    made: list[int] = []
    targets = [_target(vocabulary, told, made) for told in plan.targets]
    stays = state.staying > 0
    people, names = whom(vocabulary, term), [target.name for target in targets]
    best = max(range(len(targets)), key=state.number)
    moves = _moves(vocabulary, plan, state, targets)
    into, name = targets[best].id, term.name
    usual = [] if stays else [targets[best]]
    image = move(vocabulary, term, moves, targets, stays=stays, usual=usual)
    image["created"] = made
    image["terms"] = {} if stays else write_term(term, merged_into_id=into)
    db.session.delete(plan)
    change = record(
        actor,
        "vocabulary.split",
        vocabulary,
        term,
        reason=reason,
        image=image,
        title=f"{name} → {', '.join(names)}",
        changes={"entries": [state.preview.total, state.staying]},
    )
    tell_followers(actor, people, change, name, [name, *names] if stays else names)
    return change


def _target(vocabulary: Vocabulary, told: Target, made: list[int]) -> Any:
    if told.get("key"):
        return queries.get_term(vocabulary, told["key"], lock=True)
    term = make_term(vocabulary, told["name"], told.get("name_en", ""))
    made.append(term.id)
    return term


def _moves(
    vocabulary: Vocabulary, plan: SplitPlan, state: SplitState, targets: Sequence[Any]
) -> dict[str, dict[int, list[Any]]]:
    tokens = [vocabulary.token_of(target) for target in targets]
    return {
        uses.place.key: {
            thing: [tokens[number] for number in chosen[str(thing)]]
            for thing in uses.ids
            if str(thing) in chosen
        }
        for uses in state.preview.uses
        for chosen in (plan.choices.get(uses.place.key, {}),)
    }
