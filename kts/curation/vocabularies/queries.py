"""Terms with how often each is used, one term, what was done to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from kts.core import pagination
from kts.core.errors import NotFound
from kts.core.terms import successor
from kts.curation.vocabularies.models import SplitPlan, VocabularyChange
from kts.curation.vocabularies.registry import DOCUMENT_KINDS, VOCABULARIES, Vocabulary
from kts.documents.kinds import BUILT_IN, STEP, DocumentKind
from kts.extensions import db

RECENT = 5  # changes beside a term or a list; all others are one click away


@dataclass(frozen=True)
class Row:
    """A term in the list: its uses by place, and the term that stands for it once merged."""

    term: Any
    handle: str
    uses: Sequence[tuple[Any, int]]
    into: Any = None

    @property
    def total(self) -> int:
        """Give the number of all uses."""
        return sum(number for _label, number in self.uses)


def get_vocabulary(key: str) -> Vocabulary:
    """Give a vocabulary; raise NotFound for an unknown one."""
    if key not in VOCABULARIES:
        raise NotFound
    return VOCABULARIES[key]


def all_terms(vocabulary: Vocabulary) -> list[Any]:
    """Give all terms in order; kinds of documents that nobody has changed are not stored."""
    model = vocabulary.model
    rows = list(db.session.scalars(select(model)))
    if vocabulary is DOCUMENT_KINDS:
        stored = {row.key for row in rows}
        rows += [built_in_kind(key) for key in BUILT_IN if key not in stored]
    return sorted(rows, key=lambda term: (term.sort, term.name.casefold()))


def built_in_kind(key: str) -> DocumentKind:
    """Make the row of a kind as it comes with the software, not stored."""
    with force_locale("de"):
        german = str(BUILT_IN[key])
    with force_locale("en"):
        english = str(BUILT_IN[key])
    return DocumentKind(
        key=key,
        name=german,
        name_en=english,
        description="",
        sort=list(BUILT_IN).index(key) * STEP,
        version=1,
    )


def list_terms(vocabulary: Vocabulary) -> list[Row]:
    """List the terms with their uses: one statement for the terms and one for each place."""
    terms = all_terms(vocabulary)
    by_id = {term.id: term for term in terms if term.id is not None}
    merged = {t.id: t.merged_into_id for t in terms if t.id is not None and t.is_merged}
    counted = [(place.label, place.counts()) for place in vocabulary.places]
    return [
        Row(
            term,
            vocabulary.handle_of(term),
            [(label, _number(vocabulary, term, counts)) for label, counts in counted],
            by_id.get(successor(merged, term.id)) if term.is_merged else None,
        )
        for term in terms
    ]


def _number(vocabulary: Vocabulary, term: Any, counts: Mapping[Any, int]) -> int:
    if term.id is None and not vocabulary.by_handle:
        return 0
    return counts.get(vocabulary.token_of(term), 0)


def get_term(vocabulary: Vocabulary, handle: str, *, lock: bool = False) -> Any:
    """Give one term; raise NotFound for none. A locked one is stored and up to date."""
    column = getattr(vocabulary.model, vocabulary.handle)
    statement = select(vocabulary.model).where(column == handle)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    term = db.session.scalar(statement)
    if term is None and vocabulary is DOCUMENT_KINDS and handle in BUILT_IN:
        term = built_in_kind(handle)
        if lock:
            db.session.add(term)
            db.session.flush()
    if term is None:
        raise NotFound
    return term


def term_of(change: VocabularyChange | SplitPlan) -> Any:
    """Give the term that a change or a plan is about; None where it is gone."""
    return db.session.get(VOCABULARIES[change.vocabulary].model, change.term_id)


def alternatives(vocabulary: Vocabulary, term: Any) -> list[Any]:
    """List the terms into which this one could go."""
    handle = vocabulary.handle_of(term)
    return [
        other
        for other in all_terms(vocabulary)
        if other.is_offered and vocabulary.handle_of(other) != handle
    ]


def changes(vocabulary: str = "", page: int = 1) -> pagination.Page:
    """Give one page of what was done, newest first."""
    statement = _changes()
    if vocabulary:
        statement = statement.where(VocabularyChange.vocabulary == vocabulary)
    return pagination.paginate(statement, page)


def changes_of(vocabulary: Vocabulary, term: Any) -> Sequence[VocabularyChange]:
    """Give the newest changes of one term."""
    statement = _changes().where(
        VocabularyChange.vocabulary == vocabulary.key, VocabularyChange.term_id == term.id
    )
    return db.session.scalars(statement.limit(RECENT)).all()


def _changes() -> Any:
    newest = (VocabularyChange.created.desc(), VocabularyChange.id.desc())
    return (
        select(VocabularyChange)
        .order_by(*newest)
        .options(joinedload(VocabularyChange.actor), joinedload(VocabularyChange.undone_by))
    )


def get_change(change_id: int, *, lock: bool = False) -> VocabularyChange:
    """Give one change; raise NotFound where there is none."""
    options = {"with_for_update": {"of": VocabularyChange}, "populate_existing": True}
    change = db.session.get(VocabularyChange, change_id, **(options if lock else {}))
    if change is None:
        raise NotFound
    return change


def get_plan(plan_id: int, *, lock: bool = False) -> SplitPlan:
    """Give a plan of a split; raise NotFound where there is none."""
    options = {"with_for_update": {"of": SplitPlan}, "populate_existing": True}
    plan = db.session.get(SplitPlan, plan_id, **(options if lock else {}))
    if plan is None:
        raise NotFound
    return plan


def plans(vocabulary: str = "", term_id: int | None = None) -> Sequence[SplitPlan]:
    """List the splits that are being planned."""
    statement = select(SplitPlan).order_by(SplitPlan.id.desc())
    statement = statement.options(joinedload(SplitPlan.created_by))
    if vocabulary:
        statement = statement.where(SplitPlan.vocabulary == vocabulary)
    if term_id is not None:
        statement = statement.where(SplitPlan.term_id == term_id)
    return db.session.scalars(statement).all()
