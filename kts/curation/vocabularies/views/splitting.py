"""Splitting a term: the targets, the list of the uses in which each gets its place, the deed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from kts.core import access
from kts.core.errors import Conflict, Invalid, NotFound
from kts.core.forms import ActionForm
from kts.core.pagination import Page
from kts.core.web import whole_number
from kts.curation.vocabularies import queries, services
from kts.curation.vocabularies.forms import ReasonForm, SplitForm
from kts.curation.vocabularies.models import SplitPlan
from kts.curation.vocabularies.places import Thing
from kts.curation.vocabularies.previewing import is_readable
from kts.curation.vocabularies.registry import VOCABULARIES, Vocabulary
from kts.curation.vocabularies.services.splitting import SplitState
from kts.curation.vocabularies.views.lists import vocabularies
from kts.extensions import db

PER_PAGE = 50  # uses that are looked through at once
ALL, STAY, BOTH = "alle", "bleibt", "mehrere"
OPEN = "offen"


@vocabularies.route("/<key>/<handle>/aufteilen", methods=["GET", "POST"])
@access.rule("moderator")
def begin(key: str, handle: str) -> ResponseReturnValue:
    """Name the terms into which one is split; then the plan begins."""
    vocabulary = queries.get_vocabulary(key)
    term = queries.get_term(vocabulary, handle)
    form = SplitForm()
    others = queries.alternatives(vocabulary, term)
    form.offer((vocabulary.handle_of(other), other.label) for other in others)
    message, status = "", 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            plan = services.begin_split(current_user, vocabulary, handle, form.targets())
        except (Conflict, Invalid) as error:
            db.session.rollback()
            message, status = error.message, error.status
        else:
            db.session.commit()
            return redirect(plan.path, 303)
    page = render_template(
        "vocabularies/split_begin.html",
        vocabulary=vocabulary,
        term=queries.get_term(vocabulary, handle),
        handle=handle,
        form=form,
        message=message,
    )
    return page, status


@dataclass(frozen=True)
class Row:
    """A use in the list; without a thing where the viewer may not know its title."""

    place: Any
    id: int
    thing: Thing | None
    chosen: Sequence[int]

    @property
    def name(self) -> str:
        """Give what stands for it in the form."""
        return f"{self.place.key}:{self.id}"


@vocabularies.get("/aufteilungen/<int:plan_id>")
@access.rule("moderator")
def split(plan_id: int) -> ResponseReturnValue:
    """Show the uses and where each goes."""
    return _page(queries.get_plan(plan_id))


def _page(plan: SplitPlan, message: str = "", status: int = 200) -> ResponseReturnValue:
    vocabulary = VOCABULARIES[plan.vocabulary]
    try:
        state = services.split_state(plan, current_user)
    except Conflict as error:
        return _gone_page(plan, error)
    only = request.args.get("zeigen", "")
    return render_template(
        "vocabularies/split.html",
        plan=plan,
        vocabulary=vocabulary,
        term=queries.term_of(plan),
        state=state,
        targets=target_names(vocabulary, plan),
        page=_rows(vocabulary, plan, state, only),
        only=only,
        several=not vocabulary.by_handle and len(plan.targets) > 1,
        message=message,
    ), status


def _gone_page(plan: SplitPlan, error: Conflict) -> ResponseReturnValue:
    """Show a plan whose term is no more, so that it can be thrown away."""
    page = render_template(
        "vocabularies/split_gone.html",
        plan=plan,
        vocabulary=VOCABULARIES[plan.vocabulary],
        targets=target_names(VOCABULARIES[plan.vocabulary], plan),
        message=error.message,
    )
    return page, error.status


def target_names(vocabulary: Vocabulary, plan: SplitPlan) -> list[str]:
    """Give the names of the targets in their order."""
    names = {vocabulary.handle_of(term): term.name for term in queries.all_terms(vocabulary)}
    return [
        names.get(told["key"], told["key"]) if told.get("key") else told["name"]
        for told in plan.targets
    ]


def _rows(vocabulary: Vocabulary, plan: SplitPlan, state: SplitState, only: str) -> Page:
    found = [
        (uses.place, thing, plan.choices.get(uses.place.key, {}).get(str(thing), []))
        for uses in state.preview.uses
        for thing in uses.ids
    ]
    if only == OPEN:
        found = [row for row in found if not row[2]]
    number = request.args.get("seite", 1, type=whole_number) or 1
    number = min(max(1, number), max(1, -(-len(found) // PER_PAGE)))
    shown = found[(number - 1) * PER_PAGE : number * PER_PAGE]
    described = {
        place.key: place.describe([thing for one, thing, _to in shown if one is place])
        for place in vocabulary.places
    }
    rows = [
        Row(place, thing, _readable(described[place.key].get(thing)), chosen)
        for place, thing, chosen in shown
    ]
    return Page(rows, len(found), number, PER_PAGE)


def _readable(thing: Thing | None) -> Thing | None:
    return thing if thing is not None and is_readable(thing, current_user) else None


@vocabularies.post("/aufteilungen/<int:plan_id>")
@access.rule("moderator")
def assign(plan_id: int) -> ResponseReturnValue:
    """Note where the ticked uses go, or all that have no target yet; nothing else happens."""
    if not ActionForm().validate_on_submit():
        raise NotFound
    plan = queries.get_plan(plan_id, lock=True)
    try:
        state = services.split_state(plan, current_user)
        things = state.open if request.form.get("wen") == ALL else _ticked()
        number = services.assign(
            current_user, plan, things, _asked(plan), request.form.get("version", 0, type=int)
        )
    except (Conflict, Invalid) as error:
        db.session.rollback()
        return _page(queries.get_plan(plan_id), error.message, error.status)
    if not number:
        db.session.rollback()
        return _page(queries.get_plan(plan_id), _("Nothing was ticked."), 422)
    db.session.commit()
    flash(
        ngettext("Noted for %(num)d use.", "Noted for %(num)d uses.", number)
        + " "
        + _("Nothing is changed before you apply the plan."),
        "success",
    )
    address = url_for("vocabularies.split", plan_id=plan_id, zeigen=request.args.get("zeigen"))
    return redirect(address, 303)


def _ticked() -> dict[str, list[int]]:
    ticked: dict[str, list[int]] = {}
    for name in request.form.getlist("use"):
        place, _colon, number = name.partition(":")
        if number.isdecimal():
            ticked.setdefault(place, []).append(int(number))
    return ticked


def _asked(plan: SplitPlan) -> list[int]:
    wanted = request.form.get("to", "")
    if wanted == STAY:
        return []
    if wanted == BOTH:
        return list(range(len(plan.targets)))
    if not wanted.isdecimal():
        raise Invalid(_("Please choose where they shall go."))
    return [int(wanted)]


@vocabularies.route("/aufteilungen/<int:plan_id>/anwenden", methods=["GET", "POST"])
@access.rule("moderator")
def apply(plan_id: int) -> ResponseReturnValue:
    """Show what the plan will do, and do it."""
    try:
        plan = queries.get_plan(plan_id, lock=request.method == "POST")
    except NotFound:
        flash(_("This plan was applied or thrown away meanwhile. Nothing was done twice."), "info")
        return redirect(url_for("vocabularies.changes"), 303)
    form = ReasonForm()
    message, status = "", 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        mark = request.form.get("mark", "")
        try:
            change = services.apply_split(current_user, plan, mark=mark, reason=form.reason.data)
        except (Conflict, Invalid) as error:
            db.session.rollback()
            message, status = error.message, error.status
        else:
            db.session.commit()
            flash(_("Done. It can be undone for 30 days."), "success")
            return redirect(change.path, 303)
    plan = queries.get_plan(plan_id)
    vocabulary = VOCABULARIES[plan.vocabulary]
    try:
        state = services.split_state(plan, current_user)
    except Conflict as error:
        return _gone_page(plan, error)
    names = target_names(vocabulary, plan)
    page = render_template(
        "vocabularies/split_apply.html",
        plan=plan,
        vocabulary=vocabulary,
        term=queries.term_of(plan),
        state=state,
        targets=names,
        best=names[max(range(len(names)), key=state.number)],
        form=form,
        message=message,
    )
    return page, status


@vocabularies.post("/aufteilungen/<int:plan_id>/verwerfen")
@access.rule("moderator")
def drop(plan_id: int) -> ResponseReturnValue:
    """Throw a plan away."""
    if not ActionForm().validate_on_submit():
        raise NotFound
    plan = queries.get_plan(plan_id, lock=True)
    key = plan.vocabulary
    services.drop_split(current_user, plan)
    db.session.commit()
    flash(_("The plan is thrown away. It had changed nothing."), "success")
    return redirect(url_for("vocabularies.terms", key=key), 303)
