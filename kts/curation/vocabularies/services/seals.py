"""The quality seal: suggested by members, given with a reason, withdrawn, running out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from kts.core import audit, waiting
from kts.core.clock import now
from kts.core.errors import Conflict
from kts.curation.vocabularies import work
from kts.curation.vocabularies.models import LabelSuggestion, QualitySeal
from kts.curation.vocabularies.models.seals import DECLINED, GIVEN, WAITING
from kts.curation.vocabularies.services.criteria import stored_criteria
from kts.curation.vocabularies.subjects import Subject
from kts.curation.vocabularies.telling import tell_owners, tell_person
from kts.extensions import db

MONTHS = 24  # how long a seal is good for unless the moderator says otherwise


def usual_end() -> date:
    """Give the day until which a seal is given today."""
    today = now().date()
    years, month = divmod(today.month - 1 + MONTHS, 12)
    day = min(today.day, 28)
    return date(today.year + years, month + 1, day)


def standing_seal(kind: str, number: int) -> QualitySeal | None:
    """Give the seal that nobody has withdrawn, though its time may have run out."""
    statement = select(QualitySeal).filter_by(kind=kind, object_id=number)
    return db.session.scalar(statement.where(QualitySeal.withdrawn_at.is_(None)))


def waiting_suggestion(kind: str, number: int) -> LabelSuggestion | None:
    """Give the suggestion that waits for the thing."""
    statement = select(LabelSuggestion).filter_by(kind=kind, object_id=number, state=WAITING)
    return db.session.scalar(statement)


def suggest_seal(actor: Any, subject: Subject, text: str) -> LabelSuggestion:
    """Suggest the seal for a thing; raise Conflict where it has it or was suggested already."""
    seal = standing_seal(subject.kind, subject.id)
    if seal is not None and seal.counts:
        raise Conflict(_("It has the quality seal already."))
    suggestion = LabelSuggestion(
        kind=subject.kind,
        object_id=subject.id,
        title=subject.title[:300],
        text=text,
        author_id=getattr(actor, "id", None),
    )
    try:
        with db.session.begin_nested():
            db.session.add(suggestion)
    except IntegrityError as error:
        raise Conflict(_("Somebody has suggested it already. The KTS will look at it.")) from error
    waiting.put_due(work.KIND, work.due_of_suggestion(suggestion))
    return suggestion


def give_seal(
    actor: Any,
    subject: Subject,
    *,
    answers: Sequence[dict[str, str]],
    reason: str,
    valid_until: date,
    criteria_id: int,
) -> QualitySeal:
    """Give the seal; one whose time has run out is replaced. Owner and suggester are told.

    Raises Conflict where it has a seal that counts, or where newer criteria count meanwhile.
    """
    criteria = stored_criteria()
    if criteria_id not in (criteria.id, 0) or (criteria_id == 0 and criteria.number != 1):
        raise Conflict(
            _(
                "New criteria count since you opened the form. Please answer those; the reason is "
                "kept."
            )
        )
    earlier = standing_seal(subject.kind, subject.id)
    if earlier is not None and earlier.counts:
        raise Conflict(_("A colleague has given the seal meanwhile. Nothing was done twice."))
    if earlier is not None:
        earlier.withdrawn_at = now()
        waiting.settle(work.KIND, work.number_of_seal(earlier.id), by=actor)
        db.session.flush()
    seal = QualitySeal(
        kind=subject.kind,
        object_id=subject.id,
        title=subject.title[:300],
        criteria_id=criteria.id,
        answers=list(answers),
        reason=reason,
        valid_until=valid_until,
        given_by_id=getattr(actor, "id", None),
    )
    db.session.add(seal)
    audit.record(actor, "quality_seal.give", seal, reason=reason)
    sentence = _l("“%(title)s” has received the quality seal of the KTS.", title=subject.title)
    tell_owners(actor, subject, sentence, seal.path)
    if (suggestion := waiting_suggestion(subject.kind, subject.id)) is not None:
        _decide(actor, suggestion, GIVEN, reason)
        tell_person(actor, suggestion.author, sentence, seal.path)
    return seal


def withdraw_seal(actor: Any, subject: Subject | None, seal: QualitySeal, reason: str) -> None:
    """Withdraw a seal; the page with its reasons stays and says why. The owner is told."""
    if not seal.stands:
        raise Conflict(_("This seal was withdrawn already. Nothing was done twice."))
    seal.withdrawn_at, seal.withdrawn_reason = now(), reason
    seal.withdrawn_by_id = getattr(actor, "id", None)
    waiting.settle(work.KIND, work.number_of_seal(seal.id), by=actor)
    audit.record(actor, "quality_seal.withdraw", seal, reason=reason)
    if subject is not None:
        sentence = _l(
            "The KTS has withdrawn the quality seal of “%(title)s”: %(reason)s",
            title=subject.title,
            reason=reason,
        )
        tell_owners(actor, subject, sentence, seal.path)


def decline_suggestion(actor: Any, suggestion: LabelSuggestion, answer: str) -> None:
    """Decline a suggestion; its author is told why."""
    if suggestion.state != WAITING:
        raise Conflict(_("This suggestion was decided already. Nothing was done twice."))
    _decide(actor, suggestion, DECLINED, answer)
    audit.record(actor, "label_suggestion.decline", suggestion, reason=answer)
    sentence = _l(
        "The KTS does not give “%(title)s” the quality seal, which you suggested: %(answer)s",
        title=suggestion.title,
        answer=answer,
    )
    tell_person(actor, suggestion.author, sentence, "/guetesiegel")


def _decide(actor: Any, suggestion: LabelSuggestion, state: str, answer: str) -> None:
    suggestion.state, suggestion.answer = state, answer
    suggestion.decided_at, suggestion.decided_by_id = now(), getattr(actor, "id", None)
    waiting.settle(work.KIND, work.number_of_suggestion(suggestion.id), by=actor)
