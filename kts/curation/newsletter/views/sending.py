"""Looking at an issue as readers will, trying it, and sending it in two steps."""

from flask import Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.errors import Conflict, Invalid
from kts.core.web import limited_person
from kts.curation.newsletter import checking, contents, queries, rendering
from kts.curation.newsletter.forms import SendForm, TestMailForm
from kts.curation.newsletter.models import NewsletterIssue
from kts.curation.newsletter.services import sending
from kts.curation.newsletter.services.issues import require_draft
from kts.curation.newsletter.views.blueprints import (
    desk_url,
    find_issue,
    newsletter_desk,
    require_token,
)
from kts.extensions import db, limiter

TESTS = "30 per hour"  # more than anybody looks at
#: A mail carries its styles in its elements, and does nothing but be looked at.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


@newsletter_desk.get("/<int:issue_id>/vorschau")
@access.rule("moderator")
def preview(issue_id: int) -> ResponseReturnValue:
    """Show an issue as the page of the archive that it will be."""
    issue = find_issue(issue_id)
    return render_template(
        "newsletter/read.html", issue=issue, sections=contents.sections_of(issue), preview=True
    )


@newsletter_desk.get("/<int:issue_id>/vorschau/<any(mail, text):form>")
@access.rule("moderator")
def preview_mail(issue_id: int, form: str) -> ResponseReturnValue:
    """Show an issue as the mail that it will be, as HTML or as plain text."""
    issue = find_issue(issue_id)
    body = "body.html" if form == "mail" else "body.txt"
    page = render_template(
        f"mail/newsletter_issue/{body}", end="", test=True, **rendering.context(issue)
    )
    answer = Response(page, mimetype="text/html" if form == "mail" else "text/plain")
    answer.headers["Content-Security-Policy"] = MAIL_POLICY
    return answer


@newsletter_desk.post("/<int:issue_id>/test")
@access.rule("moderator")
@limiter.limit(TESTS, key_func=limited_person)
def send_test(issue_id: int) -> ResponseReturnValue:
    """Send an issue to oneself, and to one colleague."""
    issue = find_issue(issue_id)
    form, colleagues = _test_form()
    if not form.validate_on_submit():
        return _send_page(issue, testing=form), 422
    chosen = [one for one in colleagues if str(one.id) == form.colleague.data]
    sending.send_test(current_user, issue, [current_user, *chosen])
    db.session.commit()
    names = ", ".join(person.email for person in (current_user, *chosen))
    flash(_("The test mail is on its way to %(names)s.", names=names), "success")
    return redirect(f"{issue.desk_path}/senden", 303)


def _test_form() -> tuple[TestMailForm, list]:  # type: ignore[type-arg]
    colleagues = list(queries.colleagues(current_user.id))
    form = TestMailForm()
    form.offer([(one.id, one.display_name) for one in colleagues])
    return form, colleagues


@newsletter_desk.route("/<int:issue_id>/senden", methods=["GET", "POST"])
@access.rule("moderator")
def send(issue_id: int) -> ResponseReturnValue:
    """Check an issue, choose when it goes, and confirm that on a second page."""
    issue = find_issue(issue_id)
    if request.method == "GET":
        return _send_page(issue) if issue.is_draft else redirect(desk_url(issue), 303)
    form = SendForm()
    if not form.validate_on_submit():
        return _send_page(issue, form), 422
    version = sending.Version(form.version.data or 0, form.order_version.data or 0)
    try:
        if "confirm" not in request.form:
            sending.require_ready(issue, version)
            return _send_page(issue, form, confirming=True)
        if form.moment:
            sending.schedule(current_user, issue, version, form.moment)
        else:
            sending.send_now(current_user, issue, version)
    except Conflict as conflict:
        if not issue.is_draft:
            raise
        return _send_page(issue, error=conflict.message), conflict.status
    except Invalid as error:
        return _send_page(issue, error=error.message), 422
    db.session.commit()
    flash(_("The sending is planned.") if form.moment else _("Sending has begun."), "success")
    return redirect(desk_url(issue), 303)


def _send_page(
    issue: NewsletterIssue,
    form: SendForm | None = None,
    *,
    testing: TestMailForm | None = None,
    confirming: bool = False,
    error: str = "",
) -> str:
    require_draft(issue)
    if form is None:
        form = SendForm(formdata=None)
        form.version.data, form.order_version.data = issue.version, issue.order_version
    if testing is None:
        testing = TestMailForm(formdata=None)
        people = queries.colleagues(current_user.id)
        testing.offer([(one.id, one.display_name) for one in people])
    return render_template(
        "newsletter/send.html",
        issue=issue,
        form=form,
        testing=testing,
        confirming=confirming,
        error=error,
        problems=checking.problems(issue),
        recipients=sending.count_recipients(),
    )


@newsletter_desk.post("/<int:issue_id>/abbrechen")
@access.rule("moderator")
def cancel(issue_id: int) -> ResponseReturnValue:
    """Take a planned sending back; the issue is a draft again."""
    issue = find_issue(issue_id)
    require_token()
    sending.cancel(current_user, issue)
    db.session.commit()
    flash(_("The sending is cancelled. The issue is a draft again."), "success")
    return redirect(desk_url(issue), 303)
