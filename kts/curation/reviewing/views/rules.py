"""The rules of reviews on one page: who is reviewed, who is trusted, who reviews, what is said."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm

from kts.accounts.models import User
from kts.core import access
from kts.core.errors import Conflict, Invalid, NotFound
from kts.core.forms import ActionForm, choices_of
from kts.core.web import whole_number
from kts.curation.reviewing import queries, services
from kts.curation.reviewing.forms import (
    RuleForm,
    TextForm,
    TopicReviewerForm,
    TrustForm,
)
from kts.curation.reviewing.models import KINDS, TrustedMunicipality
from kts.curation.reviewing.states import KIND_NAMES
from kts.documents.queries import all_topics
from kts.extensions import db
from kts.municipalities.models import Topic

rules = Blueprint("review_rules", __name__, url_prefix="/kuratierung/pruefungen/regeln")

STEPS = {"hoch": -1, "runter": 1}


@rules.get("")
@access.rule("moderator")
def index() -> ResponseReturnValue:
    """Show all rules."""
    return _page()


def _page(status: int = 200, conflict: str = "", **filled: FlaskForm) -> ResponseReturnValue:
    forms: dict[str, FlaskForm] = {
        "trust": TrustForm(formdata=None, data={"municipality": request.args.get("kommune", "")}),
        "topic": _topic_form(formdata=None),
        "text": TextForm(formdata=None, data={"kinds": list(KINDS)}),
    }
    for kind in KINDS:
        rule = queries.rule_of(kind)
        forms[kind] = RuleForm(formdata=None, obj=rule, prefix=kind).for_kind(kind)
    page = render_template(
        "reviews/rules.html",
        forms=forms | filled,
        kinds=KINDS,
        kind_names=KIND_NAMES,
        trusted=queries.trusted_municipalities(request.args.get("page", 1, type=whole_number) or 1),
        reviewers=queries.topic_reviewers(),
        texts=queries.canned_texts(),
        conflict=conflict,
    )
    return page, status


def _topic_form(**values: Any) -> TopicReviewerForm:
    form = TopicReviewerForm(**values)
    form.topic.choices = choices_of((topic.id, topic.label) for topic in all_topics())
    people = [(person.id, person.display_name) for person in queries.moderators()]
    form.person.choices = choices_of(people)
    return form


def _back(anchor: str) -> ResponseReturnValue:
    return redirect(url_for("review_rules.index", _anchor=anchor), 303)


def _require_token() -> None:
    if not ActionForm().validate_on_submit():
        raise NotFound


@rules.post("/<any(document, experience, dossier):kind>")
@access.rule("moderator")
def change(kind: str) -> ResponseReturnValue:
    """Set the rule for one kind."""
    form = RuleForm(prefix=kind).for_kind(kind)
    if not form.validate_on_submit():
        return _page(422, **{kind: form})
    try:
        services.change_rule(
            current_user,
            kind,
            form.seen_version,
            who=form.who.data,
            two_persons=form.two_persons.data,
            days=form.days.data,
        )
    except Conflict as error:
        db.session.rollback()
        form.version.data = queries.rule_of(kind).version
        return _page(409, error.message, **{kind: form})
    db.session.commit()
    flash(_("The rule is saved. It counts for what is submitted from now on."), "success")
    return _back(f"regel-{kind}")


@rules.post("/vertraut")
@access.rule("moderator")
def trust() -> ResponseReturnValue:
    """Let a municipality publish at once."""
    form = TrustForm()
    if not form.validate_on_submit():
        return _page(422, trust=form)
    services.trust(current_user, form.found, form.reason.data)
    db.session.commit()
    flash(_("%(name)s publishes at once from now on.", name=form.found.name), "success")
    return _back("vertraut")


@rules.post("/vertraut/<int:trusted_id>/beenden")
@access.rule("moderator")
def end_trust(trusted_id: int) -> ResponseReturnValue:
    """Have a municipality reviewed again; the next page offers to undo it."""
    _require_token()
    trusted = db.session.get(TrustedMunicipality, trusted_id)
    if trusted is None:
        raise NotFound
    name = trusted.name
    entry = services.end_trust(current_user, trusted)
    db.session.commit()
    undo = url_for("review_rules.trust_again", entry_id=entry.id)
    told = _("What %(name)s publishes is reviewed from now on.", name=name)
    flash({"text": told, "undo": undo}, "undo")
    return _back("vertraut")


@rules.post("/vertraut/wieder/<int:entry_id>")
@access.rule("moderator")
def trust_again(entry_id: int) -> ResponseReturnValue:
    """Undo the end of trust."""
    _require_token()
    trusted = services.trust_again(current_user, entry_id)
    db.session.commit()
    flash(_("%(name)s publishes at once from now on.", name=trusted.name), "success")
    return _back("vertraut")


@rules.post("/handlungsfelder")
@access.rule("moderator")
def name_reviewer() -> ResponseReturnValue:
    """Name who reviews what is submitted on a topic, or end it."""
    form = _topic_form()
    topic = db.session.get(Topic, form.topic.data) if form.validate_on_submit() else None
    if topic is None:
        raise NotFound
    person = None if "end" in request.form else db.session.get(User, form.person.data)
    try:
        if person is None and "end" not in request.form:
            raise Invalid(_("Please choose a colleague of the KTS."))
        services.name_topic_reviewer(current_user, topic, person)
    except Invalid as error:
        form.person.errors = [error.message]
        return _page(422, topic=form)
    db.session.commit()
    flash(_("Saved."), "success")
    return _back("handlungsfelder")


@rules.post("/texte")
@access.rule("moderator")
def add_text() -> ResponseReturnValue:
    """Add a canned text."""
    form = TextForm()
    if not form.validate_on_submit():
        return _page(422, text=form)
    services.add_text(
        current_user, title=form.title.data, text=form.text.data, kinds=form.kinds.data
    )
    db.session.commit()
    flash(_("The text is saved."), "success")
    return _back("texte")


@rules.route("/texte/<int:text_id>", methods=["GET", "POST"])
@access.rule("moderator")
def change_text(text_id: int) -> ResponseReturnValue:
    """Change a canned text."""
    canned = queries.get_text(text_id)
    form = TextForm(obj=canned)
    conflict, status = "", 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        values = {"title": form.title.data, "text": form.text.data, "kinds": form.kinds.data}
        try:
            services.change_text(current_user, canned, form.seen_version, **values)
        except Conflict as error:
            db.session.rollback()
            conflict, status = error.message, 409
            form.version.data = queries.get_text(text_id).version
        else:
            db.session.commit()
            flash(_("The text is saved."), "success")
            return _back("texte")
    return render_template("reviews/text.html", form=form, conflict=conflict), status


@rules.post("/texte/<int:text_id>/<any(hoch, runter):direction>")
@access.rule("moderator")
def move_text(text_id: int, direction: str) -> ResponseReturnValue:
    """Move a canned text by one place."""
    _require_token()
    services.move_text(queries.get_text(text_id), STEPS[direction])
    db.session.commit()
    return _back(f"text-{text_id}")


@rules.post("/texte/<int:text_id>/loeschen")
@access.rule("moderator")
def delete_text(text_id: int) -> ResponseReturnValue:
    """Delete a canned text; the next page offers to undo it."""
    _require_token()
    services.delete_text(current_user, queries.get_text(text_id))
    db.session.commit()
    undo = url_for("review_rules.restore_text", text_id=text_id)
    flash({"text": _("The text is deleted."), "undo": undo}, "undo")
    return _back("texte")


@rules.post("/texte/<int:text_id>/wiederherstellen")
@access.rule("moderator")
def restore_text(text_id: int) -> ResponseReturnValue:
    """Bring a deleted text back."""
    _require_token()
    services.restore_text(current_user, queries.get_text(text_id, deleted=True))
    db.session.commit()
    flash(_("The text is back."), "success")
    return _back("texte")
