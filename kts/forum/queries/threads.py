"""Threads as a viewer may see them, and what of them she has not read."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, or_, union_all
from sqlalchemy.orm import joinedload

from kts.core import shelf_life
from kts.core.access import Viewer, visible
from kts.core.errors import NotFound
from kts.core.pagination import Page
from kts.core.prepared import Prepared
from kts.documents.models import DocumentVersion
from kts.extensions import db
from kts.forum.models import EXPERIENCE, Category, Post, PostReference, ReadState, Thread
from kts.forum.models.reading import CategoryRead, ThreadVoices
from kts.forum.queries.gaps import gaps_behind
from kts.forum.queries.people import Byline
from kts.forum.queries.unread import (
    first_unread,
    last_read,
    own_category_read,
    own_read_state,
    read_numbers,
    unread_clause,
    unread_posts,
)
from kts.municipalities.models import Municipality

__all__ = ["first_unread", "last_read"]  # what others look for here

THREADS_PER_PAGE = 25
COUNTED = 500  # threads; who looks further narrows the list down or searches
PAGES_AHEAD = 4  # as many as the page numbers below a list offer
MOST_PAGES = 4000  # 100,000 threads; beyond it an address was made up


@dataclass(frozen=True)
class ThreadRow:
    """A thread in a list, what is unread of it, how many spoke, whether it may be outdated."""

    thread: Thread
    unread: int
    municipalities: int = 0
    outdated: bool = False

    @property
    def url(self) -> str:
        """Give where a click leads: the first unread post, or the thread's beginning."""
        return f"{self.thread.path}?neu=1" if self.unread else self.thread.path

    @property
    def starter(self) -> Byline | None:
        """Tell who opened the thread; None for somebody who has left."""
        author = self.thread.author
        return Byline(author.display_name, author.is_moderator) if author else None


def visible_threads(viewer: Viewer, *, looked_up: bool = False) -> Select[tuple[Thread]]:
    """Give the threads that the viewer may see; hidden ones only to author and moderators.

    A merged thread is nobody's: ``queries.moderating`` knows where its posts are. With
    ``looked_up`` the threads are found by their numbers and no index on the visibility is in
    sight: SQLite would read all threads of a visibility to find two dozen.
    """
    visibility = func.coalesce(Thread.visibility, "") if looked_up else Thread.visibility
    statement = db.select(Thread).where(visible(visibility, viewer), _not_merged())
    if viewer.is_moderator:
        return statement
    shown: ColumnElement[bool] = Thread.shown
    if viewer.is_authenticated:
        shown = or_(shown, Thread.author_id == viewer.id)
    if coordinated := [f"group:{number}" for number in getattr(viewer, "coordinates", ())]:
        shown = or_(shown, Thread.visibility.in_(coordinated))
    return statement.where(shown)


def chosen_threads(viewer: Viewer, ids: Any) -> Select[tuple[Thread]]:
    """Give those of these threads that the viewer may see; ``ids`` is a list or a select."""
    return visible_threads(viewer, looked_up=True).where(Thread.id.in_(ids))


def _not_merged() -> ColumnElement[bool]:
    """Leave out threads that lead on to another one.

    Nearly no thread is merged: ``IS NULL`` would make SQLite read the index of that column, with
    all threads in it, instead of the one that has the order of the list.
    """
    return func.coalesce(Thread.merged_into_id, 0) == 0


def has_hidden_threads(viewer: Viewer) -> bool:
    """Say whether the viewer opened threads that others do not see, though she does."""
    if not viewer.id or viewer.is_moderator:
        return False
    return bool(_OWN_HIDDEN(person=viewer.id))


_OWN_HIDDEN = Prepared(
    lambda: db.select(Thread.id).where(Thread.author_id == bindparam("person"), ~Thread.shown)
)


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
    return (
        joinedload(Thread.category),
        joinedload(Thread.author),
        joinedload(Thread.municipality).load_only(Municipality.name, Municipality.slug),
        last_post.joinedload(Post.author),
    )


def by_activity() -> tuple[Any, ...]:
    """Give the order of lists: what was answered last comes first."""
    return (Thread.last_post_at.desc(), Thread.id.desc())


def ordered(
    viewer: Viewer,
    key: Any,
    limit: int,
    *conditions: ColumnElement[bool],
    tokens: Iterable[str] | None = None,
) -> Select[Any]:
    """Select ``id`` and ``category_id`` of the first threads by ``key``, the largest first.

    One branch a visibility, each of which reads an index in its order and stops at the limit:
    asked for all visibilities at once, a database sorts every thread that the viewer may see.
    """
    branches = [
        visible_threads(viewer)
        .with_only_columns(Thread.id, Thread.category_id, key.label("key"))
        .where(Thread.visibility == token, *listed(), *conditions)
        .order_by(key.desc(), Thread.id.desc())
        .limit(limit)
        for token in sorted(viewer.visibility_tokens if tokens is None else tokens)
    ]
    return first_of(branches, limit)


def first_of(branches: Sequence[Select[Any]], limit: int) -> Select[Any]:
    """Merge selects of ``id``, ``category_id`` and ``key``, the largest key first."""
    merged = union_all(*(db.select(branch.subquery()) for branch in branches)).subquery()
    return (
        db.select(merged.c.id, merged.c.category_id)
        .order_by(merged.c.key.desc(), merged.c.id.desc())
        .limit(limit)
    )


def listed() -> tuple[ColumnElement[bool], ...]:
    """Give the conditions that keep from lists, even from moderators', what was taken back."""
    return (Thread.deleted.is_(None),)


def rows_of(viewer: Viewer, thread_ids: Sequence[int]) -> list[ThreadRow]:
    """Load the threads with what a list shows, in the order of the ids."""
    statement = chosen_threads(viewer, thread_ids).options(*_for_list())
    found = {thread.id: thread for thread in db.session.scalars(statement)}
    return thread_rows(viewer, [found[number] for number in thread_ids if number in found])


@dataclass(frozen=True)
class BoundedPage(Page):
    """A page of a list that is not counted to its end; ``more``: it has more than ``total``."""

    more: bool = False


def bounded_page(viewer: Viewer, select: Callable[[int], Select[Any]], page: int) -> BoundedPage:
    """Give one page of the list; ``select(limit)`` gives its first ids in their order.

    Counts no further than COUNTED or some pages beyond the one asked for.
    """
    page = min(page, MOST_PAGES)
    limit = max(COUNTED, (page + PAGES_AHEAD) * THREADS_PER_PAGE)
    ids = db.session.scalars(select(limit + 1)).all()
    total, more = min(len(ids), limit), len(ids) > limit
    page = min(max(1, page), max(1, -(-total // THREADS_PER_PAGE)))
    first = (page - 1) * THREADS_PER_PAGE
    rows = rows_of(viewer, ids[first : min(first + THREADS_PER_PAGE, total)])
    return BoundedPage(rows, total, page, THREADS_PER_PAGE, more)


def threads_of(viewer: Viewer, category: Category, page: int) -> BoundedPage:
    """Give one page of a category: pinned threads first, then by last answer; items are rows."""
    return bounded_page(viewer, lambda limit: pinned_first(viewer, category, limit), page)


def pinned_first(
    viewer: Viewer, category: Category, limit: int, *conditions: ColumnElement[bool]
) -> Select[Any]:
    """Select ``id`` and ``category_id`` of a category's first threads."""
    return (
        visible_threads(viewer)
        .with_only_columns(Thread.id, Thread.category_id)
        .where(Thread.category_id == category.id, *listed(), *conditions)
        .order_by(Thread.pinned.desc(), *by_activity())
        .limit(limit)
    )


def latest_threads(viewer: Viewer, limit: int = 5) -> list[ThreadRow]:
    """List the threads with the newest posts."""
    ids = db.session.scalars(ordered(viewer, Thread.last_post_at, limit)).all()
    return rows_of(viewer, ids)


def municipality_threads(viewer: Viewer, municipality_id: int, limit: int = 10) -> list[ThreadRow]:
    """List the threads about a municipality, the most active first."""
    return _newest(viewer, Thread.municipality_id == municipality_id, limit)


def document_threads(viewer: Viewer, document_id: int, limit: int = 10) -> list[ThreadRow]:
    """List the threads in which a post that can be read links to the document."""
    return _newest(viewer, _links_to(document_id), limit)


def count_document_threads(viewer: Viewer, document_id: int) -> int:
    """Count the threads that :func:`document_threads` lists without its limit."""
    statement = visible_threads(viewer).where(_links_to(document_id)).subquery()
    return db.session.scalar(db.select(func.count()).select_from(statement)) or 0


def linked_pages(
    document_id: int, thread_ids: Sequence[int]
) -> dict[int, list[tuple[int, int | None]]]:
    """Give for each thread the pages that its readable posts link to, with their versions."""
    statement = (
        db.select(Post.thread_id, PostReference.page, DocumentVersion.number)
        .join(PostReference, PostReference.post_id == Post.id)
        .outerjoin(DocumentVersion, DocumentVersion.id == PostReference.version_id)
        .where(
            Post.thread_id.in_(thread_ids),
            Post.shown,
            PostReference.document_id == document_id,
            PostReference.page.is_not(None),
        )
        .distinct()
        .order_by(Post.thread_id, PostReference.page, DocumentVersion.number.desc())
    )
    pages: dict[int, list[tuple[int, int | None]]] = {}
    for thread_id, page, version in db.session.execute(statement):
        pages.setdefault(thread_id, []).append((page, version))
    return pages


def _links_to(document_id: int) -> ColumnElement[bool]:
    return exists().where(
        Post.thread_id == Thread.id,
        Post.shown,
        PostReference.post_id == Post.id,
        PostReference.document_id == document_id,
    )


def _newest(viewer: Viewer, condition: ColumnElement[bool], limit: int) -> list[ThreadRow]:
    statement = visible_threads(viewer).where(condition).options(*_for_list())
    return thread_rows(viewer, db.session.scalars(statement.order_by(*by_activity()).limit(limit)))


def thread_rows(viewer: Viewer, threads: Iterable[Thread]) -> list[ThreadRow]:
    """Add to each thread what is unread of it and how many spoke, in two statements.

    Where there are experiences among them, one more asks which are outdated.
    """
    threads = list(threads)
    ids = [thread.id for thread in threads]
    numbers, spoke = read_numbers(viewer, ids), _municipalities(ids)
    told = [thread.id for thread in threads if thread.kind == EXPERIENCE]
    outdated = shelf_life.outdated_ids(EXPERIENCE, told)
    gaps = gaps_behind(threads, numbers) if numbers else {}
    return [
        ThreadRow(
            thread,
            max(0, unread_posts(viewer, thread, numbers) - gaps.get(thread.id, 0)),
            spoke.get(thread.id, 0),
            thread.id in outdated,
        )
        for thread in threads
    ]


def _municipalities(thread_ids: Sequence[int]) -> dict[int, int]:
    if not thread_ids:
        return {}
    statement = db.select(ThreadVoices.thread_id, ThreadVoices.municipalities)
    rows = db.session.execute(statement.where(ThreadVoices.thread_id.in_(thread_ids)))
    return dict(rows.all())


def thread_counts(viewer: Viewer) -> dict[str, int]:
    """Count threads, posts and unread threads that the viewer may see."""
    unread = func.count().filter(unread_clause(viewer))
    shown = visible_threads(viewer).with_only_columns(
        func.count(), func.coalesce(func.sum(Thread.post_count), 0), unread
    )
    shown = shown.outerjoin(ReadState, own_read_state(viewer)).outerjoin(
        CategoryRead, own_category_read(viewer)
    )
    threads, posts, new = db.session.execute(shown).one()
    return {"threads": threads, "posts": posts, "unread": new}
