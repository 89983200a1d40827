"""The moderators' list of issues, and the words of one."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.errors import Conflict
from kts.core.web import whole_number
from kts.curation.newsletter import contents, queries
from kts.curation.newsletter.forms import AddForm, CorrectionForm, IssueForm
from kts.curation.newsletter.models import NewsletterIssue
from kts.curation.newsletter.services import issues, sending, subscriptions
from kts.curation.newsletter.views.blueprints import (
    desk_url,
    find_issue,
    newsletter_desk,
    require_token,
)
from kts.extensions import db
from kts.forum.differences import differences


@newsletter_desk.get("")
@access.rule("moderator")
def index() -> ResponseReturnValue:
    """List the issues, and how many people asked for the newsletter."""
    page = queries.issues(request.args.get("seite", 1, type=whole_number))
    return render_template(
        "newsletter/index.html",
        page=page,
        subscribers=subscriptions.count(),
        recipients=sending.count_recipients(),
    )


@newsletter_desk.route("/neu", methods=["GET", "POST"])
@access.rule("moderator")
def create() -> ResponseReturnValue:
    """Begin an issue."""
    form = IssueForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("newsletter/new.html", form=form), status
    issue = issues.create_issue(current_user, form.title.data or "", form.preface.data or "")
    db.session.commit()
    flash(_("The issue is saved as a draft. Now add its parts."), "success")
    return redirect(desk_url(issue), 303)


@newsletter_desk.route("/<int:issue_id>", methods=["GET", "POST"])
@access.rule("moderator")
def show(issue_id: int) -> ResponseReturnValue:
    """Work on a draft; once it is planned or sent, show how far it is."""
    issue = find_issue(issue_id)
    if request.method == "GET":
        return edit_page(issue) if issue.is_draft else _state_page(issue)
    form = IssueForm()
    if not form.validate_on_submit():
        return edit_page(issue, form), 422
    try:
        issues.change_issue(
            current_user,
            issue,
            form.version.data or 0,
            title=form.title.data or "",
            preface=form.preface.data or "",
        )
    except Conflict as conflict:
        if not issue.is_draft:
            raise
        form.version.data = issue.version
        form.title.errors = [conflict.message]
        return edit_page(issue, form, compared=_compared(issue, form)), conflict.status
    db.session.commit()
    flash(_("Saved."), "success")
    return redirect(desk_url(issue), 303)


def _compared(issue: NewsletterIssue, form: IssueForm) -> list[Any]:
    fields = (form.title, form.preface)
    return [
        (field.label.text, differences(getattr(issue, field.name), field.data or ""))
        for field in fields
        if getattr(issue, field.name) != (field.data or "")
    ]


def edit_page(
    issue: NewsletterIssue,
    form: IssueForm | None = None,
    adding: AddForm | None = None,
    compared: list[Any] | None = None,
) -> str:
    """Render the page on which a draft is changed."""
    before = request.args.get("zurueck", "")
    return render_template(
        "newsletter/edit.html",
        issue=issue,
        form=form or IssueForm(formdata=None, obj=issue),
        adding=adding or AddForm(formdata=None),
        compared=compared,
        shown=contents.shown_items(issue.items),
        before=before if all(n.isdecimal() for n in before.split(",")) else "",
    )


def _state_page(issue: NewsletterIssue, form: CorrectionForm | None = None) -> str:
    return render_template(
        "newsletter/state.html",
        issue=issue,
        progress=sending.progress(issue),
        reasons=queries.reasons(sending.refusals(issue)),
        recipients=sending.count_recipients() if not issue.is_out else 0,
        form=form or CorrectionForm(formdata=None, text=issue.correction),
    )


@newsletter_desk.post("/<int:issue_id>/berichtigung")
@access.rule("moderator")
def correct(issue_id: int) -> ResponseReturnValue:
    """Note above a sent issue what was wrong in it."""
    issue = find_issue(issue_id)
    form = CorrectionForm()
    if not form.validate_on_submit():
        return _state_page(issue, form), 422
    issues.correct_issue(current_user, issue, form.text.data or "")
    db.session.commit()
    flash(_("Saved."), "success")
    return redirect(desk_url(issue), 303)


@newsletter_desk.post("/<int:issue_id>/loeschen")
@access.rule("moderator")
def delete(issue_id: int) -> ResponseReturnValue:
    """Put a draft away; the next page offers to bring it back."""
    issue = find_issue(issue_id)
    require_token()
    issues.delete_issue(current_user, issue)
    db.session.commit()
    undo = url_for("newsletter_desk.restore", issue_id=issue_id)
    flash({"text": _("The draft was deleted."), "undo": undo}, "undo")
    return redirect(url_for("newsletter_desk.index"), 303)


@newsletter_desk.post("/<int:issue_id>/wiederherstellen")
@access.rule("moderator")
def restore(issue_id: int) -> ResponseReturnValue:
    """Bring a draft back."""
    issue = find_issue(issue_id, deleted=True)
    require_token()
    issues.restore_issue(current_user, issue)
    db.session.commit()
    flash(_("The draft is back."), "success")
    return redirect(desk_url(issue), 303)
