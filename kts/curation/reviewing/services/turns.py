"""One deed after another: of two people who act at once, the second is told who was first."""

from typing import Any

from flask_babel import format_datetime
from flask_babel import gettext as _

from kts.core import audit
from kts.core.errors import Conflict, Denied
from kts.curation.reviewing import policies
from kts.curation.reviewing.models import Review
from kts.curation.reviewing.states import DEEDS, NAMES
from kts.extensions import db


class Stale(Conflict):
    """Somebody did something since the page was opened; ``by_actor``: the actor herself."""

    def __init__(self, message: str, *, by_actor: bool) -> None:
        super().__init__(message)
        self.by_actor = by_actor


def take_turn(actor: Any, review: Review, deed: str, version: int | None = None) -> None:
    """Hold the review until the end of the transaction and check that the deed is possible.

    Raises Denied for the wrong person, Stale where it has moved on since that version, Conflict
    where its state does not allow the deed.
    """
    db.session.refresh(review, with_for_update={"of": Review})
    if not policies.may_do(actor, review, deed):
        raise Denied(policies.why_not(review, deed))
    if version is not None and version != review.version:
        raise _stale(actor, review)
    if review.state not in DEEDS[deed].leads:
        raise Conflict(
            _(
                "This is not possible in the state “%(state)s”. Nothing was changed.",
                state=NAMES[review.state],
            )
        )


def end_turn(
    actor: Any,
    review: Review,
    deed: str,
    *,
    state: str | None = None,
    reason: str = "",
    changes: dict[str, Any] | None = None,
) -> None:
    """Go on to the next state, count the deed and write it down."""
    before = review.state
    review.state = DEEDS[deed].leads[before] if state is None else state
    review.version += 1
    changes = dict(changes or {})
    if review.state != before:
        changes["state"] = [before, review.state]
    audit.record(actor, f"review.{deed}", review, reason=reason, changes=changes)
    db.session.flush()


def _stale(actor: Any, review: Review) -> Stale:
    entries = audit.history(Review.__tablename__, review.id)
    if not entries:
        return Stale(_("Somebody else was first. Nothing was changed."), by_actor=False)
    first = entries[0]
    message = _(
        "%(name)s was first (%(time)s); the state is now “%(state)s”. Nothing of yours was done. "
        "What you have typed is still here.",
        name=first.actor_name or _("Somebody"),
        time=format_datetime(first.at, "short"),
        state=NAMES[review.state],
    )
    return Stale(message, by_actor=first.actor_id == actor.id)
