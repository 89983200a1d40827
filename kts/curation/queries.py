"""What waits for a moderator, and what was done; for moderators only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from kts.accounts.models import MembershipRequest
from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.slots import contributions
from kts.extensions import db


@dataclass(frozen=True)
class Waiting:
    """A kind of work: how much of it waits, since when, and where it is done."""

    label: str
    count: int
    oldest: datetime | None
    url: str


def waiting_work() -> list[Waiting]:
    """List what waits: membership requests, and what features put into the slot ``desk``."""
    count, oldest = db.session.execute(
        select(func.count(), func.min(MembershipRequest.created)).where(
            MembershipRequest.state == "open"
        )
    ).one()
    requests = Waiting(_("Requests for membership"), count, oldest, "/anfragen")
    return [requests, *(Waiting(*work) for work in contributions("desk"))]


def audit_entries(
    action: str = "", actor: str = "", days: int | None = None
) -> Select[tuple[AuditEntry]]:
    """Give the log's statement, newest first, narrowed by kind of deed, name and age."""
    statement = db.select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    if action:
        statement = statement.filter(AuditEntry.action.startswith(action, autoescape=True))
    if actor:
        statement = statement.filter(AuditEntry.actor_name.icontains(actor, autoescape=True))
    if days:
        statement = statement.filter(AuditEntry.at >= now() - timedelta(days=days))
    return statement


def audit_actions() -> list[str]:
    """List the kinds of deed that the log knows."""
    return list(
        db.session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action))
    )
