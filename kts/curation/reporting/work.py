"""Reports and objections on the moderators' desk: what waits, how much it presses."""

from collections.abc import Iterator
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from kts.core import waiting
from kts.core.waiting import Due
from kts.curation.reporting.models import (
    ABUSE,
    ILLEGAL,
    OPEN,
    OTHER,
    PERSONAL,
    RULE,
    Decision,
    Objection,
    ReportCase,
)
from kts.extensions import db

CASE, OBJECTION = "report", "objection"
WEIGHTS = {ILLEGAL: 20, ABUSE: 20, PERSONAL: 15, RULE: 10, OTHER: 0}
OBJECTION_WEIGHT = 15  # Art. 20(4): in a timely manner


def register() -> None:
    """Make both kinds of work known to the desk."""
    waiting.register(
        CASE,
        _l("Reports of content"),
        _l(
            "The decision is shown once more before it is made. It writes the reasons to the "
            "author if anything is restricted, and the outcome to all who reported."
        ),
        _open_cases,
    )
    waiting.register(
        OBJECTION,
        _l("Objections"),
        _l("Somebody else than the first time decides. All parties are told, with the reasons."),
        _open_objections,
    )


def case_waits(case: ReportCase) -> None:
    """Let a case wait, or change how much it presses."""
    waiting.put_due(CASE, _due_case(case))


def case_is_done(actor: Any, case: ReportCase) -> None:
    """Take a decided case from the desk."""
    waiting.settle(CASE, case.id, by=actor)


def objection_waits(objection: Objection) -> None:
    """Let an objection wait."""
    waiting.put_due(OBJECTION, _due_objection(objection))


def objection_is_done(actor: Any, objection: Objection) -> None:
    """Take a decided objection from the desk."""
    waiting.settle(OBJECTION, objection.id, by=actor)


def _due_case(case: ReportCase) -> Due:
    return Due(case.id, case.title, case.path, case.opened, WEIGHTS[case.category])


def _due_objection(objection: Objection) -> Due:
    title = objection.decision.case.title
    return Due(objection.id, title, objection.path, objection.created, OBJECTION_WEIGHT)


def _open_cases() -> Iterator[Due]:
    yield from map(_due_case, db.session.scalars(select(ReportCase).filter_by(state=OPEN)))


def _open_objections() -> Iterator[Due]:
    case = joinedload(Objection.decision).joinedload(Decision.case)
    statement = select(Objection).filter_by(state=OPEN).options(case)
    yield from map(_due_objection, db.session.scalars(statement))
