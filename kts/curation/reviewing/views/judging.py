"""Reviews for moderators: the list, the page with content and comments, every deed on it."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm

from kts.accounts.models import User
from kts.core import access
from kts.core.decided import require_undecided
from kts.core.errors import Conflict, DomainError, Invalid, NotFound
from kts.core.forms import ActionForm, choices_of
from kts.core.web import whole_number
from kts.curation.reviewing import policies, queries, services
from kts.curation.reviewing.forms import (
    ApproveForm,
    AskForm,
    CommentForm,
    GiveForm,
    ReasonForm,
    VersionedForm,
)
from kts.curation.reviewing.models import (
    APPROVED,
    CHANGES,
    DRAFT,
    PUBLISHED,
    RETIRED,
    SUBMITTED,
    Review,
)
from kts.curation.reviewing.states import BADGES, DEEDS, KIND_NAMES, NAMES
from kts.curation.reviewing.subjects import Subject
from kts.curation.reviewing.views.content import content_of
from kts.documents.queries import get_document
from kts.documents.releasing import reinstate_document, retire_document
from kts.extensions import db

reviews = Blueprint("reviews", __name__, url_prefix="/kuratierung/pruefungen")

#: What each list shows, by its name in the address.
LISTS = {
    "": (SUBMITTED, APPROVED),
    "rueckfragen": (CHANGES,),
    "entwuerfe": (DRAFT,),
    "veroeffentlicht": (PUBLISHED,),
    "stillgelegt": (RETIRED,),
}
WORDS = {"names": NAMES, "badges": BADGES, "kind_names": KIND_NAMES}
Forms = dict[str, FlaskForm]


@reviews.get("")
@access.rule("moderator")
def index() -> ResponseReturnValue:
    """List the reviews, the longest waiting first."""
    which = request.args.get("liste", "")
    which = which if which in LISTS else ""
    number = request.args.get("page", 1, type=whole_number)
    counts = queries.counts_by_state(current_user)
    return render_template(
        "reviews/index.html",
        page=queries.find_reviews(current_user, LISTS[which], number),
        which=which,
        tabs=_tabs(which, counts),
        **WORDS,
    )


def _tabs(which: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    labels = {
        "": _("To be reviewed"),
        "rueckfragen": _("Changes asked"),
        "entwuerfe": _("Withdrawn"),
        "veroeffentlicht": _("Published"),
        "stillgelegt": _("Retired"),
    }
    return [
        {
            "label": label,
            "url": url_for("reviews.index", liste=name or None),
            "active": name == which,
            "count": sum(counts.get(state, 0) for state in LISTS[name]),
        }
        for name, label in labels.items()
    ]


@reviews.get("/<int:review_id>")
@access.rule("moderator")
def show(review_id: int) -> ResponseReturnValue:
    """Show what is reviewed beside the comments."""
    review, subject = queries.get_review(review_id, current_user)
    return page_of(review, subject)


def page_of(
    review: Review, subject: Subject, status: int = 200, conflict: str = "", **filled: FlaskForm
) -> ResponseReturnValue:
    """Give the page of a review; ``filled`` are forms that were sent and have to be shown again."""
    number = request.args.get("seite", type=whole_number) or _page_of(filled) or 1
    fingerprint = subject.fingerprint
    given = queries.counting_approvals(review, fingerprint)
    needed = queries.needed_approvals(review)
    lapsed = review.state == APPROVED and len(given) < needed
    page = render_template(
        "reviews/review.html",
        review=review,
        subject=subject,
        content=content_of(review, subject, number),
        forms=_forms(review, fingerprint) | filled,
        can_do={deed: policies.is_possible(current_user, review, deed) for deed in DEEDS},
        can_approve=_can_approve(review, lapsed, [one.user_id for one in given]),
        has_approved=any(one.user_id == current_user.id for one in given),
        is_author=policies.is_author(current_user, review),
        given=given,
        needed=needed,
        lapsed=lapsed,
        texts=queries.canned_texts(review.kind),
        history=queries.history(review),
        trusted=review.municipality_id is None or queries.is_trusted(review.municipality_id),
        conflict=conflict,
        **WORDS,
    )
    return page, status


def _page_of(filled: Forms) -> int | None:
    sent = filled.get("comment")
    return sent.page.data if isinstance(sent, CommentForm) else None


def _can_approve(review: Review, lapsed: bool, given: list[int]) -> bool:
    possible = review.state == SUBMITTED or lapsed
    return (
        possible
        and policies.can_judge_review(current_user, review)
        and (current_user.id not in given)
    )


def _forms(review: Review, fingerprint: str) -> Forms:
    number = request.args.get("seite", type=whole_number)
    comment = CommentForm(formdata=None, data={"page": number}, prefix="")
    _offer_texts(comment, review)
    give = GiveForm(formdata=None, data={"version": review.version})
    give.person.choices = _people(review)
    return {
        "comment": comment,
        "ask": AskForm(formdata=None, data={"version": review.version}),
        "approve": ApproveForm(
            formdata=None, data={"version": review.version, "seen": fingerprint}
        ),
        "give": give,
        "retire": ReasonForm(formdata=None, data={"version": review.version}),
        "action": ActionForm(formdata=None),
    }


def _offer_texts(form: CommentForm, review: Review) -> None:
    texts = queries.canned_texts(review.kind)
    form.canned.choices = choices_of([("", _("None")), *((str(t.id), t.title) for t in texts)])


def _people(review: Review) -> Any:
    found = [p for p in queries.moderators() if policies.can_judge_review(p, review)]
    return choices_of((person.id, person.display_name) for person in found)


def _done(
    review_id: int,
    name: str,
    form: FlaskForm,
    act: Callable[[Review, Subject], Any],
    told: str,
    anchor: str | None = None,
) -> ResponseReturnValue:
    """Do a deed and commit; show the form again, with what was typed, where it was not possible."""
    review, subject = queries.get_review(review_id, current_user)
    if not form.validate_on_submit():
        return page_of(review, subject, 422, **{name: form})
    try:
        act(review, subject)
    except services.Stale as error:
        if error.by_actor:
            db.session.rollback()
            flash(_("You have done this already."), "info")
            return redirect(url_for("reviews.show", review_id=review_id), 303)
        return _refused(review_id, name, form, error)
    except (Conflict, Invalid) as error:
        return _refused(review_id, name, form, error)
    db.session.commit()
    flash(told, "success")
    here = request.args.get("seite", type=whole_number)
    return redirect(url_for("reviews.show", review_id=review_id, seite=here, _anchor=anchor), 303)


def _refused(review_id: int, name: str, form: FlaskForm, error: DomainError) -> ResponseReturnValue:
    db.session.rollback()
    review, subject = queries.get_review(review_id, current_user)
    if isinstance(form, VersionedForm):
        form.version.data = review.version
    if isinstance(form, ApproveForm):
        form.seen.data = subject.fingerprint
    if isinstance(form, GiveForm):
        form.person.choices = _people(review)
    return page_of(review, subject, int(error.status), error.message, **{name: form})


@reviews.post("/<int:review_id>/kommentar")
@access.rule("moderator")
def comment(review_id: int) -> ResponseReturnValue:
    """Comment on a page or a passage; or put a canned text into the field first."""
    review, subject = queries.get_review(review_id, current_user)
    form = CommentForm()
    _offer_texts(form, review)
    if "insert" in request.form:
        known = {str(text.id): text.text for text in queries.canned_texts(review.kind)}
        chosen = known.get(form.canned.data or "", "")
        form.text.data = "\n\n".join(part for part in (form.text.data, chosen) if part)
        return page_of(review, subject, comment=form)

    def act(review: Review, _subject: Subject) -> None:
        services.add_comment(
            current_user,
            review,
            form.text.data,
            page=form.page.data,
            quote=form.quote.data or "",
        )

    return _done(review_id, "comment", form, act, _("The comment is kept."), "kommentare")


@reviews.post("/<int:review_id>/kommentar/<int:comment_id>")
@access.rule("moderator")
def settle(review_id: int, comment_id: int) -> ResponseReturnValue:
    """Say that what a comment asks is done, or not yet."""
    done = request.form.get("done") == "1"

    def act(review: Review, _subject: Subject) -> None:
        found = queries.get_comment(review, comment_id)
        services.settle_comment(current_user, review, found, done)

    told = _("The comment is settled.") if done else _("The comment is open again.")
    return _done(review_id, "action", ActionForm(), act, told, f"kommentar-{comment_id}")


@reviews.post("/<int:review_id>/aenderungen")
@access.rule("moderator")
def ask(review_id: int) -> ResponseReturnValue:
    """Ask the author for changes."""
    form = AskForm()

    def act(review: Review, _subject: Subject) -> None:
        services.ask_for_changes(current_user, review, form.seen_version, form.words.data or "")

    return _done(review_id, "ask", form, act, _("The author is asked for changes."))


@reviews.post("/<int:review_id>/freigeben")
@access.rule("moderator")
def approve(review_id: int) -> ResponseReturnValue:
    """Approve it; publish it at once unless that is to come later."""
    form = ApproveForm()
    at_once = "later" not in request.form

    def act(review: Review, subject: Subject) -> None:
        seen = form.seen.data or ""
        services.approve(current_user, review, form.seen_version, seen, at_once=at_once)

    return _done(review_id, "approve", form, act, _("Your approval is kept."))


@reviews.post("/<int:review_id>/veroeffentlichen")
@access.rule("moderator")
def publish(review_id: int) -> ResponseReturnValue:
    """Let readers see what is approved."""
    form = ApproveForm()

    def act(review: Review, subject: Subject) -> None:
        services.publish(current_user, review, form.seen_version, form.seen.data or "")

    return _done(review_id, "approve", form, act, _("It is published."))


@reviews.post("/<int:review_id>/weitergeben")
@access.rule("moderator")
def give(review_id: int) -> ResponseReturnValue:
    """Give it to another reviewer."""
    form = GiveForm()

    def act(review: Review, _subject: Subject) -> None:
        person = db.session.get(User, form.person.data)
        if person is None:
            raise Invalid(_("Please choose a moderator who is not its author."))
        services.give_to(current_user, review, form.seen_version, person)

    form.person.choices = []
    return _done(review_id, "give", form, act, _("The reviewer is named and told."))


@reviews.post("/<int:review_id>/stilllegen")
@access.rule("moderator")
def retire(review_id: int) -> ResponseReturnValue:
    """Take what was published out of lists and search."""
    form = ReasonForm()

    def act(review: Review, _subject: Subject) -> None:
        services.retire(current_user, review, form.seen_version, form.reason.data)

    return _done(review_id, "retire", form, act, _("It is retired. Its address says why."))


@reviews.post("/<int:review_id>/zurueckholen")
@access.rule("moderator")
def reinstate(review_id: int) -> ResponseReturnValue:
    """Bring back what was retired."""
    form = VersionedForm()

    def act(review: Review, _subject: Subject) -> None:
        services.reinstate(current_user, review, form.seen_version)

    return _done(review_id, "action", form, act, _("It is published again."))


@reviews.route("/stilllegen/<int:document_id>", methods=["GET", "POST"])
@access.rule("moderator")
def retire_any(document_id: int) -> ResponseReturnValue:
    """Retire any published document, reviewed or not; or bring it back."""
    document = get_document(document_id, current_user)
    form = ReasonForm()
    if request.method == "POST" and "back" in request.form:
        if not ActionForm().validate_on_submit():
            raise NotFound
        require_undecided(document, "hidden")
        reinstate_document(current_user, document)
        db.session.commit()
        flash(_("It is published again."), "success")
        return redirect(document.path, 303)
    if form.validate_on_submit():
        try:
            retire_document(current_user, document, form.reason.data)
        except (Conflict, Invalid) as error:
            form.reason.errors = [error.message]
        else:
            db.session.commit()
            flash(_("It is retired. Its address says why."), "success")
            return redirect(document.path, 303)
    status = 422 if form.is_submitted() else 200
    return render_template("reviews/retire.html", document=document, form=form), status
