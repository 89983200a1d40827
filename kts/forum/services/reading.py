"""How far a person has read; a mark moves only over posts that were shown.

Whoever jumps to the end of a long thread keeps what lies between as unread, until she has seen it
or says that it counts as read.
"""

from typing import Any

from kts.extensions import db
from kts.forum import notifications
from kts.forum.models import ReadState, Thread


def mark_seen(person: Any, thread: Thread, first: int, last: int) -> bool:
    """Note that the posts from number ``first`` to ``last`` were shown; say whether it moved."""
    state = _state(person, thread)
    before = state.last_read if state else 0
    if first > before + 1 or last <= before:
        return False
    _set(person, thread, state, last)
    return True


def mark_read(person: Any, thread: Thread, upto: int) -> None:
    """Count everything up to that number as read, shown or not; never takes a mark back."""
    state = _state(person, thread)
    if state is None or state.last_read < upto:
        _set(person, thread, state, min(upto, thread.last_number))


def _state(person: Any, thread: Thread) -> ReadState | None:
    return db.session.get(ReadState, (person.id, thread.id))


def _set(person: Any, thread: Thread, state: ReadState | None, number: int) -> None:
    if state is None:
        db.session.add(ReadState(user_id=person.id, thread_id=thread.id, last_read=number))
    else:
        state.last_read = number
    db.session.flush()
    if number >= thread.last_number:
        notifications.forget_read(person, thread)
