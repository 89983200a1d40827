"""Held contributions that were decided long ago; their words are nowhere else then."""

from datetime import timedelta

from sqlalchemy import delete

from kts.core.clock import now
from kts.extensions import db
from kts.forum.models.held import OPEN, HeldContribution

KEPT_FOR = timedelta(days=183)  # as long as one can object to a decision
BATCH = 200


def forget_decided() -> int:
    """Delete what was decided or withdrawn half a year ago; give how many."""
    old = (
        db.select(HeldContribution.id)
        .where(HeldContribution.state.not_in(OPEN), HeldContribution.updated < now() - KEPT_FOR)
        .order_by(HeldContribution.id)
        .limit(BATCH)
    )
    ids = db.session.scalars(old).all()
    db.session.execute(delete(HeldContribution).where(HeldContribution.id.in_(ids)))
    return len(ids)
