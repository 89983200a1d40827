"""What a person has not read: per thread by its last read post, per category by a moment.

A category that was read as a whole hides everything written up to that moment, unless the person
has said something else about a thread since: of a mark in a thread and a mark on its category the
newer one counts. Nobody's first day begins with years of news: a thread that was never opened is
news only when somebody wrote in it after the person came.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, or_

from kts.core.access import Viewer
from kts.extensions import db
from kts.forum.models import Post, ReadState, Thread, page_of
from kts.forum.models.reading import CategoryRead


def is_person(viewer: Viewer) -> bool:
    """Say whether the viewer is somebody in particular, neither a guest nor an audience."""
    return viewer.is_authenticated and bool(viewer.id)


def came(viewer: Viewer) -> datetime:
    """Give when the person came; what was said before is no news to her."""
    moment: datetime = viewer.created  # type: ignore[attr-defined]
    return moment


def own_read_state(viewer: Viewer) -> ColumnElement[bool]:
    """Give the condition that joins the viewer's own mark to a thread."""
    return and_(ReadState.thread_id == Thread.id, ReadState.user_id == viewer.id)


def own_category_read(viewer: Viewer) -> ColumnElement[bool]:
    """Give the condition that joins the viewer's mark on a category to its threads."""
    return and_(CategoryRead.category_id == Thread.category_id, CategoryRead.user_id == viewer.id)


def unread_clause(viewer: Viewer) -> ColumnElement[bool]:
    """Say in SQL whether something is unread; needs the two own marks outer-joined."""
    if not is_person(viewer):
        return false()
    return or_(known_unread(), and_(ReadState.last_read.is_(None), unopened_unread(viewer)))


def known_unread() -> ColumnElement[bool]:
    """Say so for threads with a mark."""
    return and_(
        Thread.last_number > ReadState.last_read,
        or_(
            CategoryRead.read_at.is_(None),
            ReadState.updated >= CategoryRead.read_at,
            Thread.last_post_at > CategoryRead.read_at,
        ),
    )


def unopened_unread(viewer: Viewer) -> ColumnElement[bool]:
    """Say so for threads without a mark."""
    return and_(
        Thread.last_post_at > came(viewer),
        or_(CategoryRead.read_at.is_(None), Thread.last_post_at > CategoryRead.read_at),
    )


def read_numbers(viewer: Viewer, thread_ids: Sequence[int]) -> dict[int, int]:
    """Give, for threads with a mark or in a category with one, how far they are read.

    One statement; what a category's mark covers ends before the first post that is younger.
    """
    if not is_person(viewer) or not thread_ids:
        return {}
    is_covered = or_(ReadState.updated.is_(None), ReadState.updated < CategoryRead.read_at)
    statement = (
        db.select(
            Thread.id,
            func.coalesce(ReadState.last_read, 0).label("marked"),
            case((is_covered, _last_number_at(CategoryRead.read_at)), else_=0).label("covered"),
        )
        .outerjoin(ReadState, own_read_state(viewer))
        .outerjoin(CategoryRead, own_category_read(viewer))
        .where(
            Thread.id.in_(thread_ids),
            or_(ReadState.last_read.is_not(None), CategoryRead.read_at.is_not(None)),
        )
    )
    rows = db.session.execute(statement)
    return {row.id: max(row.marked, row.covered or 0) for row in rows}


def _last_number_at(moment: Any) -> Any:
    """Give up to which number all was written by then: moved posts are older than their numbers.

    Where nothing came since, as nearly always, no post is looked at.
    """
    first_after = (
        db.select(func.min(Post.number))
        .where(Post.thread_id == Thread.id, Post.created > moment)
        .correlate(Thread, CategoryRead)
        .scalar_subquery()
    )
    since = case((Thread.last_post_at > moment, first_after - 1))
    return func.coalesce(since, Thread.last_number)


def unread_posts(viewer: Viewer, thread: Thread, numbers: dict[int, int]) -> int:
    """Count the posts of a thread that the viewer has not read, given her read numbers."""
    if not is_person(viewer):
        return 0
    if thread.id in numbers:
        return max(0, thread.last_number - numbers[thread.id])
    return thread.last_number if thread.last_post_at > came(viewer) else 0


def last_read(viewer: Viewer, thread: Thread) -> int:
    """Give the number up to which the viewer has read without a gap; 0 for nothing."""
    return read_numbers(viewer, [thread.id]).get(thread.id, 0)


def first_unread(viewer: Viewer, thread: Thread) -> tuple[int, int]:
    """Give page and number of the first post that the viewer has not read, or of the last one."""
    number = min(last_read(viewer, thread) + 1, max(1, thread.last_number))
    return page_of(number), number
