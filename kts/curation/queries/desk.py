"""What waits for a moderator; for moderators only.

Everything is read from the one table of what waits, so the number of statements does not depend
on how much waits, nor on how many features put it there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from kts.accounts.models import User
from kts.core import waiting
from kts.core.access import Viewer
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.errors import NotFound
from kts.core.pagination import Page
from kts.core.waiting import WaitingItem
from kts.curation.desk.services import HELD_FOR, is_held, what_became_of
from kts.extensions import db

ALL, MINE, FREE, PUT_OFF = "alle", "meine", "frei", "spaeter"
LISTS = (ALL, MINE, FREE, PUT_OFF)
PER_PAGE = 50
DONE_SHOWN_FOR = timedelta(days=1)
MOST_DONE = 20


@dataclass(frozen=True)
class Row:
    """One thing on the desk: who has it in hand, and whether she may still be at it."""

    item: WaitingItem
    holder: str
    mine: bool
    held: bool

    @property
    def waited(self) -> timedelta:
        """Give how long it has waited, as a negative time: "39 days ago"."""
        return self.item.since - now()

    @property
    def open_to_viewer(self) -> bool:
        """Say whether the viewer may act on it: nobody else is at it."""
        return self.mine or not self.held


@dataclass(frozen=True)
class Done:
    """Something the viewer had in hand that a colleague has decided."""

    title: str
    by: str
    at: datetime


def _conditions(viewer: Viewer) -> dict[str, ColumnElement[bool]]:
    moment = now()
    later = func.coalesce(WaitingItem.snoozed_until, moment) > moment
    since = func.coalesce(WaitingItem.snoozed_until, WaitingItem.claimed_at)
    own = WaitingItem.claimed_by_id == viewer.id
    unheld = or_(WaitingItem.claimed_by_id.is_(None), since < moment - HELD_FOR)
    return {
        ALL: ~later,
        MINE: and_(~later, own),
        FREE: and_(~later, unheld),
        PUT_OFF: later,
    }


def sizes(viewer: Viewer) -> dict[str, dict[str, int]]:
    """Count what waits by kind and list, in one statement; a kind without anything is left out."""
    counted = [func.count(case((which, 1))) for which in _conditions(viewer).values()]
    rows = db.session.execute(select(WaitingItem.kind, *counted).group_by(WaitingItem.kind))
    return {kind: dict(zip(LISTS, numbers, strict=True)) for kind, *numbers in rows}


def rows(viewer: Viewer, which: str, kind: str, page: int, total: int) -> Page:
    """Give one page: by weight, then the oldest; ``total`` is the list's size, counted already."""
    last = max(1, -(-total // PER_PAGE))
    page = min(max(1, page), last)
    statement = (
        select(WaitingItem, User)
        .outerjoin(User, User.id == WaitingItem.claimed_by_id)
        .where(_conditions(viewer)[which])
        .order_by(WaitingItem.weight.desc(), WaitingItem.since, WaitingItem.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    if kind:
        statement = statement.where(WaitingItem.kind == kind)
    found = [_row(viewer, item, holder) for item, holder in db.session.execute(statement)]
    return Page(found, total, page, PER_PAGE)


def _row(viewer: Viewer, item: WaitingItem, holder: User | None) -> Row:
    name = holder.display_name if holder else ""
    return Row(item, name, item.claimed_by_id == viewer.id, is_held(item))


def get_row(viewer: Viewer, item_id: int) -> Row:
    """Find one thing; raise NotFound, with the name of whoever decided it, where it is gone."""
    item = db.session.get(WaitingItem, item_id)
    if item is None:
        raise NotFound(what_became_of(item_id))
    holder = db.session.get(User, item.claimed_by_id) if item.claimed_by_id else None
    return _row(viewer, item, holder)


def done_by_others(viewer: Viewer) -> list[Done]:
    """List what colleagues decided within a day although the viewer had it in hand."""
    statement = (
        select(AuditEntry.label, AuditEntry.actor_name, AuditEntry.at)
        .where(
            AuditEntry.action == "waiting_item.settle",
            AuditEntry.at > now() - DONE_SHOWN_FOR,
            AuditEntry.changes["before"]["claimed_by_id"].as_integer() == viewer.id,
        )
        .order_by(AuditEntry.at.desc())
        .limit(MOST_DONE)
    )
    return [Done(*found) for found in db.session.execute(statement)]


def waiting_count(viewer: Viewer) -> int:
    """Count what is free or in the viewer's own hand, for the header."""
    conditions = _conditions(viewer)
    statement = select(func.count()).select_from(WaitingItem)
    return db.session.scalar(statement.where(or_(conditions[FREE], conditions[MINE]))) or 0


def colleagues(viewer: Viewer) -> Sequence[User]:
    """List the other moderators who can sign in, by name."""
    statement = (
        select(User)
        .where(User.role.in_(("moderator", "admin")), User.active, User.id != viewer.id)
        .order_by(func.lower(User.name))
    )
    return db.session.scalars(statement).all()


def kind_of(key: str) -> Any:
    """Give a kind's words; one that no feature registers any more stands for itself."""
    return waiting.KINDS.get(key) or waiting.Kind(key, key, "")
