"""What waits on the desk: suggestions for the quality seal, and seals whose time has run out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from kts.core import waiting
from kts.core.clock import now
from kts.core.waiting import Due
from kts.curation.vocabularies.models import LabelSuggestion, QualitySeal
from kts.curation.vocabularies.models.seals import WAITING
from kts.extensions import db

KIND = "label_suggestion"


def register() -> None:
    """Make the kind known to the moderators' desk."""
    waiting.register(
        KIND,
        _l("Quality seal"),
        _l(
            "Giving it publishes the answers and the reason and writes to the owner of the "
            "content; declining writes to who suggested it. A seal whose time has run out is "
            "given anew or withdrawn."
        ),
        _current,
    )


def number_of_suggestion(number: int) -> int:
    """Give the number under which a suggestion waits: even, since seals wait in this kind too."""
    return number * 2


def number_of_seal(number: int) -> int:
    """Give the number under which a seal that has run out waits: odd."""
    return number * 2 + 1


def due_of_suggestion(suggestion: LabelSuggestion) -> Due:
    """Describe a suggestion as the desk lists it."""
    number = number_of_suggestion(suggestion.id)
    return Due(number, suggestion.title, suggestion.path, suggestion.created)


def _due_of_seal(seal: QualitySeal) -> Due:
    since = datetime.combine(seal.valid_until, time(), UTC)
    return Due(number_of_seal(seal.id), seal.title, seal.path, since)


def _current() -> Iterator[Due]:
    suggested = select(LabelSuggestion).where(LabelSuggestion.state == WAITING)
    for suggestion in db.session.scalars(suggested):
        yield due_of_suggestion(suggestion)
    over = QualitySeal.withdrawn_at.is_(None) & (QualitySeal.valid_until < now().date())
    for seal in db.session.scalars(select(QualitySeal).where(over)):
        yield _due_of_seal(seal)
