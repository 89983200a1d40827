"""The rooms and conversations of one group, as a viewer may see them."""

from kts.accounts.models import Group
from kts.core.access import Viewer
from kts.core.errors import NotFound
from kts.extensions import db
from kts.forum.models import Category, Thread
from kts.forum.queries.categories import visible_categories
from kts.forum.queries.threads import (
    ThreadRow,
    _for_list,
    by_activity,
    thread_rows,
    visible_threads,
)

LATEST = 8  # what fits beside the rest of a group's page


def rooms_of(viewer: Viewer, group: Group) -> list[Category]:
    """List the categories that only this group reads."""
    statement = visible_categories(viewer).where(Category.visibility == group.token)
    return list(db.session.scalars(statement))


def get_room(viewer: Viewer, group: Group, slug: str) -> Category:
    """Find one category of the group; raise NotFound for any other."""
    room = next((room for room in rooms_of(viewer, group) if room.slug == slug), None)
    if room is None:
        raise NotFound
    return room


def latest_in_group(viewer: Viewer, group: Group) -> list[ThreadRow]:
    """List the group's threads with the newest posts."""
    statement = (
        visible_threads(viewer)
        .where(Thread.visibility == group.token)
        .options(*_for_list())
        .order_by(*by_activity())
        .limit(LATEST)
    )
    return thread_rows(viewer, db.session.scalars(statement))
