"""The dossier as a whole: its words, who can read it, whether it is there at all."""

from typing import Any

from flask_babel import gettext as _

from kts.core import audit, slots
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.core.text import RENDER_VERSION, render_markdown
from kts.curation.dossiers.models import DRAFT, PUBLISHED, RETIRED, Dossier
from kts.extensions import db


def create_dossier(
    actor: Any, title: str, summary: str = "", text: str = "", topics: Any = ()
) -> Dossier:
    """Begin a dossier as a draft."""
    dossier = Dossier(title=title.strip(), created_by_id=actor.id if actor else None, state=DRAFT)
    dossier.topics = list(topics)
    write_words(dossier, summary, text)
    db.session.add(dossier)
    audit.record(actor, "dossier.create", dossier)
    return dossier


def change_dossier(
    actor: Any,
    dossier: Dossier,
    version: int,
    *,
    title: str,
    summary: str,
    text: str,
    topics: Any = None,
) -> None:
    """Change the words of a dossier; raise Conflict where somebody changed them meanwhile."""
    if dossier.version != version:
        raise Conflict(
            _(
                "Somebody else has changed this dossier meanwhile. Compare your text with the "
                "dossier as it is now; if you save again, yours counts."
            )
        )
    before = _words(dossier)
    dossier.title = title.strip()
    write_words(dossier, summary, text)
    if topics is not None:
        dossier.topics = list(topics)
    after = _words(dossier)
    changes = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    if changes:
        dossier.version += 1
        audit.record(actor, "dossier.change", dossier, changes=changes)


def _words(dossier: Dossier) -> dict[str, Any]:
    return {
        "title": dossier.title,
        "summary": dossier.summary,
        "text": dossier.text,
        "topics": sorted(topic.name for topic in dossier.topics),
    }


def write_words(dossier: Dossier, summary: str, text: str) -> None:
    """Set summary and introduction, rendered."""
    dossier.summary, dossier.text = summary.strip(), text.strip()
    dossier.html, dossier.render_version = render_markdown(dossier.text), RENDER_VERSION


def change_audience(actor: Any, dossier: Dossier, visibility: str) -> None:
    """Say who can read it; raise Invalid for a group that the actor does not know."""
    if visibility not in actor.visibility_tokens:
        raise Invalid(_("Please choose who can read the dossier."))
    if dossier.visibility != visibility:
        changes = {"visibility": [dossier.visibility, visibility]}
        dossier.visibility = visibility
        audit.record(actor, "dossier.audience", dossier, changes=changes)


def withdraw_dossier(actor: Any, dossier: Dossier) -> None:
    """Make it a draft again; its versions are kept and can be read by its editors alone."""
    if dossier.state != DRAFT:
        dossier.state = DRAFT
        _leave_home_page(dossier)
        audit.record(actor, "dossier.withdraw", dossier)


def retire_dossier(actor: Any, dossier: Dossier, reason: str) -> None:
    """Take it out of lists and search; whoever comes by its address reads why, and the last state.

    Raises Invalid where it was never published or the reason is missing.
    """
    if dossier.state != PUBLISHED:
        raise Invalid(_("Only a published dossier can be retired."))
    if not reason.strip():
        raise Invalid(_("Please say why. Whoever comes by an old link reads it."))
    dossier.state, dossier.retired_at = RETIRED, now()
    dossier.retired_reason = reason.strip()
    _leave_home_page(dossier)
    audit.record(actor, "dossier.retire", dossier, reason=dossier.retired_reason)
    slots.contributions("dossier_retired", actor=actor, dossier=dossier)


def delete_dossier(actor: Any, dossier: Dossier) -> None:
    """Take it away from everybody; ``restore_dossier`` brings it back as a draft."""
    dossier.deleted_at, dossier.state = now(), DRAFT
    _leave_home_page(dossier)
    audit.record(actor, "dossier.delete", dossier)
    slots.contributions("dossier_retired", actor=actor, dossier=dossier)


def restore_dossier(actor: Any, dossier: Dossier) -> None:
    """Bring a deleted dossier back as a draft."""
    if dossier.deleted_at is not None:
        dossier.deleted_at = None
        audit.record(actor, "dossier.restore", dossier)


def _leave_home_page(dossier: Dossier) -> None:
    dossier.featured_place = dossier.featured_until = None
