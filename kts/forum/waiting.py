"""What of the forum waits for a moderator: moves, unanswered questions, what is held back."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload

from kts.core import judging, waiting
from kts.core.clock import now
from kts.core.waiting import SOON, USUAL, Due
from kts.extensions import db
from kts.forum.models import QUESTION, Thread
from kts.forum.models.held import WAITING, HeldContribution
from kts.forum.models.moderating import ThreadEvent

PROPOSAL, UNANSWERED, HELD = "proposal", "question", "held"
HELD_PRESSES_AFTER = timedelta(days=1)  # its author cannot do anything until somebody looks
UNANSWERED_AFTER = timedelta(days=7)  # most people come twice a month; a week is a fair chance
PRESSING_AFTER = timedelta(days=21)


def register() -> None:
    """Make the kinds known to the moderators' desk."""
    waiting.register(
        PROPOSAL,
        _l("Proposed moves"),
        _l(
            "Accepting moves the thread and tells its author; declining tells whoever proposed "
            "it, with your reason."
        ),
        _waiting_proposals,
    )
    waiting.register(
        UNANSWERED,
        _l("Questions without an answer"),
        _l(
            "An answer tells the author and all who follow the thread. It stays here until "
            "somebody answers or the thread is closed."
        ),
        _unanswered_questions,
    )
    waiting.register(
        HELD,
        _l("Contributions held back"),
        _l(
            "Releasing puts it into the forum and tells those who follow it, as usual. Asking for "
            "a change or refusing tells its author, with your reason. Nothing is deleted."
        ),
        _held_contributions,
    )


def wait_for_decision(event: ThreadEvent) -> None:
    """Let a proposed move wait."""
    waiting.put_due(PROPOSAL, _proposal(event))


def _waiting_proposals() -> Iterator[Due]:
    statement = (
        db.select(ThreadEvent)
        .where(ThreadEvent.kind == "thread.propose", ThreadEvent.undone_at.is_(None))
        .options(joinedload(ThreadEvent.thread))
    )
    for event in db.session.scalars(statement):
        if "answer" not in event.data:
            yield _proposal(event)


def _proposal(event: ThreadEvent) -> Due:
    return Due(event.id, event.thread.title, f"{event.thread.path}/moderation", event.created)


def _unanswered_questions() -> Iterator[Due]:
    moment = now()
    statement = db.select(Thread).where(
        Thread.kind == QUESTION,
        Thread.answers_by_others == 0,
        Thread.accepted_post_id.is_(None),
        ~Thread.locked,
        Thread.shown,
        Thread.merged_into_id.is_(None),
        Thread.created < moment - UNANSWERED_AFTER,
    )
    for thread in db.session.scalars(statement):
        weight = SOON if thread.created < moment - PRESSING_AFTER else USUAL
        yield Due(thread.id, thread.title, thread.path, thread.created, weight)


def wait_for_look(held: HeldContribution) -> None:
    """Let a held contribution wait, unless another feature decides about it."""
    if held.state == WAITING and not judging.decided_at(held):
        waiting.put_due(HELD, _held(held))


def looked_at(held: HeldContribution, by: Any = None) -> None:
    """Take it from the desk: it is decided, withdrawn, or waits for its author."""
    waiting.settle(HELD, held.id, by=by)


def _held_contributions() -> Iterator[Due]:
    for held in db.session.scalars(db.select(HeldContribution).filter_by(state=WAITING)):
        if not judging.decided_at(held):
            yield _held(held)


def _held(held: HeldContribution) -> Due:
    presses = held.waits_since < now() - HELD_PRESSES_AFTER
    weight = SOON if presses else USUAL
    return Due(held.id, held.title, held.desk_path, held.waits_since, weight)
