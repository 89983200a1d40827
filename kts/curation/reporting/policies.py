"""Who decides about reports and objections, and who reads a statement of reasons."""

from typing import Any

from flask_babel import gettext as _

from kts.core.access import Viewer
from kts.curation.reporting.models import (
    SILENCE,
    SUSPEND,
    Decision,
    HouseRules,
    Measure,
    Objection,
    ReportCase,
)
from kts.curation.reporting.targets import GROUP, PERSON


def can_decide_report_case(viewer: Viewer, case: ReportCase) -> bool:
    """Let moderators decide, except about their own words and their own municipality's."""
    return viewer.is_moderator and not is_concerned(viewer, case)


def can_decide_objection(viewer: Viewer, objection: Objection) -> bool:
    """Let a moderator or administrator decide who has not decided before and is no party.

    What weighs on a moderator is looked at by administrators alone.
    """
    decision = objection.decision
    if not viewer.is_moderator or (not viewer.is_admin and weighs_on_staff(decision)):
        return False
    parties = {*deciders(decision.case), objection.user_id}
    if objection.report is not None:
        parties.add(objection.report.user_id)
    return viewer.id not in parties and not is_concerned(viewer, decision.case)


def deciders(case: ReportCase) -> set[int]:
    """Name all who made a decision in the case: none of them hears an objection (Art. 20(6))."""
    return {one.decided_by_id for one in case.decisions if one.decided_by_id is not None}


def weighs_on_staff(decision: Decision) -> bool:
    """Say whether a measure of it that counts restricts a moderator or an administrator."""
    return any(measure.in_force and is_on_staff(measure) for measure in decision.measures)


def is_on_staff(measure: Measure) -> bool:
    """Say whether it keeps a moderator or an administrator from writing, from entering, or named.

    Their words are content like everybody's.
    """
    case = measure.decision.case
    about_person = measure.kind in (SILENCE, SUSPEND) or case.kind == PERSON
    person = measure.person or case.author
    return about_person and person is not None and person.is_moderator


def can_lift_measure(viewer: Viewer, measure: Measure) -> bool:
    """Let moderators take a measure back, except one that weighs on themselves.

    One on a moderator or an administrator is taken back by administrators alone.
    """
    if not viewer.is_moderator or (is_on_staff(measure) and not viewer.is_admin):
        return False
    return not is_concerned(viewer, measure.decision.case)


def can_know_reporters(viewer: Viewer, case: ReportCase) -> bool:
    """Let moderators read who reported and in which words, but not about their own content."""
    return can_decide_report_case(viewer, case)


def can_read_decision(viewer: Viewer, decision: Decision) -> bool:
    """Let moderators and those concerned read the reasons: the author, or the place's editors."""
    return viewer.is_moderator or (decision.restricts and is_concerned(viewer, decision.case))


def is_concerned(viewer: Viewer, case: ReportCase) -> bool:
    """Say whether the content is the viewer's: her own, or of a place or group that she keeps."""
    if not viewer.is_authenticated:
        return False
    if case.author_id is not None:
        return case.author_id == viewer.id
    if case.kind == GROUP:
        return case.object_id in viewer.coordinates
    return viewer.edits(case.municipality_id)


def can_object_as_concerned(viewer: Viewer, case: ReportCase) -> bool:
    """Let whoever has the link object, but for moderators, who read every statement."""
    return not viewer.is_moderator or is_concerned(viewer, case)


def can_edit_house_rules(viewer: Viewer, rules: HouseRules | None = None) -> bool:
    """Let moderators and administrators write the next version."""
    return viewer.is_moderator


def may_restrict(actor: Any, person: Any) -> bool:
    """Keep moderators from shutting out one another; administrators may."""
    return actor.id != person.id and (actor.is_admin or not person.is_moderator)


def why_not_case(case: ReportCase) -> str:
    """Say what is missing to decide a case."""
    return _("This is about your own content. Another moderator has to decide it.")


def why_not_lift(measure: Measure, viewer: Viewer) -> str:
    """Say what is missing to take a measure back."""
    if is_on_staff(measure) and not viewer.is_admin:
        return why_not_lift_on_staff()
    return _("This is about your own content. Another moderator has to decide it.")


def why_not_lift_on_staff() -> str:
    """Say who looks at measures on moderators."""
    return _(
        "This measure is on a moderator or an administrator. Only another administrator can take "
        "it back."
    )


def why_not_objection(viewer: Viewer, objection: Objection) -> str:
    """Say what is missing to decide an objection."""
    if viewer.id in deciders(objection.decision.case):
        return _(
            "You made the decision that this objection is about, or another one in the same case. "
            "Somebody who has not decided in it has to hear the objection."
        )
    if not viewer.is_admin and weighs_on_staff(objection.decision):
        return why_not_lift_on_staff()
    return _("You are a party to this objection. Another moderator has to decide it.")
