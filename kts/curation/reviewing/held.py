"""Experiences that the rules send to a review: they are held back until they are published."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from kts.core import audit, judging
from kts.core.judging import Contribution, Reason
from kts.curation.reviewing import queries, services, work
from kts.curation.reviewing.models import APPROVED, CHANGES, DRAFT, EXPERIENCE, SUBMITTED, Review
from kts.curation.reviewing.states import ASK, PUBLISH, WITHDRAW
from kts.forum.models import held as forum
from kts.forum.models.held import HeldContribution

KEY = "review"
WHY = _l("Reports of experience of your municipality are reviewed by the KTS before they appear.")


def register() -> None:
    """Let the forum hold back what is to be reviewed, and hear what becomes of it."""
    judging.register(reasons)
    judging.vouch(queries.belongs_to_trusted)
    judging.name_reason(KEY, WHY)
    judging.on_held(follow)
    judging.decide_elsewhere(KEY, review_path)


def reasons(contribution: Contribution) -> Iterable[Reason]:
    """Give the reason to wait for what the rules want reviewed."""
    if contribution.kind != judging.EXPERIENCE:
        return
    told = contribution.actor, _municipality_of(contribution), contribution.visibility
    if queries.is_reviewed(EXPERIENCE, *told):
        yield Reason(KEY, WHY)


def _municipality_of(contribution: Contribution) -> int | None:
    """Give the municipality to which the author belongs and of which she tells; else none."""
    actor, number = contribution.actor, contribution.municipality_id
    return number if number is not None and actor.belongs_to(number) else None


def review_path(held: HeldContribution) -> str:
    """Give the address at which moderators decide about it."""
    review = queries.last_review(EXPERIENCE, held.id)
    return review.path if review is not None else ""


def follow(held: HeldContribution) -> None:
    """Let the review go along with what the author or another page has done."""
    if KEY not in held.reasons:
        return
    review = queries.open_review(EXPERIENCE, held.id)
    if review is None:
        if held.state == forum.WAITING:
            services.submit_experience(held)
    elif held.state == forum.WAITING:
        _waits_again(held, review)
    elif held.state == forum.CHANGES and review.state != CHANGES:
        _move(held, review, ASK, CHANGES)
    elif held.state == forum.RELEASED:
        review.open_key = None
        _move(held, review, PUBLISH, "published")
    elif held.state in (forum.REFUSED, forum.WITHDRAWN):
        review.open_key = None
        _move(held, review, WITHDRAW, DRAFT)


def _waits_again(held: HeldContribution, review: Review) -> None:
    review.title = held.title
    if review.state == CHANGES:
        services.submit_again(held.author, review, review.version, {})
    elif review.state == APPROVED:
        review.state = SUBMITTED
        review.version += 1


def _move(held: HeldContribution, review: Review, deed: str, state: str) -> None:
    before, review.state = review.state, state
    review.version += 1
    actor = held.decided_by or held.author
    changes = {"state": [before, state]}
    audit.record(actor, f"review.{deed}", review, reason=held.decision_reason, changes=changes)
    work.review_is_done(actor, review)
