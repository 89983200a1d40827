"""Lists of threads over all categories that a viewer may see, narrowed down by filters.

Every list selects no more ids than it shows and counts (``queries.threads.COUNTED``) and loads
only the rows of one page. Land and size of a thread are those of the municipality that it is
about; where it is about none, those of the municipalities that its author belongs to.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    union,
)
from sqlalchemy.orm import aliased

from kts.accounts.models import MunicipalityMembership
from kts.core.access import Viewer
from kts.extensions import db
from kts.forum.models import KINDS, QUESTION, Category, Post, ReadState, Thread, thread_topic
from kts.forum.models.reading import CategoryRead
from kts.forum.queries.following import unmuted
from kts.forum.queries.threads import (
    COUNTED,
    BoundedPage,
    bounded_page,
    chosen_threads,
    first_of,
    listed,
    ordered,
    pinned_first,
    visible_threads,
)
from kts.forum.queries.unread import (
    came,
    is_person,
    known_unread,
    own_category_read,
    own_read_state,
    unopened_unread,
)
from kts.municipalities.geography import LAENDER
from kts.municipalities.models import SIZE_CLASSES, SIZE_LIMITS, Municipality, Topic
from kts.notifications.levels import RANKS, STRENGTHS, weight
from kts.notifications.models import (
    CATEGORY,
    FOLLOW,
    GROUP,
    MUNICIPALITY,
    MUTE,
    THREAD,
    TOPIC,
    WATCH,
    Subscription,
)

ALL, NEW, HOT, UNANSWERED = "alle", "neu", "aktuell", "unbeantwortet"
UNREAD, MINE, FOLLOWED = "ungelesen", "meine", "verfolgt"
PERSONAL = (UNREAD, MINE, FOLLOWED)
LISTS = (ALL, NEW, HOT, UNANSWERED, *PERSONAL)


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed down to; empty values do not filter. ``muted`` shows those too."""

    category: Category | None = None
    topic: Topic | None = None
    land: str = ""
    size: str = ""
    kind: str = ""
    muted: bool = False

    def arguments(self) -> dict[str, Any]:
        """Give the filters as arguments of an address, without the empty ones."""
        given = {
            "bereich": self.category.slug if self.category else "",
            "feld": self.topic.slug if self.topic else "",
            "land": self.land,
            "groesse": self.size,
            "art": self.kind,
            "stumm": 1 if self.muted else None,
        }
        return {name: value for name, value in given.items() if value}


def read_filters(
    arguments: Any, categories: Sequence[Category], topics: Sequence[Topic]
) -> Filters:
    """Read the filters of an address; values that nobody knows do not filter."""
    rooms = {category.slug: category for category in categories}
    fields = {topic.slug: topic for topic in topics}
    land, size, kind = (arguments.get(name, "") for name in ("land", "groesse", "art"))
    return Filters(
        category=rooms.get(arguments.get("bereich", "")),
        topic=fields.get(arguments.get("feld", "")),
        land=land if land in LAENDER else "",
        size=size if size in SIZE_CLASSES else "",
        kind=kind if kind in KINDS else "",
        muted=arguments.get("stumm") == "1",
    )


def list_page(
    viewer: Viewer, name: str, filters: Filters, categories: Sequence[Category], page: int
) -> BoundedPage:
    """Give one page of the list; ``categories`` are all that the viewer may see."""
    rooms = [filters.category] if filters.category else categories
    return bounded_page(viewer, _select(viewer, name, filters, rooms), page)


def _select(
    viewer: Viewer, name: str, filters: Filters, rooms: Sequence[Category]
) -> Callable[[int], Select[Any]]:
    narrowed = _conditions(filters)
    tokens = {room.visibility for room in rooms} or {""}
    if name == UNREAD:
        return lambda limit: unread_ids(viewer, rooms, limit, *narrowed)
    if name == MINE:
        return lambda limit: _by_activity(viewer, limit, _mine(viewer), *narrowed)
    if name == FOLLOWED:
        narrowed.append(_hears_of(viewer))
        return lambda limit: _by_activity(viewer, limit, _followed(viewer), *narrowed)
    if name == ALL and filters.category:
        return lambda limit: pinned_first(viewer, rooms[0], limit, *narrowed)
    if name in (NEW, HOT):
        narrowed.extend(_not_muted(viewer, filters))
    if name == UNANSWERED:
        narrowed.extend(_unanswered())
    key = {ALL: Thread.last_post_at, HOT: Thread.hot}.get(name, Thread.created)
    return lambda limit: ordered(viewer, key, limit, *narrowed, tokens=tokens)


def _by_activity(
    viewer: Viewer, limit: int, ids: Any, *conditions: ColumnElement[bool]
) -> Select[Any]:
    """Order what one person's own rows name: few enough to be sorted."""
    return (
        chosen_threads(viewer, ids)
        .with_only_columns(Thread.id, Thread.category_id)
        .where(*listed(), *conditions)
        .order_by(Thread.last_post_at.desc(), Thread.id.desc())
        .limit(limit)
    )


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.category:
        found.append(Thread.category_id == filters.category.id)
    if filters.topic:
        about = db.select(thread_topic.c.thread_id).where(
            thread_topic.c.topic_id == filters.topic.id
        )
        found.append(Thread.id.in_(about))
    if filters.kind:
        found.append(Thread.kind == filters.kind)
    if places := _places(filters):
        found.append(_from(places))
    return found


def _places(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.land:
        found.append(Municipality.land == filters.land)
    if filters.size == "district":
        found.append(Municipality.kind == "district")
    elif filters.size:
        low, high = next((low, high) for code, low, high in SIZE_LIMITS if code == filters.size)
        found.append(Municipality.kind.in_(("town", "municipality")))
        found.append(Municipality.population >= low)
        found.extend([Municipality.population < high] if high else [])
    return found


def _from(places: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Keep threads about such a municipality, or about none and asked from such a one."""
    such = db.select(Municipality.id).where(*places)
    people = (
        db.select(MunicipalityMembership.user_id)
        .join(Municipality, Municipality.id == MunicipalityMembership.municipality_id)
        .where(*places)
    )
    return or_(
        Thread.municipality_id.in_(such),
        and_(Thread.municipality_id.is_(None), Thread.author_id.in_(people)),
    )


def _unanswered() -> tuple[ColumnElement[bool], ...]:
    """Keep questions that wait for a first answer and can be answered."""
    return (
        Thread.kind == QUESTION,
        Thread.answers_by_others == 0,
        Thread.accepted_post_id.is_(None),
        ~Thread.locked,
        ~Thread.hidden,
    )


def _not_muted(viewer: Viewer, filters: Filters) -> list[ColumnElement[bool]]:
    """Leave out what she muted; who asks for one category or topic sees what is in it."""
    if not is_person(viewer) or filters.muted:
        return []
    if filters.category or filters.topic:
        return [Thread.id.not_in(_targets(viewer, THREAD, MUTE))]
    return [unmuted(viewer)]


def has_muted(viewer: Viewer) -> bool:
    """Say whether the viewer has muted anything at all."""
    if not is_person(viewer):
        return False
    mutes = exists().where(Subscription.user_id == viewer.id, Subscription.level == MUTE)
    return bool(db.session.scalar(db.select(mutes)))


def _mine(viewer: Viewer) -> CompoundSelect[Any]:
    """Select the threads that the viewer opened or wrote in."""
    thread = aliased(Thread)
    wrote = db.select(Post.thread_id).where(Post.author_id == viewer.id, Post.deleted.is_(None))
    return union(db.select(thread.id).where(thread.author_id == viewer.id), wrote)


def _followed(viewer: Viewer) -> CompoundSelect[Any]:
    """Select the threads that concern what the viewer watches or follows."""
    thread, loud = aliased(Thread), (WATCH, FOLLOW)
    token = literal("group:") + cast(Subscription.target_id, String)
    about = {
        thread.municipality_id: _targets(viewer, MUNICIPALITY, *loud),
        thread.category_id: _targets(viewer, CATEGORY, *loud),
        thread.visibility: _targets(viewer, GROUP, *loud, column=token),
    }
    topics = _targets(viewer, TOPIC, *loud)
    return union(
        _targets(viewer, THREAD, *loud),
        db.select(thread_topic.c.thread_id).where(thread_topic.c.topic_id.in_(topics)),
        *(db.select(thread.id).where(column.in_(targets)) for column, targets in about.items()),
    )


def _hears_of(viewer: Viewer) -> ColumnElement[bool]:
    """Keep threads for which the choice that counts is to watch or follow."""
    weights = [rank + STRENGTHS[level] for rank in set(RANKS.values()) for level in (WATCH, FOLLOW)]
    return _heaviest(viewer).in_(sorted(weights))


def _targets(viewer: Viewer, kind: str, *levels: str, column: Any = None) -> Select[Any]:
    statement = db.select(Subscription.target_id if column is None else column)
    return statement.where(
        Subscription.user_id == viewer.id,
        Subscription.kind == kind,
        Subscription.level.in_(levels),
    )


def _heaviest(viewer: Viewer) -> Any:
    """Give the weight of the choice that counts for a thread, see ``notifications.levels``."""
    topics = db.select(thread_topic.c.topic_id).where(thread_topic.c.thread_id == Thread.id)
    token = literal("group:") + cast(Subscription.target_id, String)
    concerns = {
        THREAD: Subscription.target_id == Thread.id,
        TOPIC: Subscription.target_id.in_(topics.correlate(Thread)),
        MUNICIPALITY: Subscription.target_id == Thread.municipality_id,
        CATEGORY: Subscription.target_id == Thread.category_id,
        GROUP: token == Thread.visibility,
    }
    chosen = or_(*(and_(Subscription.kind == kind, those) for kind, those in concerns.items()))
    return (
        db.select(func.max(weight()))
        .where(Subscription.user_id == viewer.id, chosen)
        .correlate(Thread)
        .scalar_subquery()
    )


# What is unread --------------------------------------------------------------------------------


def unread_ids(
    viewer: Viewer, rooms: Sequence[Category], limit: int, *conditions: ColumnElement[bool]
) -> Select[Any]:
    """Select the unread threads in these categories that were answered last.

    Two sorts: threads with a mark of the viewer's, found from her marks, and those that she never
    opened, found from the newest backwards to the day on which she came or read all categories.
    """
    floor = _floor(viewer, rooms)
    wanted = (*conditions, Thread.category_id.in_([room.id for room in rooms]))
    key = Thread.last_post_at
    here = func.coalesce(Thread.category_id, 0).in_([room.id for room in rooms])
    opened = (
        _columns(viewer, key, looked_up=True)
        .join(ReadState, own_read_state(viewer))
        .outerjoin(CategoryRead, own_category_read(viewer))
        .where(known_unread(), *listed(), *conditions, here)
    )
    branches = [opened.order_by(key.desc(), Thread.id.desc()).limit(limit)]
    for token in sorted({room.visibility for room in rooms}):
        unopened = (
            _columns(viewer, key)
            .outerjoin(CategoryRead, own_category_read(viewer))
            .where(
                Thread.visibility == token,
                key > floor,
                ~exists().where(own_read_state(viewer)),
                unopened_unread(viewer),
                *listed(),
                *wanted,
            )
        )
        branches.append(unopened.order_by(key.desc(), Thread.id.desc()).limit(limit))
    return first_of(branches, limit)


def _columns(viewer: Viewer, key: Any, *, looked_up: bool = False) -> Select[Any]:
    return visible_threads(viewer, looked_up=looked_up).with_only_columns(
        Thread.id, Thread.category_id, key.label("key")
    )


def _floor(viewer: Viewer, rooms: Sequence[Category]) -> datetime:
    """Give the moment before which nothing that was never opened is unread."""
    statement = db.select(CategoryRead.category_id, CategoryRead.read_at)
    rows = db.session.execute(statement.where(CategoryRead.user_id == viewer.id))
    read = dict(rows.all())
    oldest = [read.get(room.id, came(viewer)) for room in rooms]
    return max([came(viewer), *([min(oldest)] if oldest else [])])


@dataclass(frozen=True)
class UnreadCount:
    """How many threads are unread, counted no further than COUNTED, and in which categories."""

    total: int = 0
    more: bool = False
    categories: Counter[int] | None = None

    def in_category(self, category: Category) -> int:
        """Give how many of those that were counted are in the category."""
        return (self.categories or Counter())[category.id]


def unread_count(viewer: Viewer, categories: Sequence[Category]) -> UnreadCount:
    """Count the unread threads in these categories, in two statements."""
    if not is_person(viewer) or not categories:
        return UnreadCount()
    rows = db.session.execute(unread_ids(viewer, categories, COUNTED + 1)).all()
    counted = Counter(row.category_id for row in rows[:COUNTED])
    return UnreadCount(min(len(rows), COUNTED), len(rows) > COUNTED, counted)
