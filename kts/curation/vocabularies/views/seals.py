"""The quality seal: its criteria and what has it, one seal, suggesting, giving, withdrawing."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from kts.core import access
from kts.core.access import require
from kts.core.clock import now
from kts.core.errors import Conflict, NotFound
from kts.core.web import limited_person
from kts.curation.vocabularies.forms import AnswerForm, ReasonForm, SealForm, SuggestForm, seal_form
from kts.curation.vocabularies.models import LabelSuggestion, QualitySeal, SealCriteria
from kts.curation.vocabularies.models.seals import WAITING
from kts.curation.vocabularies.services import criteria
from kts.curation.vocabularies.services import seals as services
from kts.curation.vocabularies.subjects import (
    Subject,
    find_subject,
    owned_by_others,
    visible_subjects,
)
from kts.extensions import db, limiter

seals = Blueprint("seals", __name__)

SUGGESTIONS = "20 per hour"  # nobody reads more with care


@seals.get("/guetesiegel")
@access.rule("everyone")
def index() -> ResponseReturnValue:
    """Show the criteria that count, and everything that has the seal."""
    return _index_page(criteria.criteria_now())


@seals.get("/guetesiegel/kriterien/<int:number>")
@access.rule("everyone")
def version(number: int) -> ResponseReturnValue:
    """Show one version of the criteria: seals name it."""
    found = next((one for one in criteria.published() if one.number == number), None)
    if found is None and number == 1:
        found = criteria.starting_criteria()
    if found is None:
        raise NotFound
    return _index_page(found)


def _index_page(shown: SealCriteria) -> str:
    statement = select(QualitySeal).where(
        QualitySeal.withdrawn_at.is_(None), QualitySeal.valid_until >= now().date()
    )
    given = db.session.scalars(statement.order_by(QualitySeal.given_at.desc())).all()
    known = visible_subjects(current_user, ((one.kind, one.object_id) for one in given))
    return render_template(
        "vocabularies/seals.html",
        criteria=shown,
        counting=criteria.criteria_now().number,
        versions=criteria.published(),
        given=[
            (one, known[one.kind, one.object_id])
            for one in given
            if (one.kind, one.object_id) in known
        ],
    )


@seals.get("/guetesiegel/<int:seal_id>")
@access.rule("everyone")
def show(seal_id: int) -> ResponseReturnValue:
    """Show why something has the seal, or why it no longer has it."""
    return _seal_page(*_seal(seal_id), ReasonForm(formdata=None))


def _seal(seal_id: int) -> tuple[QualitySeal, Subject | None]:
    seal = db.session.get(QualitySeal, seal_id)
    if seal is None:
        raise NotFound
    return seal, _subject_of(seal)


def _subject_of(thing: QualitySeal | LabelSuggestion) -> Subject | None:
    """Give what it is about; moderators, who have to decide, get None where that is gone."""
    try:
        return find_subject(current_user, thing.kind, thing.object_id)
    except NotFound:
        if not current_user.is_moderator:
            raise
        return None


def _seal_page(seal: QualitySeal, subject: Subject | None, form: ReasonForm) -> str:
    return render_template("vocabularies/seal.html", seal=seal, subject=subject, form=form)


@seals.route("/guetesiegel/vorschlagen/<kind>/<int:number>", methods=["GET", "POST"])
@access.rule("signed-in")
@limiter.limit(SUGGESTIONS, methods=["POST"], key_func=limited_person)
def suggest(kind: str, number: int) -> ResponseReturnValue:
    """Suggest the seal for something."""
    subject = _sealable(kind, number)
    form = SuggestForm()
    if form.validate_on_submit():
        try:
            services.suggest_seal(current_user, subject, form.text.data.strip())
        except Conflict as error:
            db.session.rollback()
            form.text.errors = [error.message]
            subject = _sealable(kind, number)
            return render_template(
                "vocabularies/suggest.html", subject=subject, form=form
            ), error.status
        db.session.commit()
        flash(_("Thank you. The KTS looks at it, and you are told what becomes of it."), "success")
        return redirect(subject.path, 303)
    page = render_template("vocabularies/suggest.html", subject=subject, form=form)
    return page, 422 if form.is_submitted() else 200


def _sealable(kind: str, number: int) -> Subject:
    subject = find_subject(current_user, kind, number)
    require(
        subject.may_be_sealed,
        _("Only published documents, dossiers and experiences can have the quality seal."),
    )
    return subject


@seals.route("/kuratierung/guetesiegel/<kind>/<int:number>", methods=["GET", "POST"])
@access.rule("moderator")
def give(kind: str, number: int) -> ResponseReturnValue:
    """Answer the criteria and give the seal; nobody gives it to her own content."""
    subject = _sealable(kind, number)
    require(
        subject.author_id != current_user.id and not current_user.edits(subject.municipality_id),
        _("This is about your own content. Another moderator has to decide it."),
    )
    counting = criteria.criteria_now()
    form = seal_form(counting.numbered)
    if not form.is_submitted():
        form.valid_until.data = services.usual_end()
        form.criteria.data = str(counting.id or 0)
    message, status = "", 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            seal = services.give_seal(
                current_user,
                subject,
                answers=form.answers(),
                reason=form.reason.data.strip(),
                valid_until=form.valid_until.data,
                criteria_id=int(form.criteria.data or 0),
            )
        except Conflict as error:
            db.session.rollback()
            message, status = error.message, error.status
        else:
            db.session.commit()
            told = _("The seal is given. The owner was told.")
            flash(
                told if owned_by_others(subject, current_user) else _("The seal is given."),
                "success",
            )
            return redirect(seal.path, 303)
    return _give_page(kind, number, form, message), status


def _give_page(kind: str, number: int, form: SealForm, message: str) -> str:
    counting = criteria.criteria_now()
    form.criteria.raw_data, form.criteria.data = None, str(counting.id or 0)
    return render_template(
        "vocabularies/give_seal.html",
        subject=find_subject(current_user, kind, number),
        criteria=counting,
        form=form,
        suggestion=services.waiting_suggestion(kind, number),
        standing=services.standing_seal(kind, number),
        message=message,
    )


@seals.post("/guetesiegel/<int:seal_id>/zurueckziehen")
@access.rule("moderator")
def withdraw(seal_id: int) -> ResponseReturnValue:
    """Withdraw a seal."""
    seal, subject = _seal(seal_id)
    db.session.refresh(seal, with_for_update={"of": QualitySeal})
    form = ReasonForm()
    if not form.validate_on_submit():
        return _seal_page(seal, subject, form), 422
    try:
        services.withdraw_seal(current_user, subject, seal, form.reason.data)
    except Conflict as error:
        db.session.rollback()
        flash(error.message, "error")
        return redirect(f"/guetesiegel/{seal_id}", 303)
    db.session.commit()
    told = _("The seal is withdrawn. The owner was told.")
    flash(
        told if owned_by_others(subject, current_user) else _("The seal is withdrawn."), "success"
    )
    return redirect(seal.path, 303)


@seals.get("/kuratierung/guetesiegel/vorschlaege/<int:suggestion_id>")
@access.rule("moderator")
def suggestion(suggestion_id: int) -> ResponseReturnValue:
    """Show a suggestion with what can be done."""
    return _suggestion_page(_suggestion(suggestion_id), AnswerForm(formdata=None))


def _suggestion(suggestion_id: int) -> LabelSuggestion:
    found = db.session.get(
        LabelSuggestion,
        suggestion_id,
        with_for_update={"of": LabelSuggestion} if request.method == "POST" else None,
    )
    if found is None:
        raise NotFound
    return found


def _suggestion_page(found: LabelSuggestion, form: AnswerForm) -> str:
    return render_template(
        "vocabularies/suggestion.html",
        suggestion=found,
        subject=_subject_of(found),
        form=form,
        waits=found.state == WAITING,
    )


@seals.post("/kuratierung/guetesiegel/vorschlaege/<int:suggestion_id>")
@access.rule("moderator")
def decline(suggestion_id: int) -> ResponseReturnValue:
    """Decline a suggestion with an answer."""
    found = _suggestion(suggestion_id)
    form = AnswerForm()
    if not form.validate_on_submit():
        return _suggestion_page(found, form), 422
    try:
        services.decline_suggestion(current_user, found, form.reason.data)
    except Conflict as error:
        db.session.rollback()
        flash(error.message, "error")
        return redirect(f"/kuratierung/guetesiegel/vorschlaege/{suggestion_id}", 303)
    db.session.commit()
    flash(_("The suggestion is declined. Its author was told."), "success")
    return redirect("/kuratierung", 303)
