"""Objections (Art. 20): once for each party, within six months, decided by somebody else."""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict, Denied, Invalid
from kts.curation.reporting import policies, telling, work
from kts.curation.reporting.models import (
    AUTHOR,
    CHANGED,
    DECIDED,
    OPEN,
    REPORTER,
    REVERSED,
    UPHELD,
    Decision,
    Objection,
    Report,
    ReportCase,
)
from kts.curation.reporting.services.deciding import Choice, write_decision
from kts.curation.reporting.services.measures import lift_measure
from kts.extensions import db

OBJECTION_WITHIN = timedelta(days=184)  # Art. 20(1): six months at least; the longest have 184 days


def can_object(decision: Decision, party: str, report: Report | None = None) -> bool:
    """Say whether that party may still object to the decision that counts."""
    if decision.ended is not None or decision.created < now() - OBJECTION_WITHIN:
        return False
    if party == AUTHOR and not decision.restricts:
        return False
    key = _party_key(decision, party, report)
    known = db.select(Objection.id).filter_by(party_key=key)
    return db.session.scalar(known) is None


def object_to(
    decision: Decision, party: str, text: str, *, user: Any = None, report: Report | None = None
) -> Objection:
    """Take an objection; it waits for another moderator than the one who decided.

    Raises Conflict for a second one of the same party, or when the six months are over.
    """
    db.session.refresh(decision, with_for_update={"of": Decision})
    if not can_object(decision, party, report):
        raise Conflict(
            _(
                "An objection to this decision is not possible any more: you have objected before, "
                "the decision no longer counts, or the six months are over."
            )
        )
    objection = Objection(
        party_key=_party_key(decision, party, report),
        decision_id=decision.id,
        party=party,
        report_id=report.id if report else None,
        user_id=getattr(user, "id", None),
        text=text.strip(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(objection)
    except IntegrityError as error:
        raise Conflict(_("Your objection has arrived already.")) from error
    work.objection_waits(objection)
    telling.tell_moderators_of_objection(objection)
    return objection


def _party_key(decision: Decision, party: str, report: Report | None) -> str:
    if party == REPORTER and report is not None:
        return f"{decision.case_id}:report:{report.id}"
    return f"{decision.case_id}:author"


def uphold_decision(actor: Any, objection: Objection, reasons: str) -> None:
    """Let the decision stand, and say why."""
    _take_up(actor, objection, counts=False)
    _close(actor, objection, UPHELD, reasons)


def reverse_decision(actor: Any, objection: Objection, reasons: str) -> None:
    """Take back all that the decision did; raise Invalid where it did nothing."""
    decision = _take_up(actor, objection)
    if not decision.restricts:
        raise Invalid(
            _("This decision restricts nothing, so it cannot be reversed. Decide anew instead.")
        )
    _lift_all(actor, decision, reasons)
    decision.ended = now()
    _close(actor, objection, REVERSED, reasons)


def change_decision(actor: Any, objection: Objection, reasons: str, choice: Choice) -> Decision:
    """Replace the decision by another one, with measures of its own."""
    decision = _take_up(actor, objection)
    _lift_all(actor, decision, reasons)
    decision.ended = now()
    new = write_decision(actor, decision.case, choice, replaces=decision)
    _close(actor, objection, CHANGED, reasons, new)
    return new


def _take_up(actor: Any, objection: Objection, *, counts: bool = True) -> Decision:
    """Hold the case, so that two moderators decide one after another; check who may.

    ``counts``: the decision must still be the one that counts.
    """
    db.session.refresh(objection.decision.case, with_for_update={"of": ReportCase})
    db.session.refresh(objection, with_for_update={"of": Objection})
    if objection.state != OPEN:
        raise Conflict(
            _(
                "%(name)s has decided this objection meanwhile. Nothing was done a second time.",
                name=objection.decided_by_name,
            )
        )
    if not policies.can_decide_objection(actor, objection):
        raise Denied(policies.why_not_objection(actor, objection))
    if counts and objection.decision.ended is not None:
        raise Conflict(
            _(
                "Another objection has ended this decision meanwhile. You can still let it stand "
                "and say in the reasons what has changed since."
            )
        )
    return objection.decision


def _lift_all(actor: Any, decision: Decision, reasons: str) -> None:
    for measure in decision.measures:
        if measure.can_be_lifted:
            lift_measure(actor, measure, reasons, tells=False)


def _close(
    actor: Any, objection: Objection, outcome: str, reasons: str, new: Decision | None = None
) -> None:
    objection.state, objection.outcome, objection.reasons = DECIDED, outcome, reasons.strip()
    objection.decided_at = now()
    objection.decided_by_id, objection.decided_by_name = actor.id, actor.display_name
    audit.record(actor, "objection.decide", objection, reason=objection.reasons)
    work.objection_is_done(actor, objection)
    telling.tell_objection(actor, objection, new)
