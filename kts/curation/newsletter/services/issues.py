"""An issue as a whole: its words, whether it is there, and what is corrected after sending."""

from typing import Any

from flask_babel import gettext as _

from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.core.text import RENDER_VERSION, render_markdown
from kts.curation.newsletter.models import NewsletterIssue
from kts.extensions import db


def create_issue(actor: Any, title: str, preface: str = "") -> NewsletterIssue:
    """Begin an issue as a draft."""
    issue = NewsletterIssue(title=title.strip(), created_by_id=actor.id)
    _write(issue, preface)
    db.session.add(issue)
    audit.record(actor, "newsletter.create", issue)
    return issue


def change_issue(
    actor: Any, issue: NewsletterIssue, version: int, *, title: str, preface: str
) -> None:
    """Change the words of a draft; raise Conflict where somebody changed them meanwhile."""
    require_draft(issue)
    if issue.version != version:
        raise Conflict(
            _(
                "Somebody else has changed this issue meanwhile. Compare your text with the issue "
                "as it is now; if you save again, yours counts."
            )
        )
    before = {"title": issue.title, "preface": issue.preface}
    issue.title = title.strip()
    _write(issue, preface)
    after = {"title": issue.title, "preface": issue.preface}
    changes = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    if changes:
        issue.version += 1
        audit.record(actor, "newsletter.change", issue, changes=changes)


def delete_issue(actor: Any, issue: NewsletterIssue) -> None:
    """Put a draft away; ``restore_issue`` brings it back."""
    require_draft(issue)
    issue.deleted_at = now()
    audit.record(actor, "newsletter.delete", issue)


def restore_issue(actor: Any, issue: NewsletterIssue) -> None:
    """Bring a draft back that was deleted."""
    issue.deleted_at = None
    audit.record(actor, "newsletter.restore", issue)


def correct_issue(actor: Any, issue: NewsletterIssue, text: str) -> None:
    """Note above a sent issue what was wrong in it; its words stay. Empty takes the note away."""
    if not issue.is_out:
        raise Invalid(_("A draft is simply changed."))
    text = text.strip()
    if text == issue.correction:
        return
    changes = {"correction": [issue.correction, text]}
    issue.correction, issue.corrected_at = text, now() if text else None
    audit.record(actor, "newsletter.correct", issue, changes=changes)


def require_draft(issue: NewsletterIssue) -> None:
    """Raise Conflict for an issue that is sent or about to be, naming who was first."""
    if issue.is_draft:
        return
    name = issue.sent_by.display_name if issue.sent_by else _("The system")
    if issue.is_out:
        raise Conflict(_("%(name)s has sent this issue meanwhile. Nothing was changed.", name=name))
    raise Conflict(
        _(
            "%(name)s has planned when this issue is sent. Nothing was changed. Cancel the sending "
            "first if it is to be changed.",
            name=name,
        )
    )


def _write(issue: NewsletterIssue, preface: str) -> None:
    issue.preface = preface.strip()
    issue.html, issue.render_version = render_markdown(issue.preface), RENDER_VERSION
