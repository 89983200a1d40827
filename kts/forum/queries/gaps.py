"""Numbers of a thread that no post has, since moderators moved it elsewhere."""

from collections.abc import Iterable

from sqlalchemy import and_, func, or_

from kts.extensions import db
from kts.forum.models import Post, Thread


def gaps_behind(threads: Iterable[Thread], numbers: dict[int, int]) -> dict[int, int]:
    """Count, for each thread with gaps, the unused numbers behind the read one.

    One statement, and none where no thread of the list has gaps, as nearly always.
    """
    open_ones = {
        thread.id: (thread.last_number, numbers.get(thread.id, 0))
        for thread in threads
        if thread.post_count < thread.last_number > numbers.get(thread.id, 0)
    }
    if not open_ones:
        return {}
    behind = [
        and_(Post.thread_id == number, Post.number > read)
        for number, (_last, read) in open_ones.items()
    ]
    statement = db.select(Post.thread_id, func.count()).where(or_(*behind)).group_by(Post.thread_id)
    left = dict(db.session.execute(statement).all())
    return {number: last - read - left.get(number, 0) for number, (last, read) in open_ones.items()}
