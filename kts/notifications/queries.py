"""Reads about notifications and subscriptions; everybody sees only her own."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_login import current_user
from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    bindparam,
    case,
    cast,
    func,
    literal_column,
)
from sqlalchemy.orm import aliased

from kts.core.access import Viewer
from kts.core.prepared import Prepared
from kts.extensions import db
from kts.notifications import texts
from kts.notifications.levels import NOTHING_CHOSEN, Choice
from kts.notifications.models import DIRECT, Notification, Subscription
from kts.notifications.texts import Saying

MOST_COUNTED = 100  # the header says "99+" for it; counting on would cost and tell nothing
SHOWN_OF_GROUP = 30  # messages of one group that are put into words; the number says the rest
GROUPS_PER_PAGE = 20
MOST_GROUPS = 200  # whoever looks further back searches

UNREAD, DIRECTLY = "unread", "direct"


@dataclass(frozen=True)
class Line:
    """One sentence of a group; ``id`` names the message that a click follows."""

    id: int
    saying: Saying
    created: datetime


@dataclass(frozen=True)
class Group:
    """What a person was told about one thing, read or unread, the newest group first."""

    key: str
    target: str
    unread: bool
    total: int
    newest_id: int
    lines: list[Line]

    @property
    def subject(self) -> tuple[str, int] | None:
        """Give kind and id of what can be followed more or less closely."""
        return next((line.saying.subject for line in self.lines if line.saying.subject), None)

    @property
    def level(self) -> str:
        """Give how closely the reader follows the subject."""
        return next((line.saying.level for line in self.lines if line.saying.subject), "")

    @property
    def title(self) -> str:
        """Name the thing; empty where it has no name or may not be known."""
        return next((line.saying.title for line in self.lines if line.saying.title), "")


def _some_unread() -> Select[tuple[int]]:
    some = (
        db.select(literal_column("1"))
        .where(Notification.user_id == bindparam("person"), Notification.read_at.is_(None))
        .limit(literal_column(str(MOST_COUNTED)))
        .subquery()
    )
    return db.select(func.count()).select_from(some)


_UNREAD = Prepared(_some_unread)


def unread_count() -> int:
    """Count the signed-in person's unread messages, up to MOST_COUNTED; 0 for guests."""
    if not current_user.is_authenticated:
        return 0
    return _UNREAD(person=current_user.id)[0][0]


def unread_counts(viewer: Viewer) -> dict[str, int]:
    """Count unread messages, all and those that concern the viewer directly."""
    direct = func.count().filter(Notification.level == DIRECT)
    statement = db.select(func.count(), direct).where(
        Notification.user_id == viewer.id, Notification.read_at.is_(None)
    )
    unread, directly = db.session.execute(statement).one()
    return {UNREAD: unread, DIRECTLY: directly}


def groups(viewer: Viewer, only: str, number: int) -> tuple[list[Group], bool]:
    """Give the newest groups of messages in words, and whether there are more.

    ``only`` keeps the unread ones or those that concern the viewer directly. The number of
    statements depends on the kinds of messages, not on their number.
    """
    heads = db.session.execute(_heads(viewer, only).limit(number + 1)).all()
    shown = heads[:number]
    members = _members(viewer, only, [head.key for head in shown])
    sets = [_sets(members[head.key, head.unread]) for head in shown]
    said = iter(texts.speak(viewer, [messages for of_group in sets for messages in of_group]))
    made = [
        _group(head, [_line(messages, next(said)) for messages in of_group])
        for head, of_group in zip(shown, sets, strict=True)
    ]
    return made, len(heads) > number


def _key() -> ColumnElement[str]:
    """Give what groups messages: the thing they are about, or each for itself.

    Without bound parameters, since PostgreSQL must see that selected and grouped are the same.
    """
    return case(
        (Notification.target != literal_column("''"), Notification.target),
        else_=literal_column("'message:'") + cast(Notification.id, String),
    )


def _conditions(viewer: Viewer, only: str) -> list[ColumnElement[bool]]:
    conditions = [Notification.user_id == viewer.id]
    if only == UNREAD:
        conditions.append(Notification.read_at.is_(None))
    elif only == DIRECTLY:
        conditions.append(Notification.level == DIRECT)
    return conditions


def _heads(viewer: Viewer, only: str) -> Select[Any]:
    key, unread = _key().label("key"), Notification.read_at.is_(None).label("unread")
    newest = func.max(Notification.created)
    return (
        db.select(
            key,
            unread,
            func.max(Notification.target).label("target"),
            func.count().label("total"),
            func.max(Notification.id).label("newest_id"),
        )
        .where(*_conditions(viewer, only))
        .group_by(key, unread)
        .order_by(newest.desc(), func.max(Notification.id).desc())
    )


def _members(
    viewer: Viewer, only: str, keys: Sequence[str]
) -> dict[tuple[str, bool], list[Notification]]:
    """Fetch the newest messages of each group, the oldest of them first."""
    key, unread = _key(), Notification.read_at.is_(None)
    place = func.row_number().over(partition_by=(key, unread), order_by=Notification.id.desc())
    ranked = (
        db.select(Notification, key.label("key"), place.label("place"))
        .where(*_conditions(viewer, only), key.in_(keys))
        .subquery()
    )
    message = aliased(Notification, ranked)
    statement = (
        db.select(message, ranked.c.key)
        .where(ranked.c.place <= SHOWN_OF_GROUP)
        .order_by(message.id)
    )
    found = defaultdict(list)
    for row, its_key in db.session.execute(statement):
        found[its_key, row.read_at is None].append(row)
    return found


def _sets(messages: Sequence[Notification]) -> list[list[Notification]]:
    """Divide a group into what is said in one sentence each, the newest first."""
    sets: dict[Any, list[Notification]] = {}
    for message in messages:
        key = message.kind if texts.is_together(message.kind) else message.id
        sets.setdefault(key, []).append(message)
    return sorted(sets.values(), key=lambda some: some[-1].id, reverse=True)


def _line(messages: Sequence[Notification], saying: Saying) -> Line:
    newest = max(messages, key=lambda message: message.created)
    return Line(newest.id, saying, newest.created)


def _group(head: Any, lines: list[Line]) -> Group:
    return Group(head.key, head.target, bool(head.unread), head.total, head.newest_id, lines)


def choice_for(viewer: Viewer, kind: str, target_id: int) -> Choice:
    """Give what the viewer chose for one thing."""
    rows = _CHOSEN(person=viewer.id, kind=kind, target=target_id)
    return Choice(rows[0][0], kind, target_id) if rows else NOTHING_CHOSEN


_CHOSEN = Prepared(
    lambda: db.select(Subscription.level).where(
        Subscription.user_id == bindparam("person"),
        Subscription.kind == bindparam("kind"),
        Subscription.target_id == bindparam("target"),
    )
)


def own_choices(viewer: Viewer) -> dict[str, dict[int, Subscription]]:
    """Give all that the viewer chose, by kind, the newest first."""
    statement = db.select(Subscription).filter_by(user_id=viewer.id)
    found: dict[str, dict[int, Subscription]] = defaultdict(dict)
    for chosen in db.session.scalars(
        statement.order_by(Subscription.created.desc(), Subscription.id.desc())
    ):
        found[chosen.kind][chosen.target_id] = chosen
    return found
