"""How closely people follow threads, for display, for lists and for telling them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, true

from kts.accounts.models import Group
from kts.accounts.queries import visible_groups
from kts.core.access import Viewer
from kts.extensions import db
from kts.forum.models import Category, Post, Thread, thread_topic
from kts.forum.queries.categories import visible_categories
from kts.forum.queries.threads import visible_threads
from kts.municipalities.models import Municipality, Topic
from kts.notifications.levels import (
    NOTHING_CHOSEN,
    Choice,
    Places,
    chosen_levels,
    decisive,
    says_mute,
    weight,
)
from kts.notifications.models import (
    CATEGORY,
    GROUP,
    MUNICIPALITY,
    THREAD,
    TOPIC,
    Subscription,
)
from kts.notifications.subscriptions import Found

GROUP_TOKEN = "group:"  # noqa: S105 - how the visibility of a group's rows begins


def shared(viewer: Viewer, thread: Thread, posts: Sequence[Post]) -> dict[str, Any]:
    """Give nothing: how closely somebody follows is her own matter."""
    return {}


def own(viewer: Viewer, thread: Thread, posts: Sequence[Post]) -> dict[str, Any]:
    """Give how closely the viewer follows the thread, in one statement."""
    return {"follow_choice": level_of(viewer, thread)}


def places_of(thread: Thread) -> Places:
    """Give everything by which somebody may follow the thread."""
    topics = db.select(thread_topic.c.topic_id).where(thread_topic.c.thread_id == thread.id)
    places: dict[str, Any] = {THREAD: [thread.id], TOPIC: topics, CATEGORY: [thread.category_id]}
    if thread.municipality_id is not None:
        places[MUNICIPALITY] = [thread.municipality_id]
    if thread.visibility.startswith(GROUP_TOKEN):
        places[GROUP] = [int(thread.visibility.removeprefix(GROUP_TOKEN))]
    return places


def levels_for_thread(thread: Thread) -> dict[int, Choice]:
    """Give the level that counts for everybody who chose one that concerns the thread."""
    return chosen_levels(places_of(thread))


def level_of(viewer: Viewer, thread: Thread) -> Choice:
    """Give the level that counts for the viewer, and what it was chosen for."""
    if not viewer.is_authenticated:
        return NOTHING_CHOSEN
    return chosen_levels(places_of(thread), viewer.id).get(viewer.id, NOTHING_CHOSEN)  # type: ignore[arg-type]


def levels_of(viewer: Viewer, threads: Iterable[Thread]) -> dict[int, Choice]:
    """Give :func:`level_of` for each thread of a list, in two statements for all of them."""
    threads = list(threads)
    if not threads or not viewer.is_authenticated:
        return {}
    statement = db.select(Subscription.kind, Subscription.target_id, Subscription.level)
    chosen = {
        (kind, target_id): Choice(level, kind, target_id)
        for kind, target_id, level in db.session.execute(
            statement.where(Subscription.user_id == viewer.id)
        )
    }
    topics = _topics_of([thread.id for thread in threads])
    return {
        thread.id: decisive(
            chosen[place] for place in _keys(thread, topics.get(thread.id, ())) if place in chosen
        )
        for thread in threads
    }


def _topics_of(thread_ids: Sequence[int]) -> dict[int, list[int]]:
    statement = db.select(thread_topic.c.thread_id, thread_topic.c.topic_id)
    topics: dict[int, list[int]] = {}
    for thread_id, topic_id in db.session.execute(
        statement.where(thread_topic.c.thread_id.in_(thread_ids))
    ):
        topics.setdefault(thread_id, []).append(topic_id)
    return topics


def _keys(thread: Thread, topics: Iterable[int]) -> list[tuple[str, int]]:
    fixed = {kind: ids for kind, ids in places_of(thread).items() if kind != TOPIC}
    keys = [(kind, target_id) for kind, ids in fixed.items() for target_id in ids]
    return keys + [(TOPIC, topic_id) for topic_id in topics]


def unmuted(viewer: Viewer) -> ColumnElement[bool]:
    """Say in SQL that the viewer has not muted a thread: the condition for her lists."""
    if not viewer.is_authenticated:
        return true()
    topics = db.select(thread_topic.c.topic_id).where(thread_topic.c.thread_id == Thread.id)
    belongs = or_(
        _is(THREAD, Subscription.target_id == Thread.id),
        _is(TOPIC, Subscription.target_id.in_(topics.correlate(Thread))),
        _is(MUNICIPALITY, Subscription.target_id == Thread.municipality_id),
        _is(CATEGORY, Subscription.target_id == Thread.category_id),
        _is(GROUP, Thread.visibility == GROUP_TOKEN + cast(Subscription.target_id, String)),
    )
    heaviest = (
        db.select(func.max(weight()))
        .where(Subscription.user_id == viewer.id, belongs)
        .correlate(Thread)
        .scalar_subquery()
    )
    return ~func.coalesce(says_mute(heaviest), False)


def _is(kind: str, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(Subscription.kind == kind, condition)


def find_threads(viewer: Viewer, ids: Collection[int] | None) -> Mapping[int, Found]:
    """Find threads that can be followed."""
    statement = visible_threads(viewer).where(Thread.id.in_(ids or ()))
    return {t.id: Found(t.id, t.title, t.path) for t in db.session.scalars(statement)}


def find_categories(viewer: Viewer, ids: Collection[int] | None) -> Mapping[int, Found]:
    """Find categories that can be followed, all for no ids."""
    statement = visible_categories(viewer)
    if ids is not None:
        statement = statement.where(Category.id.in_(ids))
    return {c.id: Found(c.id, c.name, f"/forum/{c.slug}") for c in db.session.scalars(statement)}


def find_topics(viewer: Viewer, ids: Collection[int] | None) -> Mapping[int, Found]:
    """Find topics that can be followed, all for no ids."""
    statement = db.select(Topic).order_by(Topic.sort, Topic.id)
    if ids is not None:
        statement = statement.where(Topic.id.in_(ids))
    else:
        statement = statement.where(Topic.retired_at.is_(None), Topic.merged_into_id.is_(None))
    return {
        t.id: Found(t.id, t.label, f"/kommunen?handlungsfeld={t.slug}")
        for t in db.session.scalars(statement)
    }


def find_municipalities(viewer: Viewer, ids: Collection[int] | None) -> Mapping[int, Found]:
    """Find municipalities that can be followed."""
    statement = db.select(Municipality).where(Municipality.id.in_(ids or ()))
    return {m.id: Found(m.id, m.name, m.path) for m in db.session.scalars(statement)}


def find_groups(viewer: Viewer, ids: Collection[int] | None) -> Mapping[int, Found]:
    """Find groups that can be followed, all that the viewer may read for no ids."""
    return {
        g.id: Found(g.id, g.name, f"/gruppen/{g.slug}")
        for g in visible_groups(viewer)
        if _reads(viewer, g) and (ids is None or g.id in ids)
    }


def _reads(viewer: Viewer, group: Group) -> bool:
    return group.token in viewer.visibility_tokens


TARGETS = {
    THREAD: (find_threads, Thread.id, False),
    TOPIC: (find_topics, Topic.id, True),
    MUNICIPALITY: (find_municipalities, Municipality.id, False),
    CATEGORY: (find_categories, Category.id, True),
    GROUP: (find_groups, Group.id, True),
}
