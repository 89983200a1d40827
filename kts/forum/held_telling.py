"""What the author of a held contribution is told, in her language."""

from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from kts.forum.audience import may_hear
from kts.forum.models.held import CHANGES, REFUSED, RELEASED, HeldContribution
from kts.notifications.services import notify

TOLD = "held"


def tell_held_author(actor: Any, held: HeldContribution, *, reopened: bool = False) -> None:
    """Tell her what became of it, with the reason; nothing of a thread that she sees no more."""
    author = held.author
    if not author.active:
        return
    with force_locale(author.language):
        text = _sentence(held, reopened)
        if held.decision_reason and held.state in (CHANGES, REFUSED):
            text += " " + _("Reason: %(reason)s", reason=held.decision_reason)
        if held.decision_rule and held.state == REFUSED:
            text += " " + _("Rule: %(rule)s", rule=held.decision_rule)
    notify(author, TOLD, text, _address(held), actor=actor)


def _sentence(held: HeldContribution, reopened: bool) -> str:
    title = _known_title(held)
    if reopened:
        return _("The refusal of “%(title)s” was taken back; it is looked at again.", title=title)
    if held.state == CHANGES:
        return _("The moderators ask you to change “%(title)s” before it appears.", title=title)
    if held.state == REFUSED:
        return _("Your contribution “%(title)s” does not appear. Your text is kept.", title=title)
    if held.edited:
        return _(
            "Your contribution “%(title)s” has been released, with changes by the moderators.",
            title=title,
        )
    return _("Your contribution “%(title)s” has been released.", title=title)


def _known_title(held: HeldContribution) -> str:
    """Give the title; a thread's only as long as she may see it."""
    if held.thread is not None and not may_hear(held.author, held.thread):
        return "…"
    return held.title


def _address(held: HeldContribution) -> str:
    if held.state == RELEASED and not held.edited:
        if held.result_post_id:
            return f"/beitrag/{held.result_post_id}"
        if held.result_thread is not None:
            return held.result_thread.path
    return held.path
