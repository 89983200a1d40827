"""Content on the desk: nobody confirmed it, nobody looks after it, or somebody says it is wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from kts.core import waiting
from kts.core.clock import now
from kts.core.shelf_life import DESK_AFTER, ShelfLife
from kts.core.waiting import SOON, USUAL, Due
from kts.curation.keeping import queries
from kts.curation.keeping.queries import Kept
from kts.extensions import db

KIND = "outdated"
PRESSES_AFTER = timedelta(days=180)  # half a year with a label: then it misleads more than it helps


def register() -> None:
    """Make the kind known to the moderators' desk."""
    waiting.register(
        KIND,
        _l("Outdated content"),
        _l(
            "Confirm it, write to the owner, find another one, name a successor, or leave it at "
            "the label. Only writing and handing on tell somebody: the owner."
        ),
        _current,
    )


def look_again(actor: Any, kept: Kept) -> None:
    """Put the thing on the desk or take it off, as it stands after a deed."""
    statement = select(ShelfLife.id).where(ShelfLife.id == kept.row.id, queries.waits(now()))
    db.session.flush()
    if db.session.scalar(statement) is None:
        waiting.settle(KIND, kept.row.id, by=actor)
    else:
        waiting.put_due(KIND, _due(kept))


def _current() -> Iterator[Due]:
    statement = select(ShelfLife).where(queries.waits(now())).order_by(ShelfLife.id)
    rows = db.session.scalars(statement).all()
    yield from map(_due, queries.kept_of(queries.everything(), rows))


def _due(kept: Kept) -> Due:
    row = kept.row
    since = row.doubted_at or row.left_at or _overdue(row)
    weight = SOON if since < now() - PRESSES_AFTER else USUAL
    return Due(row.id, kept.thing.title, row.path, since, weight)


def _overdue(row: ShelfLife) -> datetime:
    if row.due is None:
        return row.confirmed_at
    return min(datetime.combine(row.due + DESK_AFTER, time(), UTC), now())
