"""Carrying posts from one thread to another, with all that hangs on their numbers.

However many posts it is, the number of statements is the same. A post gets the next free numbers
of its new thread, in order of time; numbers that were given are never given again, so the unique
(thread, number) holds at every moment and every old address stays right.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, update
from sqlalchemy.orm import aliased

from kts.extensions import db
from kts.forum.models import Post, ReadState, Thread
from kts.forum.models.moderating import PostMove, ThreadEvent
from kts.forum.services.deriving import derive_thread
from kts.forum.services.moderation import read_marks
from kts.search import outbox


def lock_threads(*threads: Thread) -> None:
    """Let nobody answer while posts move; always in one order, so that no two wait in a circle."""
    ids = sorted(thread.id for thread in threads)
    locked = db.select(Thread).where(Thread.id.in_(ids)).order_by(Thread.id)
    db.session.flush()
    db.session.scalars(locked.with_for_update().execution_options(populate_existing=True)).all()


def carry_posts(
    event: ThreadEvent, source: Thread, target: Thread, chosen: ColumnElement[bool]
) -> int:
    """Give the chosen posts of ``source`` the next numbers of ``target``; give how many it were."""
    base = target.last_number
    _plan(event, source, target, chosen, base)
    count = db.session.scalar(
        db.select(func.count()).select_from(PostMove).filter_by(event_id=event.id)
    )
    if not count:
        return 0
    planned = db.select(PostMove.to_number).where(
        PostMove.event_id == event.id, PostMove.post_id == Post.id
    )
    ids = db.select(PostMove.post_id).where(PostMove.event_id == event.id)
    _renumber(ids, target.id, planned.scalar_subquery())
    target.last_number = base + count
    read_marks.carry_over(event, source.id, target.id, base, base + count)
    settle(source, target)
    return count


def _plan(
    event: ThreadEvent, source: Thread, target: Thread, chosen: ColumnElement[bool], base: int
) -> None:
    place = func.row_number().over(order_by=(Post.created, Post.number))
    rows = db.select(
        literal(event.id),
        Post.id,
        literal(source.id),
        Post.number,
        literal(target.id),
        base + place,
    ).where(Post.thread_id == source.id, chosen)
    names = ["event_id", "post_id", "from_thread_id", "from_number", "to_thread_id", "to_number"]
    db.session.execute(db.insert(PostMove).from_select(names, rows))


def _renumber(ids: Any, thread_id: int, number: Any) -> None:
    moved = update(Post).where(Post.id.in_(ids)).values(thread_id=thread_id, number=number)
    db.session.execute(moved.execution_options(synchronize_session=False))
    _forget_loaded()


def _forget_loaded() -> None:
    """Let the session read again what statements have changed behind its back."""
    for loaded in list(db.session.identity_map.values()):
        if isinstance(loaded, Post | ReadState):
            db.session.expire(loaded)


def carry_back(event: ThreadEvent, source: Thread, target: Thread) -> int:
    """Give posts that are still where the event put them their old numbers again; count them.

    A number that something else has taken meanwhile keeps its post where it is.
    """
    ids = list(db.session.scalars(_returning(event, target)))
    if not ids:
        return 0
    old = db.select(PostMove.from_number).where(
        PostMove.event_id == event.id, PostMove.post_id == Post.id
    )
    returning = _returning(event, target)
    _renumber(db.select(returning.subquery().c.post_id), source.id, old.scalar_subquery())
    settle(source, target)
    return len(ids)


def _returning(event: ThreadEvent, target: Thread) -> Any:
    other = aliased(Post)
    taken = (
        db.select(other.id)
        .where(other.thread_id == PostMove.from_thread_id, other.number == PostMove.from_number)
        .exists()
    )
    return (
        db.select(PostMove.post_id)
        .join(Post, Post.id == PostMove.post_id)
        .where(
            PostMove.event_id == event.id,
            and_(Post.thread_id == target.id, Post.number == PostMove.to_number),
            ~taken,
        )
    )


def settle(*threads: Thread) -> None:
    """Derive anew what the threads say about their posts, and let the index hear of it."""
    for thread in threads:
        derive_thread(thread)
    outbox.note("thread", [thread.id for thread in threads])
