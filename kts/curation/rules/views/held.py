"""What is held back, for moderators: read it, release it, ask for a change, refuse it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from kts.core import access, judging
from kts.core.errors import Conflict, DomainError, NotFound
from kts.core.forms import ActionForm, choices_of, labels_of
from kts.core.web import whole_number
from kts.curation.reporting.queries import rules_now
from kts.curation.rules import queries, services
from kts.curation.rules.forms import AskForm, RefuseForm, VouchForm
from kts.curation.rules.matching import marked_html, marked_text
from kts.curation.rules.policies import can_decide_held_contribution
from kts.extensions import db
from kts.forum.differences import differences
from kts.forum.forms.held import HeldForm
from kts.forum.models.held import CHANGES, REFUSED, RELEASED, WAITING, WITHDRAWN, HeldContribution
from kts.forum.queries.held import get_held, held_page, history_of
from kts.forum.services import holding
from kts.forum.services.contents import render_post
from kts.forum.services.held_texts import LABELS, source_of, texts_of
from kts.forum.services.releasing import obstacle, thread_now

held_back = Blueprint("held_back", __name__, url_prefix="/kuratierung/zurueckgehalten")

PER_PAGE = 50
NO_RULE = "-"
LISTS = {
    "": (WAITING,),
    "nachgefragt": (CHANGES,),
    "entschieden": (RELEASED, REFUSED, WITHDRAWN),
}


@held_back.get("")
@access.rule("moderator")
def index() -> ResponseReturnValue:
    """List what waits, what its authors were asked to change, or what is decided."""
    which = request.args.get("liste", "")
    which = which if which in LISTS else ""
    number = request.args.get("seite", 1, type=whole_number)
    return render_template(
        "rules/held_list.html",
        page=held_page(current_user, LISTS[which], number, PER_PAGE),
        which=which,
        tabs=_tabs(which),
        sentence_of=judging.sentence_of,
        decided_at=judging.decided_at,
    )


def _tabs(which: str) -> list[dict[str, Any]]:
    labels = {
        "": _("Waiting"),
        "nachgefragt": _("With the author"),
        "entschieden": _("Decided"),
    }
    return [
        {
            "label": label,
            "url": url_for("held_back.index", liste=name or None),
            "active": name == which,
        }
        for name, label in labels.items()
    ]


@held_back.post("/freigeben")
@access.rule("moderator")
def release_many() -> ResponseReturnValue:
    """Release all that are ticked; what cannot be released is named with the reason."""
    if not ActionForm().validate_on_submit():
        raise NotFound
    ticked = [_number_and_version(name) for name in request.form.getlist("ding")[:PER_PAGE]]
    if not ticked:
        flash(_("Nothing was ticked, so nothing was changed."), "warning")
        return redirect(url_for("held_back.index"), 303)
    done, refused = 0, []
    for number, version in ticked:
        sentence = _released(number, version)
        done += not sentence
        refused += [sentence] if sentence else []
    if done:
        flash(
            ngettext(
                "%(num)d contribution is released. Its author is told.",
                "%(num)d contributions are released. Their authors are told.",
                done,
            ),
            "success",
        )
    if refused:
        flash(_("Not released: %(list)s", list=" · ".join(refused)), "warning")
    return redirect(url_for("held_back.index"), 303)


def _number_and_version(name: str) -> tuple[int, int]:
    number, _sign, version = name.partition("-")
    try:
        return whole_number(number), whole_number(version)
    except ValueError:
        raise NotFound from None


def _released(number: int, version: int) -> str:
    """Release one of several, in a transaction of its own; say what stands against it."""
    title = f"#{number}"
    try:
        held = get_held(current_user, number)
        title = held.title or title
        _require_here(held)
        holding.release(current_user, held, version=version)
    except DomainError as error:
        db.session.rollback()
        return f"{title}: {error.message}"
    db.session.commit()
    return ""


@held_back.get("/<int:held_id>")
@access.rule("moderator")
def show(held_id: int) -> ResponseReturnValue:
    """Show one with its matches, its author's history and the place that it is meant for."""
    return _page(get_held(current_user, held_id))


def _page(
    held: HeldContribution, status: int = 200, conflict: str = "", **forms: Any
) -> ResponseReturnValue:
    matches = queries.matches_of(held)
    texts = texts_of(held)
    before = held.payload.get("before") or {}
    return render_template(
        "rules/held.html",
        held=held,
        texts=texts,
        labels=LABELS,
        html=marked_html(matches.phrases, render_post(source_of(held))),
        title=marked_text(matches.phrases, texts.get("title", "")),
        options=marked_text(matches.phrases, texts.get("options", "")),
        matches=matches,
        reasons=[judging.sentence_of(key) for key in held.reasons],
        history=history_of(held),
        thread=thread_now(held),
        obstacle=obstacle(held) if held.is_open else "",
        changes={n: differences(before.get(n, ""), t) for n, t in texts.items() if before},
        edited={n: differences(texts[n], t) for n, t in (held.edited or {}).items()},
        elsewhere=judging.decided_at(held),
        vouched=queries.vouched_for(held.author_id),
        conflict=conflict,
        **{**_forms(held), **forms},
    ), status


def _forms(held: HeldContribution) -> dict[str, Any]:
    """Make the forms of the page, as long as nothing was sent into them."""
    own = HeldForm(formdata=None)
    own.keep(texts_of(held), held.version)
    own.version.data = held.version
    for name, text in texts_of(held).items():
        own[name].data = text
    return {
        "own_form": own,
        "ask_form": AskForm(formdata=None, version=held.version),
        "refuse_form": _refuse_form(held, sent=False),
        "vouch_form": VouchForm(formdata=None, version=held.version),
    }


def _refuse_form(held: HeldContribution, *, sent: bool) -> RefuseForm:
    form = RefuseForm(version=held.version) if sent else RefuseForm(None, version=held.version)
    rules = rules_now()
    parts = [part for part in rules.paragraphs if part["number"]] if rules else []
    named = [(p["number"], f"§ {p['number']} {p['title']}") for p in parts]
    form.rule.choices = choices_of(
        [("", _("Please choose")), *named, (NO_RULE, _("None; the reason says why"))]
    )
    return form


def _decided(held_id: int, deed: Any, told: str, **forms: Any) -> ResponseReturnValue:
    """Do it, and lead on to what waits next; a moderator who comes second is told who was first."""
    held = get_held(current_user, held_id)
    access.require(
        can_decide_held_contribution(current_user, held),
        _("This is your own contribution. Another moderator has to look at it."),
    )
    try:
        _require_here(held)
        deed(held)
    except Conflict as conflict:
        db.session.rollback()
        return _page(get_held(current_user, held_id), conflict.status, conflict.message, **forms)
    db.session.commit()
    flash(told, "success")
    return redirect(url_for("held_back.index"), 303)


def _require_here(held: HeldContribution) -> None:
    """Raise Conflict for what another feature decides, by rules of its own."""
    if held.is_open and judging.decided_at(held):
        raise Conflict(_("This is decided on another page."))


def _version() -> int:
    return request.form.get("version", 0, type=whole_number)


@held_back.post("/<int:held_id>/freigeben")
@access.rule("moderator")
def release(held_id: int) -> ResponseReturnValue:
    """Put it into the forum as it is."""
    if not ActionForm().validate_on_submit():
        raise NotFound
    return _decided(
        held_id,
        lambda held: holding.release(current_user, held, version=_version()),
        _("It is released. Its author and those who follow the thread are told."),
    )


@held_back.post("/<int:held_id>/geaendert-freigeben")
@access.rule("moderator")
def release_changed(held_id: int) -> ResponseReturnValue:
    """Put it into the forum with changes of one's own, which the author sees compared."""
    held = get_held(current_user, held_id)
    form = HeldForm()
    form.keep(texts_of(held), held.version)
    if not form.validate_on_submit():
        return _page(held, 422, own_form=form)
    return _decided(
        held_id,
        lambda held: holding.release(
            current_user, held, version=form.version.data, texts=form.texts
        ),
        _("It is released with your changes. Its author is told and sees both texts compared."),
        own_form=form,
    )


@held_back.post("/<int:held_id>/nachfragen")
@access.rule("moderator")
def ask(held_id: int) -> ResponseReturnValue:
    """Ask the author to change it."""
    form = AskForm()
    if not form.validate_on_submit():
        return _page(get_held(current_user, held_id), 422, ask_form=form)
    return _decided(
        held_id,
        lambda held: holding.ask_for_changes(
            current_user, held, form.ask.data, version=form.version.data
        ),
        _("The author is asked. It comes back to the desk when she has changed it."),
        ask_form=form,
    )


@held_back.post("/<int:held_id>/ablehnen")
@access.rule("moderator")
def refuse(held_id: int) -> ResponseReturnValue:
    """Refuse it; the author is told why and keeps her text."""
    held = get_held(current_user, held_id)
    form = _refuse_form(held, sent=True)
    if not form.validate_on_submit():
        return _page(held, 422, refuse_form=form)
    rule = "" if form.rule.data == NO_RULE else str(labels_of(form.rule)[form.rule.data])
    answer = _decided(
        held_id,
        lambda held: holding.refuse(
            current_user, held, form.reason.data, rule=rule, version=form.version.data
        ),
        _("It is refused. The author is told why and keeps her text. You can undo it here."),
        refuse_form=form,
    )
    if getattr(answer, "status_code", None) == 303:
        return redirect(url_for("held_back.show", held_id=held_id), 303)
    return answer


@held_back.post("/<int:held_id>/wieder-aufnehmen")
@access.rule("moderator")
def take_up_again(held_id: int) -> ResponseReturnValue:
    """Undo a refusal."""
    if not ActionForm().validate_on_submit():
        raise NotFound
    return _decided(
        held_id,
        lambda held: holding.take_up_again(current_user, held, version=_version()),
        _("The refusal is taken back. It waits again, and the author is told."),
    )


@held_back.post("/<int:held_id>/nie-mehr-zurueckhalten")
@access.rule("moderator")
def vouch(held_id: int) -> ResponseReturnValue:
    """Hold nothing of this person any more."""
    held = get_held(current_user, held_id)
    form = VouchForm()
    if not form.validate_on_submit():
        return _page(held, 422, vouch_form=form)
    services.vouch_for(current_user, held.author, form.why.data or "")
    db.session.commit()
    flash(
        _(
            "Nothing of %(name)s is held back any more. What waits already still has to be "
            "decided. You can undo it under “Never held back”.",
            name=held.author.display_name,
        ),
        "success",
    )
    return redirect(url_for("held_back.show", held_id=held_id), 303)
