"""Reviews on the moderators' desk: what waits for them, and who has it in hand at once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from kts.core import waiting
from kts.core.clock import now
from kts.core.waiting import SOON, USUAL, Due
from kts.curation.reviewing.models import APPROVED, SUBMITTED, USUAL_DAYS, Review, ReviewRule
from kts.curation.reviewing.queries import is_kept
from kts.extensions import db

REVIEW = "review"
WAITS = (SUBMITTED, APPROVED)


def register() -> None:
    """Make the kind known to the desk."""
    waiting.register(
        REVIEW,
        _l("Reviews before publication"),
        _l(
            "Approving, publishing and asking for changes are told to the author by mail and in "
            "the app, with all comments that are open. Nobody else is written to."
        ),
        _waiting_reviews,
    )


def review_waits(review: Review) -> None:
    """Let a review wait; whoever is its reviewer has it in hand."""
    item = waiting.put_due(REVIEW, _due(review, _days()))
    if review.reviewer_id is not None and item.claimed_by_id != review.reviewer_id:
        item.claimed_by_id, item.claimed_at = review.reviewer_id, now()
        item.snoozed_until = None
        item.version += 1
        db.session.flush()


def review_is_done(actor: Any, review: Review) -> None:
    """Take from the desk what is decided, or is with its author."""
    waiting.settle(REVIEW, review.id, by=actor)


def _waiting_reviews() -> Iterator[Due]:
    days = _days()
    for review in db.session.scalars(select(Review).where(Review.state.in_(WAITS), is_kept())):
        yield _due(review, days)


def _days() -> dict[str, int]:
    found = db.session.execute(select(ReviewRule.kind, ReviewRule.days))
    return {row[0]: row[1] for row in found}


def _due(review: Review, days: dict[str, int]) -> Due:
    wanted = timedelta(days=days.get(review.kind, USUAL_DAYS))
    weight = SOON if review.submitted_at + wanted < now() else USUAL
    return Due(review.id, review.title, review.path, review.submitted_at, weight)
