"""Texts that are not sent yet: saved while typing, found again, deleted and brought back."""

import re
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, format_time
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import FieldList

from kts.core import access, slots
from kts.core.clock import now
from kts.core.errors import Invalid
from kts.core.forms import ActionForm
from kts.core.web import limited_person, whole_number
from kts.extensions import db, limiter
from kts.forum.models import TITLE_LENGTH
from kts.forum.models.drafts import Draft
from kts.forum.queries.writing import draft_places, own_drafts
from kts.forum.services import drafts as services

drafts = Blueprint("drafts", __name__, url_prefix="/entwuerfe")

SAVES = "1500 per hour"  # one every few seconds for somebody who types without a pause
# What a form sends besides what was typed into it.
NOT_KEPT = re.compile(
    r"csrf_token|token|title|body|files|preview|attach|draft_.*|alt-.*|decorative-.*"
)
ENTRY_NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}")


@drafts.get("")
@access.rule("signed-in", "only the own drafts")
def index() -> ResponseReturnValue:
    """List the drafts, newest first, with where each belongs as far as she may still know."""
    found = own_drafts(current_user)
    discarded = None
    if number := request.args.get("geloescht", type=whole_number):
        discarded = next(
            (d for d in own_drafts(current_user, discarded=True) if d.id == number), None
        )
    return render_template(
        "forum/drafts.html",
        drafts=found,
        places=draft_places(current_user, found),
        discarded=discarded,
        own_work=slots.render("own_work"),
        most=services.MOST_DRAFTS,
    )


@drafts.post("")
@access.rule("signed-in", "only the own drafts")
@limiter.limit(SAVES, key_func=limited_person)
def save() -> ResponseReturnValue:
    """Keep what was typed; tell the script what happened, or lead a person back to the form."""
    context = request.form.get("draft_context", "")
    version = request.form.get("draft_version", 0, type=whole_number)
    try:
        draft, aside = services.save_draft(current_user, context, _sent_words(), version=version)
    except services.Gone:
        return _told(410, _("The draft was sent or discarded elsewhere."))
    except Invalid as error:
        return _told(422, error.message)
    answer: dict[str, Any] = {"version": draft.version, "id": draft.id, "saved": clock(draft)}
    if aside is not None:
        answer["other"] = {"title": aside.title, "body": aside.body, "saved": saved_at(aside)}
    db.session.commit()
    if not _is_script():
        return _saved_by_hand(draft, aside is not None)
    return jsonify(answer), 409 if aside else 200


def _sent_words() -> services.Words:
    fields = {
        name: request.form.getlist(name)
        for name in request.form
        if ENTRY_NAME.fullmatch(name) and not NOT_KEPT.fullmatch(name)
    }
    return services.Words(
        title=request.form.get("title", "")[:TITLE_LENGTH],
        body=request.form.get("body", "").replace("\r\n", "\n"),
        fields=fields,
        municipality_id=_spoken_for(),
    )


def _spoken_for() -> int | None:
    """Give the municipality in whose name the person writes, if she may."""
    number = request.form.get("official", type=whole_number)
    return number if number is not None and current_user.edits(number) else None


def _is_script() -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


def _told(status: int, sentence: str) -> ResponseReturnValue:
    if _is_script():
        return jsonify(error=sentence), status
    return render_template(
        "forum/refused_draft.html", sentence=sentence, text=request.form.get("body", "")
    ), status


def _saved_by_hand(draft: Draft, conflict: bool) -> ResponseReturnValue:
    if conflict:
        sentence = _(
            "Your text is saved. Another version from another device is kept beside it in your "
            "list of drafts."
        )
    else:
        sentence = _("The draft is saved. You find it here and in your list of drafts.")
    flash(sentence, "success")
    place = draft_places(current_user, [draft])[draft.id]
    return redirect(place.url or url_for("drafts.index"), 303)


def clock(draft: Draft) -> str:
    """Say the time of the last save."""
    return format_time(draft.updated, "HH:mm")


@drafts.app_template_global("draft_saved_at")
def saved_at(draft: Draft) -> str:
    """Say when a draft was saved: the time, and the day where it was not today."""
    day = format_date(draft.updated, "long")
    if day == format_date(now(), "long"):
        return _("today, %(time)s", time=clock(draft))
    return _("%(date)s, %(time)s", date=day, time=clock(draft))


@drafts.app_template_global("draft_count")
def draft_count() -> int:
    """Count the signed-in person's drafts, for her menu."""
    return services.count_drafts(current_user) if current_user.is_authenticated else 0


@drafts.post("/<int:draft_id>/weiter")
@access.rule("signed-in", "only the own drafts")
def take_up(draft_id: int) -> ResponseReturnValue:
    """Open the form with this draft; what the form opened with so far is put aside."""
    draft = services.get_draft(current_user, draft_id)
    if ActionForm().validate_on_submit():
        services.take_up_draft(current_user, draft)
        db.session.commit()
    place = draft_places(current_user, [draft])[draft.id]
    return redirect(place.url or url_for("drafts.index"), 303)


@drafts.post("/<int:draft_id>/loeschen")
@access.rule("signed-in", "only the own drafts")
def delete(draft_id: int) -> ResponseReturnValue:
    """Discard a draft; the list offers to undo it."""
    draft = services.get_draft(current_user, draft_id)
    if ActionForm().validate_on_submit():
        services.throw_away_draft(current_user, draft)
        db.session.commit()
    return redirect(_back(draft) or url_for("drafts.index", geloescht=draft.id), 303)


def _back(draft: Draft) -> str:
    """Give the form that the button stood in; empty where it was the list."""
    if request.form.get("draft_context") != draft.context:
        return ""
    return draft_places(current_user, [draft])[draft.id].url


@drafts.post("/<int:draft_id>/zurueckholen")
@access.rule("signed-in", "only the own drafts")
def bring_back(draft_id: int) -> ResponseReturnValue:
    """Undo the deletion of a draft."""
    draft = services.get_draft(current_user, draft_id)
    if ActionForm().validate_on_submit():
        services.bring_back_draft(current_user, draft)
        db.session.commit()
        flash(_("The draft is back."), "success")
    return redirect(_back(draft) or url_for("drafts.index"), 303)


def fill_form(form: Any, context: str) -> Draft | None:
    """Put the person's draft into a form that was not sent yet; give it, or None for none.

    An entry that the form does not have any more, such as a category that was closed, is left out.
    """
    if not current_user.is_authenticated or form.is_submitted():
        return None
    draft = services.find_draft(current_user, context)
    if draft is not None:
        put_into(form, draft)
    return draft


def begin_with_draft(form: Any, draft: Draft | None) -> None:
    """Let an answer go on where its draft ends; what is quoted into it comes after."""
    if draft is None or form.is_submitted():
        return
    quoted, reply_to = form.body.data, form.reply_to.data
    put_into(form, draft)
    if quoted and quoted.strip() not in form.body.data:
        form.body.data = f"{form.body.data.rstrip()}\n\n{quoted}".lstrip()
        form.reply_to.data = reply_to


def put_into(form: Any, draft: Draft) -> None:
    """Put a draft's words into the fields of the same names."""
    for name, values in {**draft.fields, "title": [draft.title], "body": [draft.body]}.items():
        field = form._fields.get(name)
        if field is None or isinstance(field, FieldList) or not (values and any(values)):
            continue
        before = field.data
        try:
            field.process_formdata(list(values))
            if hasattr(field, "choices") and field.choices is not None:
                field.pre_validate(form)
        except ValueError:  # WTForms' word, too, for a choice that is not offered any more
            field.data = before
