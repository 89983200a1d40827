"""A handover that comes to nothing: its row is locked first, and a second click is told why."""

from typing import Any

from flask_babel import gettext as _

from kts.accounts import notifications
from kts.accounts.models import MunicipalityMembership, RoleHandover
from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict
from kts.extensions import db


def take_open(handover: RoleHandover) -> None:
    """Lock the offer until the transaction ends; raise Conflict where it is settled already."""
    db.session.flush()
    db.session.refresh(handover, with_for_update={"of": RoleHandover})
    if handover.state != "open":
        raise Conflict(_why_settled(handover))


def _why_settled(handover: RoleHandover) -> str:
    sentences = {
        "accepted": _("This handover was accepted already. Nothing was changed now."),
        "declined": _("This handover was declined already. Nothing was changed now."),
        "withdrawn": _("This handover was withdrawn already. Nothing was changed now."),
    }
    return sentences[handover.state]


def end_open_handovers(actor: Any, membership: MunicipalityMembership) -> None:
    """Close what she has offered of her work in a municipality, since her part in it ends."""
    open_ones = db.select(RoleHandover).where(
        RoleHandover.from_user_id == membership.user_id,
        RoleHandover.municipality_id == membership.municipality_id,
        RoleHandover.state == "open",
    )
    locked = open_ones.with_for_update().execution_options(populate_existing=True)
    for handover in db.session.scalars(locked).all():
        handover.state, handover.decided = "withdrawn", now()
        audit.record(actor, "handover.ended", handover, changes=names_of(handover))
        notifications.tell_of_handover_end(actor, handover)


def names_of(handover: RoleHandover) -> dict[str, list[Any]]:
    """Name both sides and the municipality for the audit log."""
    successor = handover.to_user.name if handover.to_user else handover.email
    return {
        "person": [handover.from_user.name, successor],
        "municipality": [handover.municipality.name, handover.municipality.name],
    }
