"""What is kept up, by whom, and who could look after it; always as the viewer may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from kts.accounts.models import Audience, Group, MunicipalityMembership, User
from kts.core import audit, shelf_life
from kts.core.access import MEMBERS, PUBLIC, Viewer
from kts.core.clock import now
from kts.core.errors import NotFound
from kts.core.shelf_life import DESK_AFTER, KINDS, REMIND_AHEAD, ShelfLife, ShelfPeriod, Thing
from kts.curation.keeping.policies import can_confirm_shelf_life
from kts.extensions import db

ANSWER_WITHIN = timedelta(
    days=30
)  # of an owner who is asked for the first time long after it was due
MOST_LISTED = 200  # of one person; she confirms from the top, and the next ones come up


@dataclass(frozen=True)
class Kept:
    """A row with the thing that it is about."""

    row: ShelfLife
    thing: Thing


def get_kept(viewer: Viewer, row_id: int, *, lock: bool = False) -> Kept:
    """Give a row and its thing; raise NotFound where the viewer may not know of the thing."""
    row = db.session.get(ShelfLife, row_id, with_for_update=lock or None, populate_existing=lock)
    if row is None:
        raise NotFound
    thing = shelf_life.load_all(viewer, [(row.kind, row.subject_id)])
    if not thing:
        raise NotFound
    return _kept(row, thing[row.kind, row.subject_id])


def kept_of(viewer: Viewer, rows: Sequence[ShelfLife]) -> list[Kept]:
    """Give those of the rows whose things the viewer may see, in the order given."""
    things = shelf_life.load_all(viewer, [(row.kind, row.subject_id) for row in rows])
    ends = ((row, things.get((row.kind, row.subject_id))) for row in rows)
    return [_kept(row, thing) for row, thing in ends if thing is not None]


def _kept(row: ShelfLife, thing: Thing) -> Kept:
    row.title = thing.title
    return Kept(row, thing)


def _own(viewer: Viewer) -> Select[tuple[ShelfLife]]:
    return (
        select(ShelfLife)
        .where(ShelfLife.owner_id == viewer.id, ShelfLife.active)
        .where(or_(ShelfLife.due.is_not(None), ShelfLife.outdated))
    )


def has_own(viewer: Viewer) -> bool:
    """Say whether the viewer looks after anything that ages."""
    return bool(db.session.scalar(select(_own(viewer).exists())))


def own(viewer: Viewer) -> list[Kept]:
    """Give what the viewer looks after and what ages, the most urgent first."""
    statement = _own(viewer).order_by(ShelfLife.outdated.desc(), ShelfLife.due, ShelfLife.id)
    return kept_of(viewer, db.session.scalars(statement.limit(MOST_LISTED)).all())


def colleagues(viewer: Viewer, kept: Kept) -> list[User]:
    """List who could look after it: the municipality's people, for moderators also moderators.

    Whoever could not read it is left out.
    """
    place = kept.row.municipality_id
    works_there = User.id.in_(
        select(MunicipalityMembership.user_id).filter_by(municipality_id=place)
    )
    moderates = User.role.in_(("moderator", "admin"))
    wanted = or_(works_there, moderates) if viewer.is_moderator or place is None else works_there
    people = select(User).where(User.active, wanted, User.id != (kept.row.owner_id or 0))
    end = (kept.row.kind, kept.row.subject_id)
    found = db.session.scalars(people.order_by(func.lower(User.name), User.id)).all()
    return [person for person in found if shelf_life.load_all(person, [end])]


def owner_of(row: ShelfLife) -> User | None:
    """Give who looks after it and can be asked."""
    owner = db.session.get(User, row.owner_id) if row.owner_id else None
    return owner if owner is not None and owner.active else None


def undoable(viewer: Viewer, row: ShelfLife) -> audit.AuditEntry | None:
    """Give the viewer's own deed that nothing has followed, if it was today."""
    entries = audit.history(ShelfLife.__tablename__, row.id)[:1]
    for entry in entries:
        fresh = entry.at > now() - shelf_life.UNDO_WITHIN
        last = entry.changes.get("version", [0, 0])[1] == row.version
        if fresh and last and entry.actor_id == viewer.id and entry.action != "shelf_life.undo":
            return entry
    return None


def periods() -> Sequence[ShelfPeriod]:
    """List the periods by kind of content."""
    return db.session.scalars(select(ShelfPeriod).order_by(ShelfPeriod.content)).all()


def counts() -> dict[str, tuple[int, int]]:
    """Count for each kind of content what readers find, and what of it is labelled."""
    labelled = func.count().filter(ShelfLife.outdated)
    statement = select(ShelfLife.content, func.count(), labelled).where(ShelfLife.active)
    rows = db.session.execute(statement.group_by(ShelfLife.content))
    return {content: (number, old) for content, number, old in rows}


def everything() -> Viewer:
    """Give a viewer who sees what moderators see, for the desk that only they read."""
    groups = {f"group:{number}" for number in db.session.scalars(select(Group.id))}
    tokens = frozenset({PUBLIC, MEMBERS, *groups})
    return Audience(True, True, False, tokens, frozenset())


def waits(moment: datetime) -> ColumnElement[bool]:
    """Say what moderators have to look at: nobody confirmed, nobody is asked, or it is wrong."""
    day = moment.astimezone(shelf_life.BERLIN).date()
    ages = ShelfLife.due.is_not(None)
    asked = or_(ShelfLife.owner_id.is_(None), ShelfLife.reminded_at < moment - ANSWER_WITHIN)
    unanswered = and_(ShelfLife.outdated, ShelfLife.due < day - DESK_AFTER, asked)
    given_up = and_(ages, ShelfLife.owner_id.is_(None), ShelfLife.had_owner)
    never_asked = and_(ShelfLife.owner_id.is_(None), ShelfLife.due <= day + REMIND_AHEAD)
    wrong = ShelfLife.doubted_at.is_not(None)
    found = ShelfLife.active & ShelfLife.settled_at.is_(None)
    return and_(found, or_(unanswered, given_up, never_asked, wrong))


def may_keep(viewer: Viewer, row: ShelfLife | None) -> bool:
    """Say whether the viewer is asked about it."""
    return row is not None and can_confirm_shelf_life(viewer, row)


def known_kinds() -> dict[str, str]:
    """Name all kinds of content by key, by the features that know them."""
    named = (kind.contents() for kind in KINDS.values())
    return {key: str(name) for names in named for key, name in names.items()}
