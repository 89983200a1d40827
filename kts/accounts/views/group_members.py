"""Coming into a group, coordinating it, leaving it."""

from collections.abc import Callable
from functools import partial

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.accounts import policies, queries, services
from kts.accounts.forms import JoinRequestForm, LeaveGroupForm, ReasonForm
from kts.accounts.models import Group
from kts.accounts.views.groups import groups, require_active, require_coordinator
from kts.core import access
from kts.core.errors import Conflict, NotFound
from kts.core.forms import ActionForm, choices_of
from kts.core.web import limited_person
from kts.extensions import db, limiter

REQUESTS = "20 per hour"  # more groups than anybody works in
KTS = 0  # in the list of who goes on coordinating: the moderators find somebody


def _back(group: Group) -> ResponseReturnValue:
    return redirect(group.path, 303)


def _act(group: Group, act: Callable[[], object], sentence: str) -> ResponseReturnValue:
    """Do it and say so; where somebody else was quicker, say that, and nothing is changed."""
    try:
        act()
    except Conflict as error:
        db.session.rollback()
        flash(error.message, "warning")
    else:
        db.session.commit()
        flash(sentence, "success")
    return _back(group)


def _reason_page(group: Group, form: ReasonForm, title: str, label: str) -> ResponseReturnValue:
    page = render_template(
        "accounts/group_reason.html", group=group, form=form, title=title, label=label
    )
    return page, 422 if form.is_submitted() else 200


def _require_button() -> None:
    if not ActionForm().validate_on_submit():
        raise NotFound


@groups.route("/<slug>/beitreten", methods=["GET", "POST"])
@access.rule("policy", "who may come depends on the group")
@limiter.limit(REQUESTS, methods=["POST"], key_func=limited_person)
def join(slug: str) -> ResponseReturnValue:
    """Take part in an open group at once, or ask the coordinators."""
    group = queries.get_group(slug, current_user)
    if policies.takes_part(current_user, group):
        return _back(group)
    require_active(group)
    asks = policies.can_ask_group(current_user, group)
    access.require(
        asks or policies.can_join_group(current_user, group),
        _("One comes into this group by invitation alone."),
    )
    form = JoinRequestForm()
    if form.validate_on_submit():
        return _ask(group, form) if asks else _join(group)
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/group_join.html", group=group, form=form, asks=asks), status


def _ask(group: Group, form: JoinRequestForm) -> ResponseReturnValue:
    act = partial(
        services.ask_to_join, current_user._get_current_object(), group, form.message.data or ""
    )
    return _act(group, act, _asked_sentence(group))


def _asked_sentence(group: Group) -> str:
    if queries.group_coordinators(group):
        return _("The coordinators have your request. You will be told what they decide.")
    return _("The KTS has your request. You will be told what is decided.")


def _join(group: Group) -> ResponseReturnValue:
    services.join_group(current_user._get_current_object(), group)
    db.session.commit()
    flash(_("You take part in %(group)s now.", group=group.name), "success")
    return _back(group)


@groups.post("/<slug>/anfrage/zurueckziehen")
@access.rule("signed-in", "only the own request is found")
def withdraw(slug: str) -> ResponseReturnValue:
    """Take the own request back."""
    group = queries.get_group(slug, current_user)
    _require_button()
    own = queries.join_request_of(current_user, group)
    if own is None:
        flash(_("No request of yours waits in this group."), "warning")
        return _back(group)
    act = partial(services.withdraw_join_request, current_user, own)
    return _act(group, act, _("Your request is withdrawn."))


@groups.post("/<slug>/anfragen/<int:request_id>/aufnehmen")
@access.rule("policy")
def approve(slug: str, request_id: int) -> ResponseReturnValue:
    """Let somebody in who asked."""
    group = queries.get_group(slug, current_user)
    require_coordinator(group)
    asked = queries.get_join_request(group, request_id)
    _require_button()
    act = partial(services.approve_join_request, current_user, asked)
    return _act(group, act, _("%(name)s takes part now and is told.", name=asked.user.name))


@groups.route("/<slug>/anfragen/<int:request_id>/ablehnen", methods=["GET", "POST"])
@access.rule("policy")
def decline(slug: str, request_id: int) -> ResponseReturnValue:
    """Decline a request with a reason."""
    group = queries.get_group(slug, current_user)
    require_coordinator(group)
    asked = queries.get_join_request(group, request_id)
    form = ReasonForm()
    if form.validate_on_submit():
        act = partial(services.decline_join_request, current_user, asked, form.reason.data or "")
        return _act(group, act, _("%(name)s has been told by mail.", name=asked.user.name))
    title = _("Decline the request of %(name)s", name=asked.user.name)
    return _reason_page(group, form, title, _("Decline"))


@groups.post("/<slug>/mitglieder/<int:membership_id>/koordination")
@access.rule("policy")
def coordinate(slug: str, membership_id: int) -> ResponseReturnValue:
    """Name a coordinator, or no longer."""
    group = queries.get_group(slug, current_user)
    require_coordinator(group)
    membership = queries.group_membership(group, membership_id)
    _require_button()
    act = partial(services.name_coordinator, current_user, membership, not membership.coordinator)
    return _act(group, act, _("Saved: %(name)s.", name=membership.user.name))


@groups.route("/<slug>/mitglieder/<int:membership_id>/entfernen", methods=["GET", "POST"])
@access.rule("policy")
def remove(slug: str, membership_id: int) -> ResponseReturnValue:
    """Remove a member with a reason, which she is told."""
    group = queries.get_group(slug, current_user)
    require_coordinator(group)
    membership = queries.group_membership(group, membership_id)
    if membership.user_id == current_user.id:
        return redirect(f"{group.path}/verlassen", 303)
    form, name = ReasonForm(), membership.user.name
    if form.validate_on_submit():
        services.remove_from_group(current_user, membership, form.reason.data or "")
        db.session.commit()
        flash(_("%(name)s no longer takes part and is told why.", name=name), "success")
        return _back(group)
    title = _("Remove %(name)s from the group", name=name)
    return _reason_page(group, form, title, _("Remove"))


@groups.route("/<slug>/verlassen", methods=["GET", "POST"])
@access.rule("policy", "only members can leave")
def leave(slug: str) -> ResponseReturnValue:
    """Leave the group; the last coordinator says who goes on."""
    group = queries.get_group(slug, current_user)
    access.require(
        policies.can_leave_group(current_user, group), _("You do not take part in this group.")
    )
    own = services.membership_of(current_user, group)
    if own is None:
        raise NotFound
    is_last = services.is_last_coordinator(own)
    others = queries.other_members(group, current_user) if is_last else []
    form = _leave_form(others)
    if request.method == "POST" and form.validate():
        wanted = form.successor.data if others else KTS
        chosen = next((m for m in others if m.id == wanted), None)
        services.leave_group(current_user, own, chosen)
        db.session.commit()
        flash(_("You no longer take part in %(group)s.", group=group.name), "success")
        return redirect("/gruppen", 303)
    page = render_template("accounts/group_leave.html", group=group, form=form, others=others)
    return page, 422 if form.is_submitted() else 200


def _leave_form(others: list[object]) -> LeaveGroupForm:
    form = LeaveGroupForm()
    if others:
        named = ((m.id, m.user.name) for m in others)  # type: ignore[attr-defined]
        nobody = (KTS, _("Nobody of us: the KTS shall find somebody"))
        form.successor.choices = choices_of((*named, nobody))
    else:
        del form.successor
    return form
