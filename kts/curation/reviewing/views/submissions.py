"""What authors see: their submissions, what is asked of them, and how they answer."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.access import require
from kts.core.errors import Conflict
from kts.core.web import whole_number
from kts.curation.reviewing import policies, queries, services
from kts.curation.reviewing.forms import AnswerForm, VersionedForm
from kts.curation.reviewing.models import COMMENT_LENGTH, Review
from kts.curation.reviewing.states import BADGES, KIND_NAMES, MEANINGS, NAMES, SUBMIT, WITHDRAW
from kts.curation.reviewing.subjects import Subject
from kts.extensions import db

submissions = Blueprint("submissions", __name__, url_prefix="/meine/einreichungen")

WORDS = {"names": NAMES, "badges": BADGES, "kind_names": KIND_NAMES, "meanings": MEANINGS}


@submissions.get("")
@access.rule("signed-in", "only the own ones and those of the own municipality")
def index() -> ResponseReturnValue:
    """List what the person has submitted, what is open first."""
    page = queries.own_reviews(current_user, request.args.get("page", 1, type=whole_number))
    return render_template("reviews/own.html", page=page, **WORDS)


def _own(review_id: int) -> tuple[Review, Subject]:
    review, subject = queries.get_review(review_id, current_user)
    allowed = policies.can_answer_review(current_user, review)
    require(allowed, _("Only the author and who works on it with her can do this."))
    return review, subject


@submissions.route("/<int:review_id>", methods=["GET", "POST"])
@access.rule("policy")
def show(review_id: int) -> ResponseReturnValue:
    """Show the state and what is asked; keep the answer, or submit again with it."""
    review, subject = _own(review_id)
    form = AnswerForm(data={"version": review.version, "answer": review.answer})
    if not form.is_submitted():
        return _page(review, subject, form)
    answers = _answers(review)
    too_long = any(len(answer.text) > COMMENT_LENGTH for answer in answers.values())
    if not form.validate() or too_long:
        conflict = _("The text is too long.") if too_long else ""
        return _page(review, subject, form, 422, conflict, answers)
    again = "again" in request.form
    act = services.submit_again if again else services.keep_answers
    try:
        act(current_user, review, form.seen_version, answers, form.answer.data or "")
    except Conflict as error:
        db.session.rollback()
        if isinstance(error, services.Stale) and error.by_actor:
            flash(_("You have done this already."), "info")
            return redirect(url_for("submissions.show", review_id=review_id), 303)
        review, subject = _own(review_id)
        form.version.data = review.version
        return _page(review, subject, form, int(error.status), error.message, answers)
    db.session.commit()
    told = _("It is submitted again. You are told what the KTS says.") if again else _("Saved.")
    flash(told, "success")
    return redirect(url_for("submissions.show", review_id=review_id), 303)


def _answers(review: Review) -> dict[int, services.Answer]:
    """Read what was said to each comment."""
    return {
        comment.id: services.Answer(
            request.form.get(f"answer-{comment.id}", ""), f"done-{comment.id}" in request.form
        )
        for comment in review.comments
        if f"answer-{comment.id}" in request.form
    }


def _page(
    review: Review,
    subject: Subject,
    form: AnswerForm,
    status: int = 200,
    conflict: str = "",
    typed: dict[int, services.Answer] | None = None,
) -> ResponseReturnValue:
    page = render_template(
        "reviews/submission.html",
        review=review,
        subject=subject,
        form=form,
        typed=typed or {},
        conflict=conflict,
        can_submit=policies.is_possible(current_user, review, SUBMIT) and review.is_in_work,
        can_withdraw=policies.is_possible(current_user, review, WITHDRAW),
        history=queries.history(review),
        longest=COMMENT_LENGTH,
        **WORDS,
    )
    return page, status


@submissions.post("/<int:review_id>/zurueckziehen")
@access.rule("policy")
def withdraw(review_id: int) -> ResponseReturnValue:
    """Take it back."""
    review, subject = _own(review_id)
    form = VersionedForm()
    if form.validate_on_submit():
        try:
            services.withdraw(current_user, review, form.seen_version)
        except Conflict as error:
            db.session.rollback()
            review, subject = _own(review_id)
            kept = AnswerForm(formdata=None, data={"version": review.version})
            return _page(review, subject, kept, int(error.status), error.message)
        db.session.commit()
        again = _("It is withdrawn. You can submit it again at any time.")
        flash(again if review.is_in_work else _("It is withdrawn."), "success")
    return redirect(url_for("submissions.show", review_id=review_id), 303)
