"""The activity log, and what of it everybody may read: counts without names."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, extract, func, select

from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.extensions import db

MOST_EXPORTED = 20_000  # rows of a file; a spreadsheet stays usable
MOST_DAYS = 10_000
#: What everybody may count: decisions on people's wishes and words, and what the KTS put together.
PUBLIC_DEEDS = (
    *("report.decide", "objection.decide", "measure.apply", "measure.lift"),
    *("membership_request.approved", "membership_request.declined"),
    *("group_request.approved", "group_request.declined"),
    *("barrier_report.answer", "document.answer_correction"),
    *("document.hide", "document.unhide", "post.hide", "post.unhide"),
    *("thread.hide", "thread.unhide", "thread.lock", "thread.unlock"),
    *("thread.move", "thread.merge", "thread.split"),
    *("dossier.publish", "dossier.withdraw"),
    *("review.ask", "review.publish", "review.retire"),
    *("synonym.create", "synonym.change", "synonym.delete", "query.done", "query.ignored"),
    *("user.deactivate", "user.reactivate"),
)
MONTHS = 12


@dataclass(frozen=True)
class Filters:
    """What the log is narrowed by; empty values narrow nothing."""

    action: str = ""
    actor: str = ""
    thing: str = ""
    days: int | None = None

    @property
    def arguments(self) -> dict[str, object]:
        """Give them as they stand in an address."""
        return {
            "aktion": self.action or None,
            "person": self.actor or None,
            "objekt": self.thing or None,
            "tage": self.days,
        }


def entries(filters: Filters) -> Select[tuple[AuditEntry]]:
    """Give the log's statement, newest first."""
    statement = db.select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    if filters.action:
        statement = statement.where(AuditEntry.action.startswith(filters.action, autoescape=True))
    if filters.actor:
        statement = statement.where(AuditEntry.actor_name.icontains(filters.actor, autoescape=True))
    if filters.thing:
        statement = statement.where(AuditEntry.label.icontains(filters.thing, autoescape=True))
    if filters.days:
        statement = statement.where(AuditEntry.at >= now() - timedelta(days=filters.days))
    return statement


def exported(filters: Filters) -> Sequence[AuditEntry]:
    """Give the entries of a file, the newest first."""
    return db.session.scalars(entries(filters).limit(MOST_EXPORTED)).all()


def actions() -> list[str]:
    """List the kinds of deed that the log knows."""
    return list(
        db.session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action))
    )


@dataclass(frozen=True)
class Month:
    """What was done in one month (UTC): how often each kind of deed, the most frequent first."""

    year: int
    month: int
    deeds: list[tuple[str, int]]


def public_months() -> list[Month]:
    """Count the public kinds of deed by month, the newest first; nobody is named."""
    year, month = extract("year", AuditEntry.at), extract("month", AuditEntry.at)
    statement = (
        select(year, month, AuditEntry.action, func.count())
        .where(AuditEntry.action.in_(PUBLIC_DEEDS), AuditEntry.at >= _first_day())
        .group_by(year, month, AuditEntry.action)
        .order_by(func.count().desc(), AuditEntry.action)
    )
    months: dict[tuple[int, int], list[tuple[str, int]]] = defaultdict(list)
    for found_year, found_month, action, number in db.session.execute(statement):
        months[int(found_year), int(found_month)].append((action, number))
    return [Month(*key, deeds) for key, deeds in sorted(months.items(), reverse=True)]


def _first_day() -> datetime:
    """Give the first moment of the month that is counted first."""
    today = now()
    months = today.year * 12 + today.month - MONTHS
    return today.replace(
        year=months // 12, month=months % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0
    )
