"""The house rules: everybody reads all versions, moderators write the next one."""

from datetime import datetime, time

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_timezone
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid, NotFound
from kts.core.forms import ActionForm
from kts.curation.reporting import queries, services
from kts.curation.reporting.forms import PublishRulesForm, RulesForm
from kts.curation.reporting.models import HouseRules
from kts.extensions import db
from kts.forum.differences import differences

rules = Blueprint("rules", __name__, url_prefix="/hausregeln")


@rules.get("")
@access.rule("everyone")
def current() -> ResponseReturnValue:
    """Show the version that counts today, and announce the next one."""
    shown = queries.rules_now() or services.starting_rules()
    return _version_page(shown)


@rules.get("/fassung/<int:number>")
@access.rule("everyone")
def version(number: int) -> ResponseReturnValue:
    """Show one version, whatever counts today: decisions name it."""
    found = next((one for one in queries.published_rules() if one.number == number), None)
    if found is None:
        raise NotFound
    return _version_page(found)


def _version_page(shown: HouseRules) -> ResponseReturnValue:
    counts = queries.rules_now()
    coming = [one for one in queries.published_rules() if one.in_force_from > now()]
    return render_template(
        "reports/rules.html",
        rules=shown,
        counts=counts is None or counts.number == shown.number,
        coming=coming,
        may_edit=current_user.is_moderator,
    )


@rules.get("/verlauf")
@access.rule("everyone")
def history() -> ResponseReturnValue:
    """List all versions, each with what it changed."""
    versions = queries.published_rules()
    older = [*versions[1:], None]
    changes = (
        [
            (one, differences(before.body, one.body) if before else None)
            for one, before in zip(versions, older, strict=True)
        ]
        if versions
        else []
    )
    return render_template("reports/rules_history.html", changes=changes)


@rules.route("/bearbeiten", methods=["GET", "POST"])
@access.rule("moderator")
def edit() -> ResponseReturnValue:
    """Write the draft of the next version."""
    draft = queries.rules_draft()
    base = draft or queries.rules_now() or services.starting_rules()
    form = RulesForm(body=base.body, version=draft.version if draft else 0)
    if not form.validate_on_submit():
        return _edit_page(draft, form, 422 if form.is_submitted() else 200)
    try:
        services.save_draft(current_user, draft, form.body.data, form.version.data or 0)
    except Invalid as error:
        form.body.errors = [error.message]
        return _edit_page(draft, form, 422)
    except Conflict as error:
        form.body.errors = [error.message]
        form.version.raw_data = [str(draft.version if draft else 0)]
        form.version.data = draft.version if draft else 0
        return _edit_page(draft, form, 409)
    db.session.commit()
    flash(_("The draft is saved. It counts only once it is put in force."), "success")
    return redirect(url_for("rules.edit"), 303)


def _edit_page(
    draft: HouseRules | None,
    form: RulesForm,
    status: int,
    publishing: PublishRulesForm | None = None,
) -> ResponseReturnValue:
    counts = queries.rules_now()
    if publishing is None and draft is not None:
        publishing = PublishRulesForm(formdata=None, version=draft.version)
    return render_template(
        "reports/rules_edit.html",
        draft=draft,
        form=form,
        publishing=publishing,
        lines=differences(counts.body, draft.body) if counts and draft else None,
        action_form=ActionForm(formdata=None),
    ), status


@rules.post("/in-kraft-setzen")
@access.rule("moderator")
def publish() -> ResponseReturnValue:
    """Put the draft in force from a day on; nobody can change it any more."""
    draft = _draft()
    form = PublishRulesForm()
    if form.validate_on_submit():
        try:
            from_when = _beginning_of(form.from_day.data)
            services.publish_rules(current_user, draft, form.version.data or 0, from_when)
        except (Conflict, Invalid) as error:
            form.from_day.errors = [error.message]
        else:
            db.session.commit()
            flash(_("Version %(number)d is published.", number=draft.number), "success")
            return redirect(url_for("rules.version", number=draft.number), 303)
    body = RulesForm(formdata=None, body=draft.body, version=draft.version)
    return _edit_page(draft, body, 422, form)


def _draft() -> HouseRules:
    draft = queries.rules_draft()
    if draft is None:
        raise NotFound
    return draft


def _beginning_of(day: object) -> datetime:
    """Give the beginning of a day here; today begins now, so that nothing counts backwards."""
    begins = get_timezone().localize(datetime.combine(day, time()))
    return max(begins, now())


@rules.post("/entwurf-verwerfen")
@access.rule("moderator")
def discard() -> ResponseReturnValue:
    """Throw the draft away."""
    draft = _draft()
    if ActionForm().validate_on_submit():
        services.discard_draft(current_user, draft)
        db.session.commit()
        flash(_("The draft is thrown away."), "success")
    return redirect(url_for("rules.current"), 303)
