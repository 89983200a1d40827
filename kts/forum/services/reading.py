"""How far a person has read; a mark moves only over posts that were shown.

Whoever jumps to the end of a long thread keeps what lies between as unread, until she has seen it
or says that it counts as read.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from kts.core.clock import now
from kts.core.upserts import insert
from kts.extensions import db
from kts.forum import notifications
from kts.forum.models import Category, Post, ReadState, Thread
from kts.forum.models.reading import CategoryRead
from kts.forum.queries.unread import last_read
from kts.forum.services.turns import take_own_turn


def mark_seen(person: Any, thread: Thread, first: int, last: int) -> bool:
    """Note that the posts from number ``first`` to ``last`` were shown; say whether it moved."""
    before = last_read(person, thread)
    if first > before + 1 or last <= before:
        return False
    _set(person, thread, last)
    return True


def mark_read(person: Any, thread: Thread, upto: int) -> None:
    """Count everything up to that number as read, shown or not; never takes a mark back."""
    if last_read(person, thread) < upto:
        _set(person, thread, min(upto, thread.last_number))


def mark_unread(person: Any, post: Post) -> None:
    """Count the post and all after it as unread; reading them takes that back."""
    _set(person, post.thread, post.number - 1)


def _set(person: Any, thread: Thread, number: int) -> None:
    state = db.session.get(ReadState, (person.id, thread.id))
    if state is None:
        _begin(person, thread, number)
    else:
        state.last_read, state.updated = number, now()
    db.session.flush()
    if number >= thread.last_number:
        notifications.forget_read(person, thread)


def _begin(person: Any, thread: Thread, number: int) -> None:
    """Write the first mark of a person in a thread; two pages may be shown at the same moment."""
    mark = {"last_read": number, "updated": now()}
    row = insert(ReadState).values(user_id=person.id, thread_id=thread.id, **mark)
    place = ["user_id", "thread_id"]
    db.session.execute(row.on_conflict_do_update(index_elements=place, set_=mark))


def read_categories(person: Any, categories: Iterable[Category]) -> datetime:
    """Count everything in the categories as read; give the moment, which takes it back."""
    take_own_turn(person)
    moment = now()
    rows = {row.category_id: row for row in _category_marks(person)}
    for category in categories:
        row = rows.get(category.id)
        if row is None:
            row = CategoryRead(user_id=person.id, category_id=category.id)
            db.session.add(row)
        row.previous_at, row.read_at = row.read_at, moment
    db.session.flush()
    return moment


def unread_categories(person: Any, moment: datetime) -> int:
    """Take back what was counted as read at that moment; give the number of categories.

    Taking it back twice changes nothing, nor does it where the person has read them all again.
    """
    rows = [row for row in _category_marks(person) if row.read_at == moment]
    for row in rows:
        if row.previous_at is None:
            db.session.delete(row)
        else:
            row.read_at, row.previous_at = row.previous_at, None
    db.session.flush()
    return len(rows)


def _category_marks(person: Any) -> list[CategoryRead]:
    statement = db.select(CategoryRead).where(CategoryRead.user_id == person.id)
    return list(db.session.scalars(statement))
