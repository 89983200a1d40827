"""What is done about reports: take them, decide, apply measures and lift them, hear objections.

Every function flushes and never commits; the actor is an argument.
"""

from kts.curation.reporting.services.deciding import Choice, decide, preview
from kts.curation.reporting.services.forgetting import (
    content_measures_over,
    end_content_measures,
    forget_removed_words,
    forget_reporters,
    tell_ended_measures,
)
from kts.curation.reporting.services.measures import lift_measure
from kts.curation.reporting.services.objecting import (
    OBJECTION_WITHIN,
    can_object,
    change_decision,
    object_to,
    reverse_decision,
    uphold_decision,
)
from kts.curation.reporting.services.reporting import file_report
from kts.curation.reporting.services.rules import (
    discard_draft,
    paragraphs_of,
    publish_rules,
    rules_in_force,
    save_draft,
    seed_house_rules,
    starting_rules,
)

__all__ = [
    "OBJECTION_WITHIN",
    "Choice",
    "can_object",
    "change_decision",
    "content_measures_over",
    "decide",
    "discard_draft",
    "end_content_measures",
    "file_report",
    "forget_removed_words",
    "forget_reporters",
    "lift_measure",
    "object_to",
    "paragraphs_of",
    "preview",
    "publish_rules",
    "reverse_decision",
    "rules_in_force",
    "save_draft",
    "seed_house_rules",
    "starting_rules",
    "tell_ended_measures",
    "uphold_decision",
]
