"""The rooms of the forum as a viewer may see them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, bindparam, func, union_all
from sqlalchemy.orm import aliased

from kts.core.access import Viewer, visible
from kts.core.errors import NotFound
from kts.core.prepared import Prepared
from kts.extensions import db
from kts.forum import policies
from kts.forum.models import Category, Thread
from kts.forum.queries.threads import COUNTED, ThreadRow, listed, rows_of, visible_threads


@dataclass(frozen=True)
class CategorySummary:
    """A category with its numbers, as this viewer may know them; ``more``: at least so many."""

    category: Category
    threads: int
    more: bool
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


def require_category(viewer: Viewer, slug: str) -> None:
    """Raise NotFound where the viewer may not know of the category; the quickest way to ask."""
    rows = _AUDIENCE(slug=slug)
    if not rows or rows[0][0] not in viewer.visibility_tokens:
        raise NotFound


_AUDIENCE = Prepared(
    lambda: db.select(Category.visibility).where(Category.slug == bindparam("slug"))
)


def writable_categories(viewer: Viewer) -> list[Category]:
    """List the categories in which the viewer may open threads."""
    categories = db.session.scalars(visible_categories(viewer))
    return [c for c in categories if policies.can_write_category(viewer, c)]


def category_overview(viewer: Viewer) -> list[CategorySummary]:
    """List the categories with bounded counts and the latest thread, in a few statements."""
    categories = db.session.scalars(visible_categories(viewer)).all()
    counts = _counts(viewer, categories)
    latest = _latest(viewer, [category.id for category in categories])
    return [
        CategorySummary(
            category,
            min(counts.get(category.id, 0), COUNTED),
            counts.get(category.id, 0) > COUNTED,
            latest.get(category.id),
        )
        for category in categories
    ]


def _counts(viewer: Viewer, categories: Sequence[Category]) -> dict[int, int]:
    """Count the threads of each category, no further than one beyond COUNTED."""
    branches = [
        visible_threads(viewer)
        .with_only_columns(Thread.category_id)
        .where(Thread.category_id == category.id, *listed())
        .limit(COUNTED + 1)
        for category in categories
    ]
    if not branches:
        return {}
    found = union_all(*(db.select(branch.subquery()) for branch in branches)).subquery()
    statement = db.select(found.c.category_id, func.count()).group_by(found.c.category_id)
    return dict(db.session.execute(statement).all())


def _latest(viewer: Viewer, category_ids: list[int]) -> dict[int, ThreadRow]:
    """Find each category's newest thread, pinned or not: both halves of one index."""
    if not category_ids:
        return {}
    room = aliased(Category)
    newest = [
        visible_threads(viewer)
        .with_only_columns(Thread.id)
        .where(Thread.category_id == room.id, Thread.pinned.is_(pinned), *listed())
        .order_by(Thread.last_post_at.desc())
        .limit(1)
        .correlate(room)
        .scalar_subquery()
        for pinned in (True, False)
    ]
    rooms = db.select(*newest).select_from(room).where(room.id.in_(category_ids))
    ids = {number for pair in db.session.execute(rooms) for number in pair if number}
    rows: dict[int, ThreadRow] = {}
    for row in rows_of(viewer, sorted(ids)):
        other = rows.get(row.thread.category_id)
        if other is None or other.thread.last_post_at <= row.thread.last_post_at:
            rows[row.thread.category_id] = row
    return rows
