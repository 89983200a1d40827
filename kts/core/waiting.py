"""What waits for a moderator: one row for each thing, whatever feature it belongs to.

A feature registers its kinds of work (:func:`register`), calls :func:`put` in the transaction in
which something begins to wait and :func:`settle` in the one in which it is decided. What becomes
due by time alone, and what a forgotten call left behind, is mended by :func:`differences`: each
kind can list what should wait now. The moderators' desk reads only this table, so that it answers
alike whether ten things wait or ten thousand.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from kts.core import audit
from kts.core.clock import now
from kts.core.models import UTCDateTime
from kts.extensions import db

LONGEST_TITLE = 300
USUAL, SOON, AT_ONCE = 0, 10, 20


class WaitingItem(db.Model):
    """One thing that waits; ``kind`` and ``subject_id`` name it, ``url`` is where it is decided.

    ``weight`` says how much it presses (0 usual, 10 soon, 20 at once). Somebody may take it in hand
    (``claimed_by_id``) or put it off (``snoozed_until``); ``version`` counts what moderators do to
    the row and refuses the second of two who do it at once. What a feature changes (the title, the
    weight) does not count: it takes nothing from a moderator.
    """

    __tablename__ = "waiting_item"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        Index("ix_waiting_item_order", "weight", "since"),
        {"sqlite_autoincrement": True},  # a form of something decided must not meet another row
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    url: Mapped[str] = mapped_column(String(500))
    since: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    weight: Mapped[int] = mapped_column(default=USUAL)
    claimed_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    claimed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    snoozed_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    note: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}


@dataclass(frozen=True)
class Due:
    """One thing that should wait, as a kind's ``current`` lists it."""

    subject_id: int
    title: str
    url: str
    since: datetime
    weight: int = USUAL


@dataclass(frozen=True)
class Kind:
    """A kind of work on the desk.

    ``label`` names several of it ("Reports"), ``deed`` is the sentence that says what deciding one
    does and to whom it writes. Without ``current`` nothing of the kind is mended.
    """

    key: str
    label: Any
    deed: Any
    current: Callable[[], Iterable[Due]] | None = None


KINDS: dict[str, Kind] = {}


def register(
    key: str, label: Any, deed: Any, current: Callable[[], Iterable[Due]] | None = None
) -> None:
    """Make a kind of work known to the desk; ``label`` and ``deed`` are lazy texts."""
    KINDS[key] = Kind(key, label, deed, current)


def put(
    kind: str,
    subject_id: int,
    *,
    title: str,
    url: str,
    since: datetime | None = None,
    weight: int = USUAL,
) -> WaitingItem:
    """Let a thing wait; one that waits already keeps its place, with the new title and weight."""
    return put_due(kind, Due(subject_id, title, url, since or now(), weight))


def put_due(kind: str, due: Due) -> WaitingItem:
    """Let a thing wait as its kind describes it."""
    item = _find(kind, due.subject_id)
    if item is None:
        return _add(kind, due)
    item.title, item.url, item.weight = due.title[:LONGEST_TITLE], due.url, due.weight
    db.session.flush()
    return item


def _add(kind: str, due: Due) -> WaitingItem:
    item = WaitingItem(
        kind=kind,
        subject_id=due.subject_id,
        title=due.title[:LONGEST_TITLE],
        url=due.url,
        since=due.since,
        weight=due.weight,
    )
    try:
        with db.session.begin_nested():
            db.session.add(item)
    except IntegrityError:  # another transaction was quicker, and says the same
        return _find(kind, due.subject_id) or item
    return item


def settle(kind: str, subject_id: int, by: Any = None) -> None:
    """Let a thing wait no longer; nothing happens where it did not.

    Where a colleague of ``by`` had it in hand, the log keeps it, so that she can be told.
    """
    item = _find(kind, subject_id)
    if item is None:
        return
    if item.claimed_by_id not in (None, getattr(by, "id", None)):
        before = {"claimed_by_id": item.claimed_by_id}
        audit.record(by, "waiting_item.settle", item, changes={"before": before})
    db.session.delete(item)
    db.session.flush()


def _find(kind: str, subject_id: int) -> WaitingItem | None:
    return db.session.scalar(
        db.select(WaitingItem)
        .filter_by(kind=kind, subject_id=subject_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


@dataclass(frozen=True)
class Differences:
    """What the table lacks or says otherwise, and which subjects wait no longer."""

    missing: Sequence[Due]
    over: Sequence[int]


def differences(kind: Kind) -> Differences:
    """Compare what a kind says with the table; reads only.

    The table is read first: what begins to wait in between is not taken for something that is over.
    """
    if kind.current is None:
        return Differences([], [])
    known = _known(kind.key)
    wanted = {due.subject_id: due for due in kind.current()}
    missing = [due for due in wanted.values() if _lacks(known, due)]
    return Differences(missing, sorted(known.keys() - wanted.keys()))


def _known(kind: str) -> dict[int, tuple[str, str, int]]:
    columns = (WaitingItem.subject_id, WaitingItem.title, WaitingItem.url, WaitingItem.weight)
    rows = db.session.execute(db.select(*columns).filter_by(kind=kind))
    return {number: (title, url, weight) for number, title, url, weight in rows}


def _lacks(known: dict[int, tuple[str, str, int]], due: Due) -> bool:
    return known.get(due.subject_id) != (due.title[:LONGEST_TITLE], due.url, due.weight)
