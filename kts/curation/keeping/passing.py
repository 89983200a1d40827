"""Looking after content passes with the role, as far as the successor may see it."""

from flask_babel import ngettext
from sqlalchemy import select

from kts.accounts.handing_over import Part, Passing
from kts.accounts.models import Audience
from kts.core.clock import now
from kts.core.shelf_life import ShelfLife
from kts.curation.keeping.queries import kept_of
from kts.extensions import db


def _rows(passing: Passing) -> list[ShelfLife]:
    statement = select(ShelfLife).where(
        ShelfLife.owner_id == passing.predecessor.id,
        ShelfLife.municipality_id == passing.municipality_id,
        ShelfLife.active,
    )
    reader = passing.successor or Audience(True, False, False, passing.tokens, frozenset())
    return [kept.row for kept in kept_of(reader, db.session.scalars(statement).all())]


def _pass_on(passing: Passing) -> int:
    rows = _rows(passing)
    for row in rows:
        row.owner_id = passing.successor.id if passing.successor else None
        row.left_at = None if passing.successor else now()
        row.reminders, row.reminded_at = 0, None
        row.version += 1
    db.session.flush()
    return len(rows)


PART = Part(
    "shelf_life",
    lambda number: ngettext(
        "%(num)d piece of content to keep up to date",
        "%(num)d pieces of content to keep up to date",
        number,
    ),
    lambda passing: len(_rows(passing)),
    _pass_on,
)
