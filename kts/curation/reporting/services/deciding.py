"""Deciding a case once, with reasons: the second of two moderators is told what the first did."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import format_datetime
from flask_babel import gettext as _

from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict, Denied, Invalid
from kts.curation.reporting import policies, targets, telling, work
from kts.curation.reporting.links import new_number
from kts.curation.reporting.models import (
    DECIDED,
    KEEP,
    LAW,
    LOCK,
    NO_GROUND,
    RULES,
    SILENCE,
    SUSPEND,
    Decision,
    ReportCase,
)
from kts.curation.reporting.queries import affected_people
from kts.curation.reporting.services.measures import apply_measure
from kts.curation.reporting.services.rules import rules_in_force
from kts.curation.reporting.texts import CONTENT, KINDS, MEASURES
from kts.extensions import db


@dataclass(frozen=True)
class Choice:
    """What a moderator wants to decide: ``person`` is a measure on the author, or empty."""

    content: str
    facts: str
    ground: str
    lock: bool = False
    person: str = ""
    content_until: datetime | None = None
    person_until: datetime | None = None
    law: str = ""
    reasoning: str = ""
    paragraph: str = ""
    territory: str = ""
    note: str = ""

    @property
    def restricts(self) -> bool:
        """Say whether it takes anything from anybody."""
        return self.content != KEEP or self.lock or bool(self.person)


def decide(actor: Any, case: ReportCase, version: int, choice: Choice) -> Decision:
    """Decide an open case, apply the measures and tell everybody.

    Raises Conflict where somebody decided before or a further report came in, Denied where the
    actor may not decide it, Invalid for a choice that has no ground or cannot be done.
    """
    db.session.refresh(case, with_for_update={"of": ReportCase})
    if not policies.can_decide_report_case(actor, case):
        raise Denied(policies.why_not_case(case))
    require_open(case, version)
    decision = write_decision(actor, case, choice)
    case.version += 1
    work.case_is_done(actor, case)
    telling.tell_decision(actor, decision)
    return decision


def require_open(case: ReportCase, version: int) -> None:
    """Refuse to decide twice, or on less than has been reported."""
    if case.state == DECIDED and case.decision is not None:
        raise Conflict(already_decided(case.decision))
    if case.version != version:
        raise Conflict(
            _(
                "A further report on this has come in meanwhile. Please read it first; your "
                "entries are kept and nothing has been decided yet."
            )
        )


def already_decided(decision: Decision) -> str:
    """Tell the second moderator who was first and what was decided."""
    done = [str(CONTENT[decision.content])]
    done += [str(MEASURES[m.kind]) for m in decision.measures if m.kind != decision.content]
    return _(
        "%(name)s decided this on %(time)s: %(what)s. Nothing was done a second time.",
        name=decision.decided_by_name,
        time=format_datetime(decision.created, "short"),
        what=", ".join(done),
    )


def write_decision(
    actor: Any, case: ReportCase, choice: Choice, replaces: Decision | None = None
) -> Decision:
    """Write the statement of reasons and do what it says; the caller tells people."""
    check_choice(actor, case, choice)
    rules = rules_in_force() if choice.ground == RULES else None
    if rules is not None and rules.paragraph(choice.paragraph) is None:
        raise Invalid(_("Please choose a paragraph of the house rules that are in force."))
    decision = Decision(
        number=new_number("E"),
        case=case,
        replaces_id=replaces.id if replaces else None,
        content=choice.content,
        facts=choice.facts.strip(),
        ground=choice.ground,
        law=choice.law.strip() if choice.ground == LAW else "",
        reasoning=choice.reasoning.strip(),
        rules=rules,
        paragraph=choice.paragraph if rules else "",
        territory=choice.territory.strip(),
        until=choice.content_until if choice.content != KEEP or choice.lock else None,
        note=choice.note.strip(),
        own_initiative=bool(case.reports) and all(r.by_moderator for r in case.reports),
        decided_by_id=actor.id,
        decided_by_name=actor.display_name,
    )
    db.session.add(decision)
    case.state, case.decided_at = DECIDED, now()
    db.session.flush()
    _apply(actor, decision, choice)
    audit.record(actor, "report.decide", case, reason=decision.facts)
    return decision


def _apply(actor: Any, decision: Decision, choice: Choice) -> None:
    case = decision.case
    target = targets.load(case.kind, case.object_id)
    if choice.content != KEEP:
        apply_measure(actor, decision, choice.content, target, until=choice.content_until)
    if choice.lock:
        apply_measure(actor, decision, LOCK, target, until=choice.content_until)
    if choice.person:
        until = choice.person_until if choice.person in (SILENCE, SUSPEND) else None
        apply_measure(actor, decision, choice.person, target, case.author, until)


def check_choice(actor: Any, case: ReportCase, choice: Choice) -> None:
    """Refuse what has no ground, no end, or cannot be done to this thing or this person."""
    if choice.restricts and choice.ground == NO_GROUND:
        raise Invalid(_("What breaks nothing cannot be restricted. Please choose a ground."))
    if not choice.restricts and choice.ground != NO_GROUND:
        raise Invalid(
            _(
                "You name a law or a rule that is broken, but nothing is done about it. Choose "
                "what becomes of the content or of the author, or “It breaks nothing” as the "
                "ground."
            )
        )
    if choice.ground == LAW and not (choice.law.strip() and choice.reasoning.strip()):
        raise Invalid(_("Please name the law and say why the content breaks it."))
    _check_content(actor, case, choice)
    for end in (choice.content_until, choice.person_until):
        if end is not None and end <= now():
            raise Invalid(_("Please choose today or a later day as the end."))
    if choice.person:
        _check_person(actor, case, choice)


def _check_content(actor: Any, case: ReportCase, choice: Choice) -> None:
    if choice.content != KEEP and not targets.has_measure(case.kind, choice.content):
        raise Invalid(_("This cannot be done to content of this kind."))
    if choice.lock and not targets.has_measure(case.kind, LOCK):
        raise Invalid(_("Only threads can be closed for answers."))
    names = choice.content != KEEP and case.kind == targets.PERSON and case.author is not None
    if names and not policies.may_restrict(actor, case.author):
        raise Denied(_("Only administrators can restrict moderators and administrators."))


def _check_person(actor: Any, case: ReportCase, choice: Choice) -> None:
    if case.author is None or not case.author.active:
        raise Invalid(_("The author has no account any more, so there is nobody to restrict."))
    if choice.person in (SILENCE, SUSPEND):
        if choice.person_until is None:
            raise Invalid(_("Please choose until which day this counts."))
        if not policies.may_restrict(actor, case.author):
            raise Denied(_("Only administrators can restrict moderators and administrators."))


def preview(case: ReportCase, choice: Choice) -> dict[str, list[str]]:
    """Say what deciding so will do, and to whom it writes; changes nothing."""
    does = [f"{KINDS[case.kind]}: {CONTENT[choice.content]}"]
    if choice.lock:
        does.append(str(MEASURES[LOCK]))
    if choice.person and case.author is not None:
        does.append(f"{case.author.display_name}: {MEASURES[choice.person]}")
    writes = [
        _("%(name)s gets the statement of reasons.", name=person.display_name)
        for person in (affected_people(case) if choice.restricts else [])
    ]
    for report in case.reports:
        if report.email or report.user_id:
            writes.append(
                _("%(name)s is told the decision.", name=report.name or _("The person reporting"))
            )
    return {"does": does, "writes": writes}
