""" "We have this question too": who waits for the answer besides the asker."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func

from kts.core.errors import Denied, Invalid
from kts.extensions import db
from kts.forum.models import QUESTION, Thread
from kts.forum.models.kinds import SharedProblem
from kts.forum.services.heat import update_counts


def share_problem(actor: Any, thread: Thread, municipality_id: int | None = None) -> None:
    """Note that the actor has the same question, for one of her municipalities or for herself.

    Said again it changes for whom. Raises Denied for a municipality that she does not belong to.
    """
    if thread.kind != QUESTION:
        raise Invalid(_("Only a question can be shared."))
    if municipality_id is not None and not actor.belongs_to(municipality_id):
        raise Denied(_("You can only speak for a municipality that you belong to."))
    db.session.refresh(thread, with_for_update={"of": Thread})
    shared = _own(actor, thread)
    if shared is None:
        shared = SharedProblem(thread_id=thread.id, user_id=actor.id)
        db.session.add(shared)
    shared.municipality_id = municipality_id
    count_problems(thread)


def unshare_problem(actor: Any, thread: Thread) -> None:
    """Take the actor's own word back; nothing happens where she said nothing."""
    db.session.refresh(thread, with_for_update={"of": Thread})
    shared = _own(actor, thread)
    if shared is not None:
        db.session.delete(shared)
        count_problems(thread)


def count_problems(thread: Thread) -> None:
    """Derive ``problem_count``: each municipality counts once, and each person without one."""
    db.session.flush()
    municipalities, persons = db.session.execute(
        db.select(
            func.count(func.distinct(SharedProblem.municipality_id)),
            func.count().filter(SharedProblem.municipality_id.is_(None)),
        ).where(SharedProblem.thread_id == thread.id)
    ).one()
    thread.problem_count = municipalities + persons if thread.kind == QUESTION else 0
    update_counts(thread)
    db.session.flush()


def _own(actor: Any, thread: Thread) -> SharedProblem | None:
    return db.session.scalar(
        db.select(SharedProblem).filter_by(thread_id=thread.id, user_id=actor.id)
    )
