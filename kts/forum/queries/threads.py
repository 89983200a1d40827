"""Threads as a viewer may see them, and what of them she has not read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_
from sqlalchemy.orm import joinedload

from kts.core.access import Viewer, visible
from kts.core.errors import NotFound
from kts.core.pagination import Page, paginate
from kts.extensions import db
from kts.forum.models import Category, Post, PostReference, ReadState, Thread, page_of
from kts.forum.queries.people import Byline

THREADS_PER_PAGE = 25


@dataclass(frozen=True)
class ThreadRow:
    """A thread in a list, and what the viewer has not read of it."""

    thread: Thread
    unread: int

    @property
    def url(self) -> str:
        """Give where a click leads: the first unread post, or the thread's beginning."""
        return f"{self.thread.path}?neu=1" if self.unread else self.thread.path

    @property
    def starter(self) -> Byline | None:
        """Tell who opened the thread; None for somebody who has left."""
        author = self.thread.author
        return Byline(author.display_name, author.is_moderator) if author else None


def visible_threads(viewer: Viewer) -> Select[tuple[Thread]]:
    """Give the threads that the viewer may see; hidden ones only to author and moderators."""
    statement = db.select(Thread).where(visible(Thread.visibility, viewer))
    if viewer.is_moderator:
        return statement
    shown: ColumnElement[bool] = ~Thread.hidden
    if viewer.is_authenticated:
        shown = or_(shown, Thread.author_id == viewer.id)
    return statement.where(shown)


def get_thread(viewer: Viewer, thread_id: int) -> Thread:
    """Find one thread with what its page needs; raise NotFound where the viewer may not know."""
    statement = visible_threads(viewer).where(Thread.id == thread_id)
    thread = db.session.scalar(statement.options(*_with_people()))
    if thread is None:
        raise NotFound
    return thread


def _with_people() -> tuple[Any, ...]:
    return (
        joinedload(Thread.category),
        joinedload(Thread.author),
        joinedload(Thread.municipality),
    )


def _for_list() -> tuple[Any, ...]:
    last_post = joinedload(Thread.last_post).load_only(Post.author_id, Post.number)
    return (*_with_people(), last_post.joinedload(Post.author))


def by_activity() -> tuple[Any, ...]:
    """Give the order of lists: what was answered last comes first."""
    return (Thread.last_post_at.desc(), Thread.id.desc())


def threads_of(viewer: Viewer, category: Category, page: int) -> Page:
    """Give one page of a category: pinned threads first, then by last answer; items are rows."""
    statement = (
        visible_threads(viewer)
        .where(Thread.category_id == category.id)
        .options(*_for_list())
        .order_by(Thread.pinned.desc(), *by_activity())
    )
    found = paginate(statement, page, THREADS_PER_PAGE)
    return Page(thread_rows(viewer, found.items), found.total, found.page, found.per_page)


def latest_threads(viewer: Viewer, limit: int = 5) -> list[ThreadRow]:
    """List the threads with the newest posts."""
    statement = visible_threads(viewer).options(*_for_list()).order_by(*by_activity())
    return thread_rows(viewer, db.session.scalars(statement.limit(limit)).all())


def municipality_threads(viewer: Viewer, municipality_id: int, limit: int = 10) -> list[ThreadRow]:
    """List the threads about a municipality, the most active first."""
    return _newest(viewer, Thread.municipality_id == municipality_id, limit)


def document_threads(viewer: Viewer, document_id: int, limit: int = 10) -> list[ThreadRow]:
    """List the threads in which a post that can be read links to the document."""
    linked = exists().where(
        Post.thread_id == Thread.id,
        ~Post.hidden,
        PostReference.post_id == Post.id,
        PostReference.document_id == document_id,
    )
    return _newest(viewer, linked, limit)


def _newest(viewer: Viewer, condition: ColumnElement[bool], limit: int) -> list[ThreadRow]:
    statement = visible_threads(viewer).where(condition).options(*_for_list())
    return thread_rows(viewer, db.session.scalars(statement.order_by(*by_activity()).limit(limit)))


def thread_rows(viewer: Viewer, threads: Iterable[Thread]) -> list[ThreadRow]:
    """Add to each thread what the viewer has not read of it, in one statement."""
    threads = list(threads)
    states = _read_numbers(viewer, [thread.id for thread in threads])
    return [ThreadRow(thread, _unread(viewer, thread, states)) for thread in threads]


def _read_numbers(viewer: Viewer, thread_ids: Sequence[int]) -> dict[int, int]:
    if not viewer.is_authenticated or not thread_ids:
        return {}
    statement = db.select(ReadState.thread_id, ReadState.last_read).where(
        ReadState.user_id == viewer.id, ReadState.thread_id.in_(thread_ids)
    )
    return {row.thread_id: row.last_read for row in db.session.execute(statement)}


def _unread(viewer: Viewer, thread: Thread, states: dict[int, int]) -> int:
    if not viewer.is_authenticated:
        return 0
    if thread.id in states:
        return max(0, thread.last_number - states[thread.id])
    return thread.last_number if thread.last_post_at > viewer.created else 0  # type: ignore[attr-defined]


def unread_clause(viewer: Viewer) -> ColumnElement[bool]:
    """Say in SQL what ``ThreadRow.unread`` says; needs ReadState outer-joined.

    A thread that was never opened counts when something was written in it after the person came:
    years of earlier conversations are not news to a newcomer.
    """
    if not viewer.is_authenticated:
        return false()
    return or_(
        Thread.last_number > ReadState.last_read,
        and_(ReadState.last_read.is_(None), Thread.last_post_at > viewer.created),  # type: ignore[attr-defined]
    )


def own_read_state(viewer: Viewer) -> ColumnElement[bool]:
    """Give the condition that joins the viewer's own mark to a thread."""
    return and_(ReadState.thread_id == Thread.id, ReadState.user_id == viewer.id)


def last_read(viewer: Viewer, thread: Thread) -> int:
    """Give the number up to which the viewer has read without a gap; 0 for nothing."""
    return _read_numbers(viewer, [thread.id]).get(thread.id, 0)


def first_unread(viewer: Viewer, thread: Thread) -> tuple[int, int]:
    """Give page and number of the first post that the viewer has not read, or of the last one."""
    number = min(last_read(viewer, thread) + 1, max(1, thread.last_number))
    return page_of(number), number


def thread_counts(viewer: Viewer) -> dict[str, int]:
    """Count threads, posts and unread threads that the viewer may see."""
    unread = func.count().filter(unread_clause(viewer))
    shown = visible_threads(viewer).with_only_columns(
        func.count(), func.coalesce(func.sum(Thread.post_count), 0), unread
    )
    shown = shown.outerjoin(ReadState, own_read_state(viewer))
    threads, posts, new = db.session.execute(shown).one()
    return {"threads": threads, "posts": posts, "unread": new}
