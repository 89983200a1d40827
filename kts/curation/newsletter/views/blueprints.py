"""The two rooms of the newsletter, and how a moderator finds an issue."""

from flask import Blueprint, request, url_for

from kts.core.errors import NotFound
from kts.core.forms import ActionForm
from kts.curation.newsletter import queries
from kts.curation.newsletter.models import NewsletterIssue

newsletter = Blueprint("newsletter", __name__, url_prefix="/newsletter")
newsletter_desk = Blueprint("newsletter_desk", __name__, url_prefix="/kuratierung/newsletter")


def find_issue(issue_id: int, *, deleted: bool = False) -> NewsletterIssue:
    """Give an issue, locked where the request writes; raise NotFound."""
    return queries.get_issue(issue_id, lock=request.method == "POST", deleted=deleted)


def desk_url(issue: NewsletterIssue, anchor: str | None = None, **values: object) -> str:
    """Give the address of the moderators' page of an issue."""
    return url_for("newsletter_desk.show", issue_id=issue.id, _anchor=anchor, **values)


def require_token() -> None:
    """Refuse a button that was pressed without its token."""
    if not ActionForm().validate_on_submit():
        raise NotFound
