"""The rooms of the forum as a viewer may see them."""

from dataclasses import dataclass

from sqlalchemy import Select, func
from sqlalchemy.orm import aliased

from kts.core.access import Viewer, visible
from kts.core.errors import NotFound
from kts.extensions import db
from kts.forum import policies
from kts.forum.models import Category, ReadState, Thread
from kts.forum.queries.threads import (
    ThreadRow,
    _for_list,
    own_read_state,
    thread_rows,
    unread_clause,
    visible_threads,
)


@dataclass(frozen=True)
class CategorySummary:
    """A category with its numbers, as this viewer may know them."""

    category: Category
    threads: int
    posts: int
    unread: int
    latest: ThreadRow | None


def visible_categories(viewer: Viewer) -> Select[tuple[Category]]:
    """Give the categories that the viewer may know of, in their order."""
    return (
        db.select(Category)
        .where(visible(Category.visibility, viewer))
        .order_by(Category.position, Category.id)
    )


def get_category(viewer: Viewer, slug: str) -> Category:
    """Find a category; raise NotFound where the viewer may not know of it."""
    category = db.session.scalar(visible_categories(viewer).where(Category.slug == slug))
    if category is None:
        raise NotFound
    return category


def writable_categories(viewer: Viewer) -> list[Category]:
    """List the categories in which the viewer may open threads."""
    categories = db.session.scalars(visible_categories(viewer))
    return [c for c in categories if policies.can_write_category(viewer, c)]


def category_overview(viewer: Viewer) -> list[CategorySummary]:
    """List the categories with counts, unread threads and the latest one, in four statements."""
    categories = db.session.scalars(visible_categories(viewer)).all()
    counts = _counts(viewer)
    latest = _latest(viewer, [category.id for category in categories])
    return [
        CategorySummary(c, *counts.get(c.id, (0, 0, 0)), latest=latest.get(c.id))
        for c in categories
    ]


def _counts(viewer: Viewer) -> dict[int, tuple[int, int, int]]:
    statement = (
        visible_threads(viewer)
        .outerjoin(ReadState, own_read_state(viewer))
        .with_only_columns(
            Thread.category_id,
            func.count(),
            func.sum(Thread.post_count),
            func.count().filter(unread_clause(viewer)),
        )
        .group_by(Thread.category_id)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in db.session.execute(statement)}


def _latest(viewer: Viewer, category_ids: list[int]) -> dict[int, ThreadRow]:
    if not category_ids:
        return {}
    room = aliased(Category)
    newest = (
        visible_threads(viewer)
        .with_only_columns(Thread.id)
        .where(Thread.category_id == room.id)
        .order_by(Thread.last_post_at.desc(), Thread.id.desc())
        .limit(1)
        .correlate(room)
        .scalar_subquery()
    )
    ids = db.select(newest).select_from(room).where(room.id.in_(category_ids))
    statement = db.select(Thread).where(Thread.id.in_(ids)).options(*_for_list())
    rows = thread_rows(viewer, db.session.scalars(statement))
    return {row.thread.category_id: row for row in rows}
