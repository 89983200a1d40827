"""Polls: asking, voting, changing a vote, ending early.

Votes queue on the poll's row, so that a form that is sent twice votes once and nobody votes after
the end. Whose vote it is says a keyed hash (``Poll.voter_key``): with it a person finds her own
vote again, and nobody who reads the table finds the person without the installation's secret key.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict, Denied, Invalid
from kts.extensions import db
from kts.forum import notifications, policies
from kts.forum.models import Thread
from kts.forum.models.kinds import MUNICIPALITY, OPEN, PERSON, Poll, PollOption, PollVote


@dataclass(frozen=True)
class PollSettings:
    """What is asked, and how votes count and are shown."""

    options: Sequence[str]
    most: int = 1
    results: str = OPEN
    counted: str = PERSON
    named: bool = False
    ends: datetime | None = None


def start_poll(thread: Thread, settings: PollSettings) -> None:
    """Give the thread its poll; one that has a poll keeps it."""
    if db.session.get(Poll, thread.id) is not None:
        return
    poll = Poll(thread_id=thread.id)
    db.session.add(poll)
    _set(poll, settings)


def change_poll(actor: Any, poll: Poll, settings: PollSettings) -> None:
    """Change options and settings; raise Conflict once somebody has voted.

    Afterwards a vote would count for something else than was chosen.
    """
    _lock(poll)
    if _has_votes(poll):
        raise Conflict(_("Somebody has voted already; the poll can no longer be changed."))
    _set(poll, settings)


def _set(poll: Poll, settings: PollSettings) -> None:
    poll.most, poll.results, poll.counted = settings.most, settings.results, settings.counted
    poll.named, poll.ends = settings.named, settings.ends
    poll.options = [
        PollOption(position=position, text=text)
        for position, text in enumerate(settings.options, start=1)
    ]
    db.session.flush()


def drop_poll(thread: Thread) -> None:
    """Take the poll away from a thread of another kind; raise Conflict when votes would go."""
    poll = db.session.get(Poll, thread.id)
    if poll is None:
        return
    _lock(poll)
    if _has_votes(poll):
        raise Conflict(_("Somebody has voted already; the thread stays a poll."))
    db.session.delete(poll)
    db.session.flush()


def vote(
    actor: Any, poll: Poll, option_ids: Iterable[int], municipality_id: int | None = None
) -> None:
    """Vote, or replace the earlier vote of the person, or of her municipality.

    Raises Invalid for a vote that the poll does not allow, Conflict after the end, Denied for a
    municipality that is not hers.
    """
    _lock(poll)
    _refuse_late(poll)
    chosen = _allowed(poll, set(option_ids))
    voter = _voter(actor, poll, municipality_id)
    given = {known.option_id: known for known in _votes_of(poll, voter)}
    for option_id in given.keys() - chosen:
        db.session.delete(given[option_id])
    for option_id in sorted(chosen - given.keys()):
        names = _names(actor, poll, municipality_id)
        ballot = {"thread_id": poll.thread_id, "option_id": option_id, "voter": voter}
        db.session.add(PollVote(**ballot, **names))
    db.session.flush()


def withdraw_vote(actor: Any, poll: Poll, municipality_id: int | None = None) -> None:
    """Take a vote back, as long as the poll runs."""
    _lock(poll)
    _refuse_late(poll)
    for known in _votes_of(poll, _voter(actor, poll, municipality_id)):
        db.session.delete(known)
    db.session.flush()


def close_poll(actor: Any, poll: Poll) -> None:
    """End the poll now; nothing happens where it has ended."""
    _lock(poll)
    if poll.is_over:
        return
    poll.closed = now()
    db.session.flush()
    if not policies.acts_for(actor, poll.thread):
        audit.record(actor, "poll.close", poll.thread)
        notifications.tell_author(actor, poll.thread, "poll.close", "")


def _has_votes(poll: Poll) -> bool:
    votes = db.select(PollVote.id).filter_by(thread_id=poll.thread_id).limit(1)
    return db.session.scalar(votes) is not None


def _lock(poll: Poll) -> None:
    db.session.refresh(poll, with_for_update={"of": Poll})


def _refuse_late(poll: Poll) -> None:
    if poll.is_over:
        raise Conflict(_("The poll has ended; votes can no longer be given or changed."))


def _allowed(poll: Poll, chosen: set[int]) -> set[int]:
    if not chosen:
        raise Invalid(_("Please choose an answer."))
    if not chosen <= {option.id for option in poll.options}:
        raise Invalid(_("The poll was changed meanwhile. Please choose again."))
    if len(chosen) > poll.most:
        raise Invalid(
            ngettext(
                "Please choose only %(num)d answer.",
                "Please choose at most %(num)d answers.",
                poll.most,
            )
        )
    return chosen


def _voter(actor: Any, poll: Poll, municipality_id: int | None) -> str:
    if poll.counted == PERSON:
        return poll.voter_key(actor.id)
    if municipality_id is None or not actor.belongs_to(municipality_id):
        raise Denied(_("In this poll municipalities vote. You do not belong to this one."))
    return poll.voter_key(municipality_id)


def _names(actor: Any, poll: Poll, municipality_id: int | None) -> dict[str, int | None]:
    """Give whom the vote names: nobody where votes are anonymous."""
    if not poll.named:
        return {}
    if poll.counted == MUNICIPALITY:
        return {"municipality_id": municipality_id}
    return {"user_id": actor.id}


def _votes_of(poll: Poll, voter: str) -> Sequence[PollVote]:
    votes = db.select(PollVote).filter_by(thread_id=poll.thread_id, voter=voter)
    return db.session.scalars(votes).all()
