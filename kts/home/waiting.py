"""Reported barriers wait for a moderator until they are answered."""

from collections.abc import Iterator
from datetime import timedelta

from flask_babel import lazy_gettext as _l

from kts.core import waiting
from kts.core.clock import now
from kts.core.waiting import AT_ONCE, SOON, USUAL, Due
from kts.extensions import db
from kts.home.models import BarrierReport

BARRIER = "barrier_report"
NEAR = timedelta(days=14)  # half of the month that BITV 2.0, § 7 gives for the answer


def register() -> None:
    """Make the kind known to the moderators' desk."""
    waiting.register(
        BARRIER,
        _l("Reported barriers"),
        _l(
            "The answer goes by mail to whoever reported it, if she gave an address. The law "
            "wants it within a month."
        ),
        _open_reports,
    )


def wait_for_answer(report: BarrierReport) -> None:
    """Let the report wait."""
    waiting.put_due(BARRIER, _due(report))


def _open_reports() -> Iterator[Due]:
    statement = db.select(BarrierReport).where(BarrierReport.answered.is_(None))
    for report in db.session.scalars(statement):
        yield _due(report)


def _due(report: BarrierReport) -> Due:
    moment = now()
    weight = SOON if report.due - moment < NEAR else USUAL
    if report.due < moment:
        weight = AT_ONCE
    return Due(report.id, report.title, f"/barrieren/{report.id}", report.created, weight)
