"""What of the forum follows people: questions and subscriptions to a successor, out of a group.

Accounts call this through registries, since they stand to the left.
"""

from collections.abc import Iterable
from typing import Any

from flask import Flask
from flask_babel import ngettext
from sqlalchemy import Select, delete, exists, or_

from kts.accounts import handing_over
from kts.accounts.handing_over import Part, Passing
from kts.accounts.models import Group, User
from kts.core import slots
from kts.core.judging import EDIT
from kts.extensions import db
from kts.forum.models import QUESTION, Category, Post, Thread, thread_topic
from kts.forum.models.drafts import Draft
from kts.forum.models.held import OPEN, HeldContribution
from kts.forum.services.drafts import pass_drafts, pass_held
from kts.notifications.models import (
    CATEGORY,
    CHOSEN,
    GROUP,
    MUNICIPALITY,
    MUTE,
    THREAD,
    TOPIC,
    WATCH,
    Notification,
    Subscription,
)


def init_app(app: Flask) -> None:
    """Register what passes at a handover, and what goes with a member who leaves a group."""
    slots.register(app, "left_group", forget_group)
    for part in PARTS:
        handing_over.register(app, part)


def open_questions(passing: Passing) -> Select[tuple[Thread]]:
    """Select the questions without an accepted answer that she looks after for the municipality."""
    person, place = passing.predecessor.id, passing.municipality_id
    official = exists().where(
        Post.thread_id == Thread.id, Post.number == 1, Post.official_for_id == place
    )
    hers = (Thread.author_id == person) & Thread.steward_id.is_(None)
    return (
        db.select(Thread)
        .where(
            Thread.kind == QUESTION,
            Thread.accepted_post_id.is_(None),
            Thread.deleted.is_(None),
            Thread.merged_into_id.is_(None),
            ~Thread.hidden,
            Thread.visibility.in_(sorted(passing.tokens)),
        )
        .where(or_(Thread.municipality_id == place, official))
        .where(or_(hers, Thread.steward_id == person))
    )


def _pass_questions(passing: Passing) -> int:
    """Let the successor look after them; her own question handed back needs no steward."""
    threads = db.session.scalars(open_questions(passing)).all()
    successor = _successor(passing)
    for thread in threads:
        thread.steward_id = None if thread.author_id == successor.id else successor.id
    _subscribe(successor, ((THREAD, thread.id, WATCH) for thread in threads))
    return len(threads)


def subscriptions(passing: Passing) -> Select[tuple[Subscription]]:
    """Select what she follows of the municipality: itself, its threads, their fields of action."""
    place = passing.municipality_id
    threads = db.select(Thread.id).where(
        Thread.municipality_id == place, Thread.visibility.in_(sorted(passing.tokens))
    )
    topics = (
        db.select(thread_topic.c.topic_id)
        .join(Thread, Thread.id == thread_topic.c.thread_id)
        .where(Thread.municipality_id == place)
    )
    concerned = or_(
        (Subscription.kind == MUNICIPALITY) & (Subscription.target_id == place),
        (Subscription.kind == THREAD) & Subscription.target_id.in_(threads),
        (Subscription.kind == TOPIC) & Subscription.target_id.in_(topics),
    )
    return db.select(Subscription).where(
        Subscription.user_id == passing.predecessor.id, Subscription.level != MUTE, concerned
    )


def _pass_subscriptions(passing: Passing) -> int:
    """Copy them to the successor, who keeps what she chose herself."""
    rows = db.session.scalars(subscriptions(passing)).all()
    _subscribe(_successor(passing), ((row.kind, row.target_id, row.level) for row in rows))
    if not passing.keeps_subscriptions:
        for row in rows:
            db.session.delete(row)
    db.session.flush()
    return len(rows)


def _subscribe(user: User, wanted: Iterable[tuple[str, int, str]]) -> None:
    known = {
        (row.kind, row.target_id)
        for row in db.session.execute(
            db.select(Subscription.kind, Subscription.target_id).filter_by(user_id=user.id)
        )
    }
    for kind, target_id, level in wanted:
        if (kind, target_id) not in known:
            db.session.add(
                Subscription(
                    user_id=user.id, kind=kind, target_id=target_id, level=level, reason=CHOSEN
                )
            )
            known.add((kind, target_id))
    db.session.flush()


def _successor(passing: Passing) -> User:
    if passing.successor is None:
        raise ValueError("nothing passes before somebody takes it")
    return passing.successor


def _number(statement: Select[Any]) -> int:
    counted = statement.subquery()
    return db.session.scalar(db.select(db.func.count()).select_from(counted)) or 0


def forget_group(user: User, group: Group) -> None:
    """Take away what she was told about the group's threads, and what she follows of them."""
    if user.is_moderator:
        return
    threads = db.select(Thread.id).where(Thread.visibility == group.token)
    rooms = db.select(Category.id).where(Category.visibility == group.token)
    ids = db.session.scalars(threads).all()
    db.session.execute(
        delete(Subscription).where(
            Subscription.user_id == user.id,
            or_(
                (Subscription.kind == THREAD) & Subscription.target_id.in_(threads),
                (Subscription.kind == CATEGORY) & Subscription.target_id.in_(rooms),
                (Subscription.kind == GROUP) & (Subscription.target_id == group.id),
            ),
        )
    )
    closed = {f"thread:{number}" for number in ids}
    starts = tuple(f"/thema/{number}-" for number in ids)
    told = db.select(Notification).where(
        Notification.user_id == user.id,
        or_(Notification.target.like("thread:%"), Notification.url.like("/thema/%")),
    )
    for notification in db.session.scalars(told).all():
        if notification.target in closed or (starts and notification.url.startswith(starts)):
            db.session.delete(notification)
    db.session.flush()


def _drafts(passing: Passing) -> list[int]:
    """List the drafts in the municipality's name that are for a place which the successor sees.

    What was begun to change an own post stays: nobody changes another's words.
    """
    statement = db.select(Draft).where(
        Draft.user_id == passing.predecessor.id,
        Draft.municipality_id == passing.municipality_id,
        Draft.discarded.is_(None),
        ~Draft.context.like("edit:%"),
    )
    drafts = db.session.scalars(statement).all()
    threads = _seen(passing, Thread.id, {draft.about_id for draft in drafts})
    rooms = _seen(passing, Category.slug, {_room(draft) for draft in drafts})
    about = {draft.id: draft.about_id for draft in drafts}
    return [
        draft.id
        for draft in drafts
        if about[draft.id] in threads or (not about[draft.id] and _room(draft) in rooms | {""})
    ]


def _room(draft: Draft) -> str:
    return str((draft.fields.get("category") or [""])[0])


def _seen(passing: Passing, column: Any, values: set[Any]) -> set[Any]:
    seen = db.select(column).where(
        column.in_(values - {None, ""}),
        column.class_.visibility.in_(sorted(passing.tokens)),
    )
    return set(db.session.scalars(seen))


def _pass_drafts(passing: Passing) -> int:
    return pass_drafts(
        passing.predecessor,
        _successor(passing),
        passing.municipality_id,
        only=_drafts(passing),
    )


def _held(passing: Passing) -> list[int]:
    """List what waits in the municipality's name, for places that the successor sees.

    A change of an own post stays: nobody changes another's words.
    """
    statement = db.select(HeldContribution).where(
        HeldContribution.author_id == passing.predecessor.id,
        HeldContribution.state.in_(OPEN),
        HeldContribution.kind != EDIT,
    )
    return [
        held.id
        for held in db.session.scalars(statement)
        if held.payload.get("official_for_id") == passing.municipality_id
        and held.payload.get("visibility") in passing.tokens
    ]


def _pass_held(passing: Passing) -> int:
    return pass_held(passing.predecessor, _successor(passing), _held(passing))


PARTS = (
    Part(
        "questions",
        lambda number: ngettext(
            "%(num)d open question, to look after", "%(num)d open questions, to look after", number
        ),
        lambda passing: _number(open_questions(passing)),
        _pass_questions,
    ),
    Part(
        "subscriptions",
        lambda number: ngettext("%(num)d subscription", "%(num)d subscriptions", number),
        lambda passing: _number(subscriptions(passing)),
        _pass_subscriptions,
    ),
    Part(
        "drafts",
        lambda number: ngettext("%(num)d draft", "%(num)d drafts", number),
        lambda passing: len(_drafts(passing)),
        _pass_drafts,
    ),
    Part(
        "held",
        lambda number: ngettext(
            "%(num)d contribution that waits for the moderators",
            "%(num)d contributions that wait for the moderators",
            number,
        ),
        lambda passing: len(_held(passing)),
        _pass_held,
    ),
)
