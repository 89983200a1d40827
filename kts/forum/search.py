"""What the forum gives the search index: one entry for each post, grouped by thread.

A category that changes its audience changes its threads one by one (``services.categories``), so
the index hears of it through them.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import joinedload, selectinload

from kts.core import shelf_life
from kts.core.text import plain_text
from kts.extensions import db
from kts.forum.models import EXPERIENCE, Post, Thread
from kts.search.engine import IndexDocument
from kts.search.sources import SearchSource

KIND = "thread"
THREADS_AT_ONCE = 50  # their posts are in memory together while the index is rebuilt


def load(thread_ids: Sequence[int]) -> Iterator[IndexDocument]:
    """Give the posts of these threads; what is hidden gives nothing."""
    for start in range(0, len(thread_ids), THREADS_AT_ONCE):
        ids = thread_ids[start : start + THREADS_AT_ONCE]
        threads = {thread.id: thread for thread in _threads(ids)}
        told = [thread.id for thread in threads.values() if thread.kind == EXPERIENCE]
        outdated = shelf_life.outdated_ids(EXPERIENCE, told)
        for post in _posts(list(threads)):
            weight = shelf_life.weight(post.thread_id in outdated)
            yield _entry(threads[post.thread_id], post, weight)


def _threads(ids: Sequence[int]) -> Sequence[Thread]:
    statement = (
        db.select(Thread)
        .where(Thread.id.in_(ids), Thread.shown)
        .options(joinedload(Thread.municipality), selectinload(Thread.topics))
    )
    return db.session.scalars(statement).all()


def _posts(thread_ids: list[int]) -> Sequence[Post]:
    statement = (
        db.select(Post)
        .where(Post.thread_id.in_(thread_ids), Post.shown)
        .order_by(Post.thread_id, Post.number)
    )
    return db.session.scalars(statement).all()


def _entry(thread: Thread, post: Post, weight: float) -> IndexDocument:
    municipality = thread.municipality
    page = f"?seite={post.page}" if post.page > 1 else ""
    return IndexDocument(
        key=f"post:{post.id}",
        kind=KIND,
        id=thread.id,
        parent=f"thread:{thread.id}",
        language="de",
        title=thread.title,
        body=plain_text(post.html),
        url=f"{thread.path}{page}#{post.anchor}",
        topics=tuple(topic.slug for topic in thread.topics),
        municipality=municipality.slug if municipality else "",
        land=municipality.land if municipality else "",
        visibility=thread.visibility,
        created=post.created,
        updated=post.edited_at or post.created,
        weight=weight,
        year=post.created.year,
    )


def all_ids() -> Sequence[int]:
    """List the threads that the index should know."""
    return db.session.scalars(db.select(Thread.id).where(Thread.shown)).all()


def _thread_of(post: Post) -> int | None:
    return post.thread_id


SOURCE = SearchSource(
    kind=KIND, model=Thread, load=load, all_ids=all_ids, depends={Post: _thread_of}
)
