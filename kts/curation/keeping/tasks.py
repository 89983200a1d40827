"""What the worker does: rows for what there is, labels in time, reminders, owners who have left."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, and_, exists, or_, select

from kts.accounts.models import MunicipalityMembership, User
from kts.core import audit, shelf_life
from kts.core.clock import now
from kts.core.shelf_life import KINDS, REMIND_AHEAD, Fact, Kind, ShelfLife, ShelfPeriod
from kts.core.tasks import nightly, recover, task
from kts.core.transactions import reading
from kts.curation.keeping import queries, telling
from kts.extensions import db

log = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
BATCH = 200  # a transaction short enough that nobody waits for it
#: What falls due a little later goes into the same mail, and within these days comes no other one.
BUNDLED = timedelta(days=7)
MOST_ASKED = 50  # in one mail: its link names each of them; the others come a week later


# Rows for what there is


@recover
def mend_each_hour() -> int:
    """Mend at the worker's start and every hour from then on; give how many rows were mended."""
    last = current_app.extensions.get("kts_shelf_life_mended")
    if last is not None and now() - last < EVERY:
        return 0
    current_app.extensions["kts_shelf_life_mended"] = now()
    return mend()


@nightly
def mend() -> int:
    """Bring the rows to what features list as published, in both directions; give how many.

    It can be killed and run again at any moment. One kind that fails stops no other.
    """
    done = 0
    for kind in list(KINDS.values()):
        try:
            done += _mend(kind)
        except Exception:
            log.exception("the shelf life of the kind %s could not be mended", kind.key)
            db.session.rollback()
    return done


@dataclass(frozen=True)
class _Known:
    """What a row says that the feature or the calendar could say otherwise."""

    content: str
    municipality_id: int | None
    published_at: datetime
    confirmed_at: datetime
    due: date | None
    owner_id: int | None
    had_owner: bool
    active: bool

    def lacks(self, fact: Fact, months: int | None) -> bool:
        """Say whether the row is behind the fact."""
        told = (self.content, self.municipality_id, self.active)
        return (
            told != (fact.content, fact.municipality_id, True)
            or fact.published_at > self.published_at
            or self.due != shelf_life.due_after(self.confirmed_at, months)
            or (fact.owner_id is not None and self.owner_id is None and not self.had_owner)
        )


def _mend(kind: Kind) -> int:
    with reading():
        months = shelf_life.periods()
        known = _known(kind.key)
        facts = {fact.subject_id: fact for fact in kind.current()}
        db.session.rollback()
    missing = [
        fact
        for number, fact in facts.items()
        if number not in known or known[number].lacks(fact, months.get(fact.content))
    ]
    over = [number for number, row in known.items() if row.active and number not in facts]
    for batch in _batches(missing):
        for fact in batch:
            shelf_life.put(kind.key, fact, months)
        db.session.commit()
    for numbers in _batches(over):
        rows = select(ShelfLife).where(
            ShelfLife.kind == kind.key, ShelfLife.subject_id.in_(numbers)
        )
        for row in db.session.scalars(rows):
            row.active = False
        db.session.commit()
    return len(missing) + len(over)


def _known(kind: str) -> dict[int, _Known]:
    names = _Known.__dataclass_fields__
    columns = (ShelfLife.subject_id, *(getattr(ShelfLife, name) for name in names))
    rows = db.session.execute(select(*columns).where(ShelfLife.kind == kind))
    return {number: _Known(*values) for number, *values in rows}


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


# Labels


@recover
def label_in_time() -> int:
    """Label what is due since midnight, within the minute; give how many."""
    with reading():
        waits = shelf_life.any_to_turn()
        db.session.rollback()
    done = 0
    while waits and (turned := shelf_life.turn(BATCH)):
        db.session.commit()
        done += turned
    return done


# Owners


@nightly
def let_owners_go() -> int:
    """Take content from owners who have left the site or its municipality; give how many."""
    bound = [kind.key for kind in KINDS.values() if kind.bound]
    works_there = exists().where(
        MunicipalityMembership.user_id == User.id,
        MunicipalityMembership.municipality_id == ShelfLife.municipality_id,
    )
    left = and_(
        ShelfLife.kind.in_(bound),
        ShelfLife.municipality_id.is_not(None),
        User.role.not_in(("moderator", "admin")),
        ~works_there,
    )
    statement = (
        select(ShelfLife)
        .join(User, User.id == ShelfLife.owner_id)
        .where(or_(~User.active, left))
        .order_by(ShelfLife.id)
        .limit(BATCH)
    )
    done = 0
    while rows := db.session.scalars(statement).all():
        for row in rows:
            audit.record(None, "shelf_life.left", row, changes={"owner": [row.owner_id, None]})
            row.owner_id, row.left_at = None, now()
            row.version += 1
        db.session.commit()
        done += len(rows)
    return done


# Reminders


@nightly
def remind() -> int:
    """Ask owners about what is due within a month, and once more when it is due.

    One message an owner, however much is due; give how many owners were asked. Each is a
    transaction of its own: killed in between, the next night goes on.
    """
    day, moment = shelf_life.today(), now()
    asked = 0
    with reading():
        owners = _owners_to_ask(day, moment)
        db.session.rollback()
    for owner_id in owners:
        asked += _ask(owner_id, day, moment)
        db.session.commit()
    return asked


def _ready(day: date, ahead: timedelta) -> ColumnElement[bool]:
    early = and_(ShelfLife.reminders == 0, ShelfLife.due <= day + ahead)
    late = and_(ShelfLife.reminders < 2, ShelfLife.due <= day)
    open_ones = and_(
        ShelfLife.active, ShelfLife.doubted_at.is_(None), ShelfLife.settled_at.is_(None)
    )
    return and_(open_ones, or_(early, late))


def _owners_to_ask(day: date, moment: datetime) -> Sequence[int]:
    recent = select(ShelfLife.owner_id).where(
        ShelfLife.owner_id.is_not(None), ShelfLife.reminded_at > moment - BUNDLED
    )
    statement = (
        select(ShelfLife.owner_id)
        .join(User, User.id == ShelfLife.owner_id)
        .where(User.active, _ready(day, REMIND_AHEAD), ShelfLife.owner_id.not_in(recent))
        .distinct()
        .order_by(ShelfLife.owner_id)
    )
    return [number for number in db.session.scalars(statement) if number is not None]


def _ask(owner_id: int, day: date, moment: datetime) -> int:
    statement = select(ShelfLife).where(
        ShelfLife.owner_id == owner_id, _ready(day, REMIND_AHEAD + BUNDLED)
    )
    urgent = statement.order_by(ShelfLife.due, ShelfLife.id).limit(MOST_ASKED)
    rows = db.session.scalars(urgent.with_for_update()).all()
    owner = db.session.get(User, owner_id)
    if owner is None or not rows:
        return 0
    for row in rows:
        late = row.due is not None and row.due <= day
        row.reminders, row.reminded_at = (2 if late else 1), moment
    db.session.flush()
    seen = queries.kept_of(owner, rows)
    if seen:
        telling.ask_owner(owner, [kept.row for kept in seen])
    return 1 if seen else 0


@task
def reset_period(period_id: int) -> None:
    """Derive anew when content of a kind is due, after its period was changed."""
    period = db.session.get(ShelfPeriod, period_id)
    if period is None:
        return
    known = {period.content: period.months}
    ids = db.session.scalars(select(ShelfLife.id).filter_by(content=period.content)).all()
    for numbers in _batches(ids):
        for row in db.session.scalars(select(ShelfLife).where(ShelfLife.id.in_(numbers))):
            shelf_life.derive(row, known)
        db.session.commit()
