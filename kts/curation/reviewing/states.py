"""The states of a review, what leads from one to the next, and who may do it.

The table below is the only place that says so; ``docs/reviews.md`` shows it, and a test tries every
deed in every state with every person.
"""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from kts.curation.reviewing.models import (
    APPROVED,
    CHANGES,
    DRAFT,
    PUBLISHED,
    RETIRED,
    SUBMITTED,
)

SUBMIT, WITHDRAW, SETTLE = "submit", "withdraw", "settle"
COMMENT, ASK, APPROVE, PUBLISH = "comment", "ask", "approve", "publish"
GIVE, RETIRE, REINSTATE = "give", "retire", "reinstate"

AUTHOR, REVIEWER, BOTH, MODERATOR = "author", "reviewer", "both", "moderator"


@dataclass(frozen=True)
class Deed:
    """Who does it, and the next state by the state before."""

    who: str
    leads: dict[str, str]


def _stays(*states: str) -> dict[str, str]:
    return {state: state for state in states}


#: ``approve`` leads to ``approved`` when as many people as needed have; until then it stays.
DEEDS = {
    SUBMIT: Deed(AUTHOR, {DRAFT: SUBMITTED, CHANGES: SUBMITTED}),
    WITHDRAW: Deed(AUTHOR, {SUBMITTED: DRAFT, CHANGES: DRAFT, APPROVED: DRAFT}),
    COMMENT: Deed(REVIEWER, _stays(SUBMITTED, CHANGES)),
    SETTLE: Deed(BOTH, _stays(DRAFT, SUBMITTED, CHANGES)),
    ASK: Deed(REVIEWER, {SUBMITTED: CHANGES, APPROVED: CHANGES}),
    APPROVE: Deed(REVIEWER, {SUBMITTED: APPROVED, APPROVED: APPROVED}),
    PUBLISH: Deed(REVIEWER, {APPROVED: PUBLISHED}),
    GIVE: Deed(MODERATOR, _stays(SUBMITTED, CHANGES, APPROVED)),
    RETIRE: Deed(MODERATOR, {PUBLISHED: RETIRED}),
    REINSTATE: Deed(MODERATOR, {RETIRED: PUBLISHED}),
}

NAMES = {
    DRAFT: _l("Draft"),
    SUBMITTED: _l("Submitted"),
    CHANGES: _l("Changes asked"),
    APPROVED: _l("Approved"),
    PUBLISHED: _l("Published"),
    RETIRED: _l("Retired"),
}
BADGES = {
    DRAFT: "neutral",
    SUBMITTED: "info",
    CHANGES: "warning",
    APPROVED: "success",
    PUBLISHED: "success",
    RETIRED: "neutral",
}
#: What each state means for the author.
MEANINGS = {
    DRAFT: _l("You have withdrawn it. Only you, your colleagues and the KTS see it."),
    SUBMITTED: _l("The KTS is looking at it. You need do nothing now; you are told."),
    CHANGES: _l("The KTS asks you for changes. Answer below and submit it again."),
    APPROVED: _l("It is approved and will be published soon. You need do nothing."),
    PUBLISHED: _l("It is published."),
    RETIRED: _l("It is no longer in lists and search; its address stays and says why."),
}
KIND_NAMES = {
    "document": _l("Document"),
    "experience": _l("Experience report"),
    "dossier": _l("Dossier"),
}
