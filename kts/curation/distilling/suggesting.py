"""Which answered threads might become knowledge, and which were said not to be suitable.

A question is suggested when its score reaches :data:`LEAST_SCORE` and nobody has written in it for
:data:`QUIET_FOR`. The score counts what others said of it: 3 for an accepted answer, 1 for each
"this helped" at an answer, 2 for each who has the same question. The constants are a beginning:
an accepted answer alone is no sign that others need it, with two who found it helpful it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, case, exists, func, select
from sqlalchemy.orm import joinedload

from kts.core import audit
from kts.core.access import Viewer
from kts.core.clock import now
from kts.curation.distilling.models import DROPPED, Distillate, DistillingDismissal
from kts.extensions import db
from kts.forum.models import QUESTION, Post, Thread
from kts.forum.queries.threads import visible_threads

ACCEPTED_SCORE, PROBLEM_SCORE = 3, 2
LEAST_SCORE = 5
QUIET_FOR = timedelta(days=7)
MOST = 50  # on the page; what is decided makes room


@dataclass(frozen=True)
class Suggestion:
    """A thread with what speaks for it."""

    thread: Thread
    score: int
    helped: int


def suggestions(viewer: Viewer) -> list[Suggestion]:
    """Give the threads that the viewer may read and that speak for themselves, the best first."""
    rated = (
        select(Post.thread_id, func.sum(Post.rating).label("helped"))
        .where(Post.number > 1, Post.rating > 0, Post.shown)
        .group_by(Post.thread_id)
        .subquery()
    )
    helped = func.coalesce(rated.c.helped, 0)
    accepted = case((Thread.accepted_post_id.is_not(None), ACCEPTED_SCORE), else_=0)
    score = accepted + helped + Thread.problem_count * PROBLEM_SCORE
    statement = (
        visible_threads(viewer)
        .add_columns(score, helped)
        .outerjoin(rated, rated.c.thread_id == Thread.id)
        .where(
            Thread.kind == QUESTION,
            Thread.shown,
            Thread.answers_by_others > 0,
            Thread.last_post_at <= now() - QUIET_FOR,
            score >= LEAST_SCORE,
            ~exists().where(and_(Distillate.thread_id == Thread.id, Distillate.state != DROPPED)),
            ~exists().where(DistillingDismissal.thread_id == Thread.id),
        )
        .options(joinedload(Thread.category))
        .order_by(score.desc(), Thread.id.desc())
        .limit(MOST)
    )
    return [Suggestion(*row) for row in db.session.execute(statement)]


def put_away(viewer: Viewer, limit: int = MOST) -> Sequence[tuple[Thread, DistillingDismissal]]:
    """List the threads that were said not to be suitable, the newest first."""
    statement = (
        visible_threads(viewer)
        .add_columns(DistillingDismissal)
        .join(DistillingDismissal, DistillingDismissal.thread_id == Thread.id)
        .order_by(DistillingDismissal.created.desc())
        .limit(limit)
    )
    return [(thread, dismissal) for thread, dismissal in db.session.execute(statement)]


def dismiss(actor: Any, thread: Thread, reason: str = "") -> None:
    """Suggest a thread no more."""
    if db.session.get(DistillingDismissal, thread.id) is not None:
        return
    row = DistillingDismissal(thread_id=thread.id, reason=reason.strip(), by_id=actor.id)
    db.session.add(row)
    audit.record(actor, "distillate.dismiss", thread, reason=row.reason)


def suggest_again(actor: Any, thread: Thread) -> None:
    """Let a thread be suggested that was put away."""
    row = db.session.get(DistillingDismissal, thread.id)
    if row is not None:
        db.session.delete(row)
        audit.record(actor, "distillate.suggest_again", thread)
