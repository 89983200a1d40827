"""Handing over the work for a municipality: the offer, and the successor's answer."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.accounts import policies, queries, services
from kts.accounts.forms import HandoverForm
from kts.accounts.handing_over import Passing
from kts.accounts.models import (
    LEAVES_PLACE,
    LEAVES_PLATFORM,
    STAYS,
    MunicipalityMembership,
    RoleHandover,
    User,
)
from kts.accounts.views.leaving import name_choices
from kts.core import access
from kts.core.errors import Conflict, Invalid, NotFound
from kts.core.forms import ActionForm, choices_of
from kts.core.web import limited_person
from kts.extensions import db, limiter
from kts.municipalities.models import Municipality
from kts.municipalities.queries import get_municipality

handovers = Blueprint("handovers", __name__)

OFFERS = "20 per hour"  # a department that is reorganised, but no mailing list
SOMEBODY_ELSE = 0  # in the list of successors: the address counts


def _membership(municipality: Municipality, membership_id: int) -> MunicipalityMembership:
    found = db.session.get(MunicipalityMembership, membership_id)
    if found is None or found.municipality_id != municipality.id:
        raise NotFound
    access.require(
        policies.can_hand_over_membership(current_user, found),
        _("Only the person herself, editors and KTS moderators hand over a role."),
    )
    return found


@handovers.route(
    "/kommunen/<slug>/mitglieder/<int:membership_id>/uebergabe", methods=["GET", "POST"]
)
@access.rule("policy")
@limiter.limit(OFFERS, methods=["POST"], key_func=limited_person)
def offer(slug: str, membership_id: int) -> ResponseReturnValue:
    """Choose a successor, see what passes, and ask her."""
    municipality = get_municipality(slug)
    membership = _membership(municipality, membership_id)
    colleagues = [m for m in queries.members_of(municipality.id) if m.user_id != membership.user_id]
    form = _form(membership, [m.user for m in colleagues])
    if form.validate_on_submit() and request.form.get("step") == "send":
        sent = _send(membership, form)
        if sent is not None:
            return redirect(sent.path, 303)
    page = render_template(
        "accounts/handover_offer.html",
        municipality=municipality,
        membership=membership,
        form=form,
        colleagues=colleagues,
        passes=services.what_passes(_passing(membership, form)),
        waiting=_waiting(membership),
        checked=form.is_submitted() and not form.errors,
        may_invite=policies.can_manage_members(current_user, municipality.id),
    )
    return page, 422 if form.errors else 200


def _form(membership: MunicipalityMembership, colleagues: list[User]) -> HandoverForm:
    user, place = membership.user, membership.municipality.name
    form = HandoverForm(data={"afterwards": STAYS})
    may_invite = policies.can_manage_members(current_user, membership.municipality_id)
    successors = [(person.id, person.name) for person in colleagues]
    if may_invite:
        successors.append((SOMEBODY_ELSE, _("Somebody else, by e-mail address")))
    else:
        form.email.data = ""
    form.successor.choices = choices_of(successors)
    ways = [
        (STAYS, _("%(name)s stays a member", name=user.name)),
        (LEAVES_PLACE, _("%(name)s leaves %(place)s", name=user.name, place=place)),
    ]
    if current_user.id == user.id or current_user.is_moderator:
        gone = _("%(name)s leaves the platform; the account is switched off", name=user.name)
        ways.append((LEAVES_PLATFORM, gone))
    form.afterwards.choices = choices_of(ways)
    form.shown_as.choices = name_choices(user, place)
    return form


def _successor(form: HandoverForm) -> User | None:
    return db.session.get(User, form.successor.data) if form.successor.data else None


def _passing(membership: MunicipalityMembership, form: HandoverForm) -> Passing:
    """Say who hands over to whom; an address shows no more than any newcomer may see."""
    return Passing(
        membership.user,
        None if form.errors else _successor(form),
        membership.municipality_id,
        bool(form.keeps_subscriptions.data),
        bool(form.copies_searches.data),
    )


def _waiting(membership: MunicipalityMembership) -> RoleHandover | None:
    waiting = queries.open_handovers(membership.municipality_id)
    return next((h for h in waiting if h.from_user_id == membership.user_id), None)


def _send(membership: MunicipalityMembership, form: HandoverForm) -> RoleHandover | None:
    successor = _successor(form)
    try:
        handover = services.offer_handover(
            current_user._get_current_object(),
            membership,
            successor=successor,
            email="" if successor else form.email.data or "",
            message=form.message.data or "",
            keeps_subscriptions=form.keeps_subscriptions.data,
            copies_searches=form.copies_searches.data,
            afterwards=form.afterwards.data,
            shown_as=form.shown_as.data,
        )
    except (Conflict, Invalid) as error:
        db.session.rollback()
        form.successor.errors = [error.message]
        return None
    db.session.commit()
    flash(_("The successor is asked by mail. Until she agrees, nothing passes."), "success")
    return handover


@handovers.route("/uebergaben/<int:handover_id>")
@access.rule("policy", "who is not concerned gets 404")
def show(handover_id: int) -> ResponseReturnValue:
    """Show a handover to those whom it concerns."""
    handover = queries.get_handover(current_user, handover_id)
    successor = handover.to_user or (
        current_user._get_current_object()
        if policies.is_successor(current_user, handover)
        else None
    )
    passing = Passing(
        handover.from_user,
        successor,
        handover.municipality_id,
        handover.keeps_subscriptions,
        handover.copies_searches,
    )
    return render_template(
        "accounts/handover.html",
        handover=handover,
        successor=successor,
        passes=services.what_passes(passing) if handover.is_open else [],
        shown_name=services.name_as(
            handover.from_user, handover.shown_as, handover.municipality.name
        ),
    )


@handovers.post("/uebergaben/<int:handover_id>/<any(annehmen, ablehnen, zurueckziehen):action>")
@access.rule("policy")
def answer(handover_id: int, action: str) -> ResponseReturnValue:
    """Accept, decline or withdraw; whatever passes does so in one transaction."""
    handover = queries.get_handover(current_user, handover_id)
    if action == "zurueckziehen":
        access.require(
            policies.keeps_role_handover(current_user, handover),
            _("Only the person herself, editors and KTS moderators withdraw this offer."),
        )
    else:
        access.require(
            policies.is_successor(current_user, handover),
            _("Only the successor answers this offer."),
        )
    if not ActionForm().validate_on_submit():
        raise NotFound
    actor = current_user._get_current_object()
    acts = {
        "annehmen": (services.accept_handover, _("You have taken over.")),
        "ablehnen": (services.decline_handover, _("You have declined. Nothing has passed.")),
        "zurueckziehen": (services.withdraw_handover, _("The offer is withdrawn.")),
    }
    act, sentence = acts[action]
    try:
        act(actor, handover)
    except (Conflict, Invalid) as error:
        db.session.rollback()
        flash(error.message, "warning")
        return redirect(f"/uebergaben/{handover_id}", 303)
    db.session.commit()
    flash(sentence, "success")
    return redirect(f"/uebergaben/{handover_id}", 303)
