"""Knowledge with a shelf life: when something was last confirmed, by whom, and until when it holds.

One row for each thing, whatever feature it belongs to. A feature registers its kind
(:func:`register`), calls :func:`put` when something is published or published anew, and asks
:func:`outdated_ids` for its lists and for the index. How long what keeps is a row for each kind of
content (:class:`ShelfPeriod`); without one nothing of it ever ages.

Whether a thing counts as outdated is a value on its row, which the worker turns in the night on
which its time is over (:func:`turn`): pages, lists and the index all read the same value, and none
of them has to look at the calendar.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from kts.core import audit, clock, stamps
from kts.core.access import Viewer
from kts.core.errors import Conflict
from kts.core.models import UTCDateTime
from kts.extensions import db

BERLIN = ZoneInfo("Europe/Berlin")
REMIND_AHEAD = timedelta(days=30)  # enough for a holiday and a look at the text
DESK_AFTER = timedelta(days=60)  # two reminders and a month more; then somebody else looks
UNDO_WITHIN = timedelta(days=1)
AT_ONCE = 1000  # things in one statement
LONGEST_PERIOD = 120  # months; what holds for ten years needs no review
#: What an index entry of something outdated weighs; how it was found stands in docs/search.md.
OUTDATED_WEIGHT = 0.9

#: What a deed may change, and undoing it brings back.
STATE = (
    *("owner_id", "confirmed_at", "confirmed_by_id", "by_kts", "due", "outdated"),
    *("doubted_at", "left_at", "settled_at", "reminders", "reminded_at"),
)


class ShelfLife(db.Model):
    """How fresh one thing is; ``kind`` and ``subject_id`` name it, ``content`` its period.

    ``published_at`` is what the feature told last: a later moment is a new version and counts as a
    confirmation. ``owner_id`` is who is asked; ``left_at`` says since when somebody who was is no
    more. ``doubted_at`` is set where somebody responsible said that it is outdated, ``settled_at``
    where moderators decided to leave it at the label. ``active`` is what readers find now. The
    ``version`` counts deeds of people: it refuses the second of two, and makes links in mails work
    once.
    """

    __tablename__ = "shelf_life"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        Index("ix_shelf_life_due", "active", "outdated", "due"),
        {"sqlite_autoincrement": True},  # a link in a mail must not meet another row
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int]
    content: Mapped[str] = mapped_column(String(60), index=True)
    municipality_id: Mapped[int | None] = mapped_column(
        ForeignKey("municipality.id", ondelete="SET NULL"), index=True
    )
    owner_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    published_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    by_kts: Mapped[bool] = mapped_column(default=False)
    due: Mapped[date | None] = mapped_column(Date)
    outdated: Mapped[bool] = mapped_column(default=False)
    doubted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    had_owner: Mapped[bool] = mapped_column(default=False)
    left_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reminders: Mapped[int] = mapped_column(default=0)
    reminded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}

    title = ""  # for the log; whoever acts has loaded the thing

    @property
    def path(self) -> str:
        """Give the address on which it is kept up."""
        return f"/haltbarkeit/{self.id}"

    @property
    def label_due(self) -> bool:
        """Say whether it is to be labelled today, whatever the row still says."""
        return self.doubted_at is not None or (self.due is not None and self.due < today())


class ShelfPeriod(db.Model):
    """For how many months content of one kind holds; without ``months`` for ever."""

    __tablename__ = "shelf_period"
    __table_args__ = (
        CheckConstraint(
            f"months IS NULL OR (months >= 1 AND months <= {LONGEST_PERIOD})", name="months"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[str] = mapped_column(String(60), unique=True)
    months: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}


@dataclass(frozen=True)
class Fact:
    """What a feature says of a thing that readers find; ``published_at`` of its newest version."""

    subject_id: int
    content: str
    published_at: datetime
    owner_id: int | None
    municipality_id: int | None


@dataclass(frozen=True)
class Thing:
    """A thing as one viewer may see it."""

    kind: str
    id: int
    title: str
    path: str


@dataclass(frozen=True)
class Kind:
    """A kind of things that age.

    ``contents`` names the kinds of content by key; ``current`` lists what readers find;
    ``load`` gives of some things those that the viewer may see; ``find`` those with such a title.
    ``section`` begins the address of one (``dokumente``), ``found_as`` is its kind in the index.
    ``touch`` tells the index that some changed, ``stamps`` names the counters of kept pages.
    ``bound``: its owner works for its municipality, and is its owner no more when she leaves.
    """

    key: str
    label: Any
    contents: Callable[[], Mapping[str, Any]]
    current: Callable[[], Iterable[Fact]]
    load: Callable[[Viewer, Sequence[int]], Mapping[int, Thing]]
    find: Callable[[Viewer, str, int], Sequence[Thing]]
    section: str
    found_as: str
    touch: Callable[[Sequence[int]], None]
    stamps: Callable[[int], Iterable[str]]
    bound: bool = False


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Let things of the kind age."""
    KINDS[kind.key] = kind


def _stamps_of(row: Any) -> Iterable[str]:
    return KINDS[row.kind].stamps(row.subject_id) if row.kind in KINDS else ()


stamps.watch(
    ShelfLife,
    _stamps_of,
    bulk=("documents", "threads", "threads:many"),
    columns=("outdated", "confirmed_at", "due", "active", "by_kts"),
)


def today() -> date:
    """Give the day by which people here reckon."""
    return clock.now().astimezone(BERLIN).date()


# Periods


def periods() -> dict[str, int | None]:
    """Give the months for each kind of content that has a period."""
    rows = db.session.execute(db.select(ShelfPeriod.content, ShelfPeriod.months))
    return {row.content: row.months for row in rows}


def due_after(moment: datetime, months: int | None) -> date | None:
    """Give the day on which what was confirmed then is to be looked at again."""
    if months is None:
        return None
    day = moment.astimezone(BERLIN).date()
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


# Writing


def put(kind: str, fact: Fact, known: Mapping[str, int | None] | None = None) -> ShelfLife:
    """Bring the row to what the feature says; a new one where there is none.

    A later ``published_at`` confirms. Who owns it, what was confirmed and said by people stays.
    """
    known = periods() if known is None else known
    row = find(kind, fact.subject_id)
    if row is None:
        return _add(kind, fact, known)
    row.content, row.municipality_id, row.active = fact.content, fact.municipality_id, True
    if fact.published_at > row.published_at:
        row.published_at = fact.published_at
        if fact.published_at > row.confirmed_at:
            _renew(row, fact.published_at)
    if row.owner_id is None and not row.had_owner:
        row.owner_id = fact.owner_id
    derive(row, known)
    return row


def _add(kind: str, fact: Fact, known: Mapping[str, int | None]) -> ShelfLife:
    row = ShelfLife(
        kind=kind,
        subject_id=fact.subject_id,
        content=fact.content,
        municipality_id=fact.municipality_id,
        owner_id=fact.owner_id,
        published_at=fact.published_at,
        confirmed_at=fact.published_at,
    )
    try:
        with db.session.begin_nested():
            derive(row, known)
            db.session.add(row)
    except IntegrityError:  # another transaction was quicker, and says the same
        return find(kind, fact.subject_id) or row
    return row


def derive(row: ShelfLife, known: Mapping[str, int | None]) -> None:
    """Derive what follows from the others: when it is due, whether it is labelled."""
    row.due = due_after(row.confirmed_at, known.get(row.content))
    row.had_owner = bool(row.had_owner or row.owner_id is not None)
    if row.outdated != row.label_due:
        row.outdated = row.label_due
        _touch(row)


def _renew(row: ShelfLife, moment: datetime) -> None:
    row.confirmed_at, row.confirmed_by_id, row.by_kts = moment, None, False
    row.doubted_at = row.settled_at = row.reminded_at = None
    row.reminders = 0


def _touch(row: ShelfLife) -> None:
    if row.kind in KINDS:
        KINDS[row.kind].touch([row.subject_id])


def confirm(actor: Any, row: ShelfLife, version: int) -> audit.AuditEntry:
    """Say that it is still right; raise Conflict where somebody did something meanwhile."""

    def change() -> None:
        _renew(row, clock.now())
        row.confirmed_by_id, row.by_kts = actor.id, actor.is_moderator

    return _deed(actor, row, version, "shelf_life.confirm", change)


def doubt(actor: Any, row: ShelfLife, version: int, reason: str = "") -> audit.AuditEntry:
    """Say that it is outdated: it is labelled at once, until somebody confirms or renews it."""

    def change() -> None:
        row.doubted_at, row.settled_at = clock.now(), None

    return _deed(actor, row, version, "shelf_life.doubt", change, reason)


def hand_on(
    actor: Any, row: ShelfLife, version: int, owner: Any | None, reason: str = ""
) -> audit.AuditEntry:
    """Let somebody else look after it from now on; nobody where ``owner`` is None."""

    def change() -> None:
        row.owner_id = owner.id if owner is not None else None
        row.left_at = clock.now() if owner is None else None
        row.had_owner, row.settled_at = True, None
        row.reminders, row.reminded_at = 0, None  # the next one has not been asked yet

    return _deed(actor, row, version, "shelf_life.hand_on", change, reason)


def settle(actor: Any, row: ShelfLife, version: int, reason: str) -> audit.AuditEntry:
    """Leave it at the label: moderators are not asked again until somebody does something."""

    def change() -> None:
        row.settled_at = clock.now()

    return _deed(actor, row, version, "shelf_life.settle", change, reason)


def undo(actor: Any, row: ShelfLife, entry: audit.AuditEntry) -> None:
    """Take an own deed back; raise Conflict where something was done or published since."""
    told = entry.changes.get("before", {})
    fresh = clock.now() - UNDO_WITHIN < entry.at > row.published_at
    own = entry.kind == row.__tablename__ and entry.object_id == row.id
    if not own or entry.actor_id != actor.id or not told or not fresh:
        raise Conflict
    if entry.changes.get("version", [0, 0])[1] != row.version:
        raise Conflict
    before = {name: _read(name, told.get(name)) for name in STATE}

    def change() -> None:
        for name, value in before.items():
            setattr(row, name, value)

    _deed(actor, row, row.version, "shelf_life.undo", change)


def _deed(
    actor: Any,
    row: ShelfLife,
    version: int,
    action: str,
    change: Callable[[], None],
    reason: str = "",
) -> audit.AuditEntry:
    title = row.title
    db.session.refresh(row, with_for_update=True)
    row.title = title
    if row.version != version:
        raise Conflict
    before = {name: _written(getattr(row, name)) for name in STATE}
    change()
    row.version += 1
    derive(row, periods())
    changes = {"version": [version, row.version], "before": before}
    return audit.record(actor, action, row, reason=reason, changes=changes)


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _read(name: str, value: Any) -> Any:
    if value is None or not name.endswith(("_at", "due")):
        return value
    return date.fromisoformat(value) if name == "due" else datetime.fromisoformat(value)


def _over() -> ColumnElement[bool]:
    return and_(ShelfLife.active, ~ShelfLife.outdated, ShelfLife.due < today())


def any_to_turn() -> bool:
    """Say whether something is due that is not labelled yet."""
    return db.session.scalar(db.select(ShelfLife.id).where(_over()).limit(1)) is not None


def turn(limit: int) -> int:
    """Label what is due by now, at most ``limit``; give how many. Commit, and call it again."""
    statement = db.select(ShelfLife).where(_over()).order_by(ShelfLife.id).limit(limit)
    rows = db.session.scalars(statement.with_for_update()).all()
    for row in rows:
        row.outdated = True
        _touch(row)
    db.session.flush()
    return len(rows)


# Reading


def find(kind: str, subject_id: int) -> ShelfLife | None:
    """Find the row of a thing."""
    return db.session.scalar(db.select(ShelfLife).filter_by(kind=kind, subject_id=subject_id))


def load_all(viewer: Viewer, ends: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Thing]:
    """Give those of the things, by kind and id, that the viewer may see.

    One statement for each kind, and for each thousand of it: databases take no longer ones.
    """
    ids: dict[str, list[int]] = {}
    for kind, number in ends:
        if kind in KINDS:
            ids.setdefault(kind, []).append(number)
    return {
        (kind, number): thing
        for kind, ones in ids.items()
        for start in range(0, len(ones), AT_ONCE)
        for number, thing in KINDS[kind].load(viewer, ones[start : start + AT_ONCE]).items()
    }


def outdated_ids(kind: str, ids: Sequence[int]) -> frozenset[int]:
    """Give those of the things that count as outdated; one statement for all rows of a page."""
    if not ids:
        return frozenset()
    statement = db.select(ShelfLife.subject_id).where(
        ShelfLife.kind == kind, ShelfLife.subject_id.in_(ids), ShelfLife.outdated
    )
    return frozenset(db.session.scalars(statement))


def weight(is_outdated: bool) -> float:
    """Give what an index entry weighs."""
    return OUTDATED_WEIGHT if is_outdated else 1.0


def outdated_hits(hits: Iterable[tuple[str, int]]) -> frozenset[tuple[str, int]]:
    """Give those of the things in the index, by kind there and id, that count as outdated."""
    wanted = list(hits)
    kinds = {kind.key: kind.found_as for kind in KINDS.values()}
    ids = {number for found_as, number in wanted if found_as in kinds.values()}
    if not ids:
        return frozenset()
    columns = (ShelfLife.kind, ShelfLife.subject_id)
    statement = db.select(*columns).where(ShelfLife.subject_id.in_(ids), ShelfLife.outdated)
    rows = {(kinds.get(kind, ""), number) for kind, number in db.session.execute(statement)}
    return frozenset(rows.intersection(wanted))
