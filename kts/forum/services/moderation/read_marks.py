"""What becomes of people's read marks when posts change their thread.

A mark is one number per thread: everything up to it was read. What is unread must never get lost;
within that, what was read stays read:

- Whoever had read the target to its end, or never opened it, has read there as far as she had read
  the posts that came.
- Whoever had unread posts in the target keeps her mark: a mark that jumps over them would hide
  them for ever. That the posts which came count as unread for her again is the smaller harm.
- Where posts went and nothing unread is left behind, the thread counts as read.

``updated`` stays, for it says whether the person herself has set the mark before or after one for
the whole category.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, insert, literal, select, update
from sqlalchemy.orm import aliased

from kts.core.clock import now
from kts.extensions import db
from kts.forum.models import Post, ReadState, Thread
from kts.forum.models.moderating import PostMove, ThreadEvent


def carry_over(event: ThreadEvent, source_id: int, target_id: int, base: int, last: int) -> None:
    """Let the marks of ``source`` follow its posts, which now follow number ``base``."""
    _follow(event, source_id, target_id, base, last, PostMove.from_number, PostMove.to_number)


def carry_back(event: ThreadEvent, source: Thread, target: Thread) -> None:
    """Let what was read of the posts in ``target`` count in ``source`` again, where it was merged.

    The marks of a merged thread were left as they were, so they only grow.
    """
    _follow(
        *(event, target.id, source.id, 0, source.last_number),
        *(PostMove.to_number, PostMove.from_number),
    )


def _follow(
    event: ThreadEvent,
    source_id: int,
    target_id: int,
    base: int,
    last: int,
    before: Any,
    after: Any,
) -> None:
    old, mine = aliased(ReadState), aliased(ReadState)
    known = (
        select(mine.user_id)
        .where(mine.thread_id == target_id, mine.user_id == old.user_id)
        .exists()
    )
    reached = _reached(event, old.last_read, last, before, after)
    rows = select(old.user_id, literal(target_id), reached, literal(now(), ReadState.updated.type))
    rows = rows.where(old.thread_id == source_id, reached > base, ~known)
    db.session.flush()
    _raise(event, source_id, target_id, base, last, before, after)
    names = ["user_id", "thread_id", "last_read", "updated"]
    db.session.execute(insert(ReadState).from_select(names, rows))


def _raise(
    event: ThreadEvent,
    source_id: int,
    target_id: int,
    base: int,
    last: int,
    before: Any,
    after: Any,
) -> None:
    old = aliased(ReadState)
    theirs = and_(old.thread_id == source_id, old.user_id == ReadState.user_id)
    reached = (
        select(_reached(event, old.last_read, last, before, after))
        .where(theirs)
        .correlate(ReadState)
        .scalar_subquery()
    )
    raised = (
        update(ReadState)
        .where(
            ReadState.thread_id == target_id,
            ReadState.last_read >= base,
            select(old.user_id).where(theirs).correlate(ReadState).exists(),
        )
        .values(
            last_read=case((reached > ReadState.last_read, reached), else_=ReadState.last_read),
            updated=ReadState.updated,
        )
    )
    db.session.execute(raised.execution_options(synchronize_session=False))


def _reached(
    event: ThreadEvent, mark: Any, last: int, before: Any, after: Any
) -> ColumnElement[int]:
    """Give the number up to which somebody with that mark has read the posts where they are now."""
    first_unread = (
        select(func.min(after))
        .where(PostMove.event_id == event.id, before > mark)
        .scalar_subquery()
    )
    return func.coalesce(first_unread - 1, last)


def close_gaps(thread: Thread) -> None:
    """Count the thread as read for whom no unread post is left in it."""
    left = (
        select(Post.id)
        .where(Post.thread_id == thread.id, Post.number > ReadState.last_read)
        .correlate(ReadState)
        .exists()
    )
    closed = (
        update(ReadState)
        .where(ReadState.thread_id == thread.id, ReadState.last_read > 0, ~left)
        .values(last_read=thread.last_number, updated=ReadState.updated)
    )
    db.session.execute(closed.execution_options(synchronize_session=False))


def reopen_gaps(event: ThreadEvent, source: Thread, target: Thread) -> None:
    """Put marks back before posts that return and were not read where they had been."""
    there = aliased(ReadState)
    seen = (
        select(there.last_read)
        .where(there.thread_id == target.id, there.user_id == ReadState.user_id)
        .correlate(ReadState)
        .scalar_subquery()
    )
    first_unread = (
        select(func.min(PostMove.from_number))
        .where(PostMove.event_id == event.id, PostMove.to_number > func.coalesce(seen, 0))
        .correlate(ReadState)
        .scalar_subquery()
    )
    lowered = (
        update(ReadState)
        .where(ReadState.thread_id == source.id, ReadState.last_read >= first_unread)
        .values(last_read=first_unread - 1, updated=ReadState.updated)
    )
    db.session.execute(lowered.execution_options(synchronize_session=False))
