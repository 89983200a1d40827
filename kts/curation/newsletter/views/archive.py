"""The issues that were sent, for everybody."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from kts.core import access
from kts.core.web import whole_number
from kts.curation.newsletter import contents, queries
from kts.curation.newsletter.views.blueprints import newsletter


@newsletter.get("/archiv")
@access.rule("everyone", "what was sent is public")
def archive() -> ResponseReturnValue:
    """List what was sent, the newest first."""
    page = queries.archive(request.args.get("seite", 1, type=whole_number))
    return render_template("newsletter/archive.html", page=page)


@newsletter.get("/<int:number>")
@access.rule("everyone", "what was sent is public; parts are shown as guests see them")
def read(number: int) -> ResponseReturnValue:
    """Show an issue as it was sent, without what was hidden since."""
    issue = queries.sent_issue(number)
    return render_template(
        "newsletter/read.html", issue=issue, sections=contents.sections_of(issue)
    )
