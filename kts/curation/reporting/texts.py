"""Words for kinds of things, categories of reports, grounds, measures and outcomes."""

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from kts.curation.reporting.models import (
    ABUSE,
    AUTHOR,
    BARRIER,
    CHANGED,
    HIDE,
    ILLEGAL,
    KEEP,
    LAW,
    LOCK,
    NO_GROUND,
    OTHER,
    PERSONAL,
    REMOVE,
    REPORTER,
    REVERSED,
    RULE,
    RULES,
    SILENCE,
    SUSPEND,
    UPHELD,
    WARN,
    Decision,
)
from kts.curation.reporting.targets import (
    DOCUMENT,
    DOSSIER,
    GROUP,
    MUNICIPALITY,
    PERSON,
    POST,
    PROJECT,
    THREAD,
)

Words = dict[str, LazyString]

KINDS: Words = {
    POST: _l("Post"),
    THREAD: _l("Thread"),
    DOCUMENT: _l("Document"),
    DOSSIER: _l("Dossier"),
    MUNICIPALITY: _l("Profile of a municipality"),
    PROJECT: _l("Model project"),
    GROUP: _l("Group"),
    PERSON: _l("Person"),
}

CATEGORIES: Words = {
    ILLEGAL: _l("It breaks a law"),
    ABUSE: _l("Sexual abuse of children"),
    PERSONAL: _l("Personal data that should not be here"),
    RULE: _l("It breaks the house rules"),
    OTHER: _l("Something else"),
    BARRIER: _l("I cannot read or use it (a barrier)"),
}

GROUNDS: Words = {
    LAW: _l("It breaks a law"),
    RULES: _l("It breaks the house rules"),
    NO_GROUND: _l("It breaks nothing"),
}

CONTENT: Words = {
    KEEP: _l("The content stays"),
    HIDE: _l("The content is hidden"),
    REMOVE: _l("The content is removed"),
}

HIDING_MEANS: Words = {
    MUNICIPALITY: _l("Hidden: text, website and contacts of the profile are taken away."),
    PROJECT: _l("Hidden: remark and website are taken away; the title is that of the programme."),
    GROUP: _l("Hidden: a neutral name takes the place of the group’s; the description goes."),
    PERSON: _l("Hidden: a neutral name stands beside all posts; her own stays with the account."),
}

MEASURES: Words = {
    HIDE: _l("Content hidden"),
    REMOVE: _l("Content removed"),
    LOCK: _l("Thread closed for answers"),
    WARN: _l("Warning"),
    SILENCE: _l("No writing"),
    SUSPEND: _l("Account suspended"),
}

PERSON_MEASURES: Words = {
    "": _l("Nothing"),
    WARN: _l("Warn"),
    SILENCE: _l("Let the person read but not write until a day"),
    SUSPEND: _l("Suspend the account until a day"),
}

OUTCOMES: Words = {
    UPHELD: _l("The decision stands"),
    CHANGED: _l("The decision was changed"),
    REVERSED: _l("The decision was reversed"),
}

PARTIES: Words = {
    AUTHOR: _l("by the author"),
    REPORTER: _l("by somebody who reported"),
}


def ground_of(decision: Decision) -> str:
    """Say in one line on what the decision rests."""
    if decision.ground == LAW:
        return _("Law: %(law)s", law=decision.law)
    if decision.ground == RULES and decision.rules is not None:
        found = decision.rules.paragraph(decision.paragraph)
        return _(
            "House rules, version %(version)s, § %(number)s %(title)s",
            version=decision.rules.number,
            number=decision.paragraph,
            title=found["title"] if found else "",
        )
    return str(GROUNDS[NO_GROUND])


def public_reason(decision: Decision) -> str:
    """Say what everybody may read in the place of the content: the ground, no facts, no names."""
    return _("%(ground)s (decision %(number)s)", ground=ground_of(decision), number=decision.number)
