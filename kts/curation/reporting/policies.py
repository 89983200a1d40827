"""Who decides about reports and objections, and who reads a statement of reasons."""

from typing import Any

from flask_babel import gettext as _

from kts.core.access import Viewer
from kts.curation.reporting.models import Decision, HouseRules, Measure, Objection, ReportCase


def can_decide_report_case(viewer: Viewer, case: ReportCase) -> bool:
    """Let moderators decide, except about their own words and their own municipality's."""
    return viewer.is_moderator and not is_concerned(viewer, case)


def can_decide_objection(viewer: Viewer, objection: Objection) -> bool:
    """Let a moderator or administrator decide who has not decided before and is no party."""
    if not viewer.is_moderator:
        return False
    decision = objection.decision
    parties = {decision.decided_by_id, objection.user_id}
    if objection.report is not None:
        parties.add(objection.report.user_id)
    return viewer.id not in parties and not is_concerned(viewer, decision.case)


def can_lift_measure(viewer: Viewer, measure: Measure) -> bool:
    """Let moderators take a measure back, except one that weighs on themselves."""
    return viewer.is_moderator and not is_concerned(viewer, measure.decision.case)


def can_know_reporters(viewer: Viewer, case: ReportCase) -> bool:
    """Let moderators read who reported and in which words, but not about their own content."""
    return can_decide_report_case(viewer, case)


def can_read_decision(viewer: Viewer, decision: Decision) -> bool:
    """Let moderators and those concerned read the reasons: the author, or the place's editors."""
    return viewer.is_moderator or (decision.restricts and is_concerned(viewer, decision.case))


def is_concerned(viewer: Viewer, case: ReportCase) -> bool:
    """Say whether the content is the viewer's: her own, or of a municipality that she edits."""
    if not viewer.is_authenticated:
        return False
    if case.author_id is not None:
        return case.author_id == viewer.id
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


def why_not_objection(viewer: Viewer, objection: Objection) -> str:
    """Say what is missing to decide an objection."""
    if objection.decision.decided_by_id == viewer.id:
        return _(
            "You made the decision that this objection is about. Another moderator or an "
            "administrator has to decide it."
        )
    return _("You are a party to this objection. Another moderator has to decide it.")
