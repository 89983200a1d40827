"""Deeds of people on one thing: they change its row, the desk, and tell whom they concern.

Each raises Conflict where somebody did something since the form was shown, and says who it was.
"""

from collections.abc import Callable
from typing import Any

from flask_babel import format_datetime
from flask_babel import gettext as _

from kts.accounts.models import User
from kts.core import audit, shelf_life, succession
from kts.core.audit import AuditEntry
from kts.core.errors import Conflict, Invalid
from kts.core.shelf_life import ShelfLife, ShelfPeriod, Thing
from kts.core.tasks import after_commit
from kts.curation.keeping import queries, telling, work
from kts.curation.keeping.queries import Kept
from kts.curation.keeping.tasks import reset_period
from kts.extensions import db


def confirm(actor: Any, kept: Kept, version: int) -> AuditEntry:
    """Say that it is still right."""
    return _do(actor, kept, lambda: shelf_life.confirm(actor, kept.row, version))


def doubt(actor: Any, kept: Kept, version: int, reason: str = "") -> AuditEntry:
    """Say that it is outdated."""
    return _do(actor, kept, lambda: shelf_life.doubt(actor, kept.row, version, reason))


def leave(actor: Any, kept: Kept, version: int) -> AuditEntry:
    """Look after it no longer: the desk finds somebody else."""
    return _do(actor, kept, lambda: shelf_life.hand_on(actor, kept.row, version, None))


def hand_on(actor: Any, kept: Kept, version: int, owner: User, reason: str = "") -> AuditEntry:
    """Let somebody else look after it, and tell her; raise Invalid where she cannot."""
    if owner.id not in {person.id for person in queries.colleagues(actor, kept)}:
        raise Invalid(_("This person cannot look after it. Nothing was changed."))
    entry = _do(actor, kept, lambda: shelf_life.hand_on(actor, kept.row, version, owner, reason))
    telling.tell_new_owner(actor, owner, kept)
    return entry


def settle(actor: Any, kept: Kept, version: int, reason: str) -> AuditEntry:
    """Leave it at the label, and take it from the desk."""
    return _do(actor, kept, lambda: shelf_life.settle(actor, kept.row, version, reason))


def write(actor: Any, kept: Kept, words: str) -> AuditEntry:
    """Ask the owner in a moderator's words; raise Invalid where nobody is there to be asked."""
    owner = queries.owner_of(kept.row)
    if owner is None:
        raise Invalid(_("Nobody looks after it, so nobody can be written to."))
    if not shelf_life.load_all(owner, [(kept.row.kind, kept.row.subject_id)]):
        raise Invalid(_("Its owner can no longer read it, so she cannot be written to about it."))
    telling.write_to_owner(actor, owner, kept, words)
    return audit.record(actor, "shelf_life.write", kept.row, reason=words.strip())


def undo(actor: Any, kept: Kept, entry: AuditEntry) -> None:
    """Take an own deed back."""
    _do(actor, kept, lambda: shelf_life.undo(actor, kept.row, entry))


def _do(actor: Any, kept: Kept, deed: Callable[[], Any]) -> Any:
    try:
        entry = deed()
    except Conflict as conflict:
        raise Conflict(_who_was_first(kept.row)) from conflict
    work.look_again(actor, kept)
    return entry


def _who_was_first(row: ShelfLife) -> str:
    entries = audit.history(ShelfLife.__tablename__, row.id)[:1]
    if not entries:
        return _("Something has changed here meanwhile. Nothing was changed by you.")
    name = entries[0].actor_name or _("The site")
    moment = format_datetime(entries[0].at, "medium")
    return _(
        "%(name)s was first (%(moment)s), so nothing was changed by you.", name=name, moment=moment
    )


def name_successor(actor: Any, kept: Kept, newer: Thing | None, seen: int | None) -> AuditEntry:
    """Say what replaces it, or that nothing does."""
    end = (newer.kind, newer.id) if newer else None
    return succession.replace(actor, kept.thing, end, seen)


def set_period(actor: Any, content: str, months: int | None, version: int) -> bool:
    """Change for how long content of a kind holds; what is due is derived anew by the worker.

    ``version`` is 0 where the form showed none. Raises Conflict where somebody was first.
    """
    period = db.session.scalar(db.select(ShelfPeriod).filter_by(content=content).with_for_update())
    if (period.version if period else 0) != version:
        raise Conflict(_("Somebody else has changed this period meanwhile. Yours was not saved."))
    if period is None:
        period = ShelfPeriod(content=content, months=None, version=0)
        db.session.add(period)
    if period.months == months:
        return False
    changes = {"content": [content, content], "months": [period.months, months]}
    period.months = months
    period.version += 1
    audit.record(actor, "shelf_period.change", period, changes=changes)
    after_commit(reset_period, period.id)
    return True
