"""Who belongs to a municipality: members, requests, invitations."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.accounts import queries as people
from kts.accounts import services as accounts
from kts.accounts.models import Invitation, MembershipRequest, MunicipalityMembership
from kts.core import access
from kts.core.access import require
from kts.core.errors import Conflict, Invalid, NotFound
from kts.core.forms import ActionForm
from kts.core.web import limited_person
from kts.extensions import db, limiter
from kts.municipalities import policies, queries
from kts.municipalities.forms import DeclineForm, InviteForm, RoleForm
from kts.municipalities.models import Municipality

members = Blueprint("members", __name__, url_prefix="/kommunen/<slug>/mitglieder")

INVITATIONS = "40 per hour"  # a whole department at once, but no mailing list


def _find(slug: str) -> Municipality:
    municipality = queries.get_municipality(slug)
    require(
        policies.can_manage_municipality(current_user, municipality),
        _("Only editors of %(name)s and KTS moderators manage members.", name=municipality.name),
    )
    return municipality


def _membership(municipality: Municipality, membership_id: int) -> MunicipalityMembership:
    found = db.session.get(MunicipalityMembership, membership_id)
    if found is None or found.municipality_id != municipality.id:
        raise NotFound
    return found


def _page(
    municipality: Municipality,
    *,
    invite: InviteForm | None = None,
    decline: tuple[int, DeclineForm] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    page = render_template(
        "municipalities/members.html",
        municipality=municipality,
        memberships=people.members_of(municipality.id),
        requests=people.open_requests(current_user, municipality.id),
        invitations=people.open_invitations(municipality.id),
        handovers=people.open_handovers(municipality.id),
        invite=invite or InviteForm(formdata=None),
        decline=decline,
        decline_form=DeclineForm(formdata=None),
    )
    return page, status


def _back(slug: str) -> ResponseReturnValue:
    return redirect(url_for("members.index", slug=slug), 303)


@members.route("")
@access.rule("policy")
def index(slug: str) -> ResponseReturnValue:
    """Show members, open requests and invitations."""
    return _page(_find(slug))


@members.post("/einladen")
@access.rule("policy")
@limiter.limit(INVITATIONS, key_func=limited_person)
def invite(slug: str) -> ResponseReturnValue:
    """Invite somebody by mail."""
    municipality = _find(slug)
    form = InviteForm()
    if not form.validate_on_submit():
        return _page(municipality, invite=form, status=422)
    accounts.invite(
        current_user,
        form.email.data or "",
        name=form.name.data or "",
        municipality=municipality,
        municipality_role=form.role.data,
    )
    db.session.commit()
    flash(_("An invitation is on its way to %(email)s.", email=form.email.data), "success")
    return _back(slug)


@members.post("/einladungen/<int:invitation_id>/zurueckziehen")
@access.rule("policy")
def withdraw(slug: str, invitation_id: int) -> ResponseReturnValue:
    """Make an invitation stop working."""
    municipality = _find(slug)
    invitation = db.session.get(Invitation, invitation_id)
    if invitation is None or invitation.municipality_id != municipality.id:
        raise NotFound
    if ActionForm().validate_on_submit() and invitation.is_open:
        accounts.withdraw_invitation(current_user, invitation)
        db.session.commit()
        flash(_("The invitation no longer works."), "success")
    return _back(slug)


@members.post("/<int:membership_id>/rolle")
@access.rule("policy")
def role(slug: str, membership_id: int) -> ResponseReturnValue:
    """Make a member an editor or the other way round."""
    membership = _membership(_find(slug), membership_id)
    form = RoleForm()
    if form.validate_on_submit() and form.role.data != membership.role:
        accounts.change_membership_role(current_user, membership, form.role.data)
        db.session.commit()
        flash(_("Saved: %(name)s.", name=membership.user.name), "success")
    return _back(slug)


@members.post("/<int:membership_id>/entfernen")
@access.rule("policy")
def remove(slug: str, membership_id: int) -> ResponseReturnValue:
    """End a membership; the account and what it wrote stay."""
    membership = _membership(_find(slug), membership_id)
    if ActionForm().validate_on_submit():
        name = membership.user.name
        accounts.end_membership(current_user, membership)
        db.session.commit()
        flash(_("%(name)s no longer belongs to the municipality.", name=name), "success")
    return _back(slug)


@members.post("/anfragen/<int:request_id>/aufnehmen")
@access.rule("policy")
def approve(slug: str, request_id: int) -> ResponseReturnValue:
    """Let somebody in who asked."""
    municipality = _find(slug)
    request = _request(municipality, request_id)
    if ActionForm().validate_on_submit():
        try:
            accounts.approve_request(current_user, request, municipality)
        except Conflict as error:
            db.session.rollback()
            flash(error.message, "warning")
        else:
            db.session.commit()
            flash(_("%(name)s has been told by mail.", name=request.name), "success")
    return _back(slug)


@members.post("/anfragen/<int:request_id>/ablehnen")
@access.rule("policy")
def decline(slug: str, request_id: int) -> ResponseReturnValue:
    """Decline a request with a reason."""
    municipality = _find(slug)
    request = _request(municipality, request_id)
    form = DeclineForm()
    if not form.validate_on_submit():
        return _page(municipality, decline=(request.id, form), status=422)
    try:
        accounts.decline_request(current_user, request, form.reason.data or "", municipality)
    except (Conflict, Invalid) as error:
        db.session.rollback()
        flash(error.message, "warning")
    else:
        db.session.commit()
        flash(_("%(name)s has been told by mail.", name=request.name), "success")
    return _back(slug)


def _request(municipality: Municipality, request_id: int) -> MembershipRequest:
    found = db.session.get(MembershipRequest, request_id)
    if found is None or found.municipality_id != municipality.id:
        raise NotFound
    return found
