"""The rules for new members; one row, that the migration brings or the first look makes."""

from typing import Any

from kts.core import audit
from kts.curation.rules.forms import NUMBERS
from kts.curation.rules.models import NewcomerRule
from kts.curation.rules.services.keeping import require_version, write
from kts.extensions import db


def newcomer_rule() -> NewcomerRule | None:
    """Give the row; None in a database that has none yet."""
    return db.session.scalar(db.select(NewcomerRule).order_by(NewcomerRule.id).limit(1))


def change_newcomers(actor: Any, values: dict[str, int], version: int) -> None:
    """Change the numbers; raise Conflict where somebody did so meanwhile."""
    row = newcomer_rule()
    if row is None:
        row = NewcomerRule(id=1, version=version, **dict.fromkeys(NUMBERS, 0))
        db.session.add(row)
        db.session.flush()
    require_version(row, version)
    if changes := write(row, values):
        row.version += 1
        db.session.flush()
        audit.record(actor, "newcomer_rule.change", row, changes=changes)
