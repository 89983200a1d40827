"""Asking to take part, and the requests that wait for the KTS.

The answer is the same whether the address is known or not.
"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from flask_login import current_user

from kts.accounts import queries as people
from kts.accounts import services as accounts
from kts.accounts.models import MembershipRequest
from kts.accounts.policies import can_decide_membership_request
from kts.core import access
from kts.core.access import require
from kts.core.errors import Conflict, Invalid, NotFound
from kts.core.forms import ActionForm
from kts.extensions import db, limiter
from kts.municipalities import queries
from kts.municipalities.forms import DeclineForm, MembershipForm
from kts.municipalities.models import Municipality
from kts.municipalities.notifications import tell_of_request
from kts.municipalities.queries import Filters

requests = Blueprint("requests", __name__)

PER_ADDRESS = "10 per hour"  # a town hall behind one address may send several
MOST_FOUND = 10  # municipalities offered for a name; who sees none types more of it


@requests.route("/mitglied-werden", methods=["GET", "POST"])
@access.rule("everyone", "who has no account asks for one here")
@limiter.limit(PER_ADDRESS, key_func=get_remote_address, methods=["POST"])
def ask() -> ResponseReturnValue:
    """Choose a municipality, or none, and ask to take part."""
    form = MembershipForm(kommune=request.args.get("kommune", ""))
    municipality = queries.municipality_by_slug(form.kommune.data or "")
    if form.validate_on_submit():
        _note(form, municipality)
        db.session.commit()
        return redirect(url_for("requests.asked"), 303)
    status = 422 if request.method == "POST" else 200
    if current_user.is_authenticated and request.method == "GET":
        form.name.data, form.email.data = current_user.name, current_user.email
    return render_template(
        "municipalities/join.html",
        form=form,
        municipality=municipality,
        q=request.args.get("q", "").strip(),
        found=_found(),
        without=bool(request.args.get("ohne")) or (status == 422 and municipality is None),
    ), status


def _note(form: MembershipForm, municipality: Municipality | None) -> None:
    accounts.request_membership(
        name=form.name.data or "",
        email=form.email.data or "",
        message=form.message.data or "",
        organisation=form.organisation.data or "",
        municipality=municipality,
        user=current_user._get_current_object() if current_user.is_authenticated else None,
    )
    tell_of_request(form.name.data or "", municipality)


def _found() -> list[Municipality]:
    q = request.args.get("q", "").strip()[:100]
    if not q:
        return []
    statement = queries.find_municipalities(Filters(q=q), current_user).limit(MOST_FOUND)
    return list(db.session.scalars(statement))


@requests.route("/mitglied-werden/gesendet")
@access.rule("everyone")
def asked() -> ResponseReturnValue:
    """Say what happens next."""
    return render_template("municipalities/joined.html")


@requests.route("/anfragen")
@access.rule("moderator")
def index() -> ResponseReturnValue:
    """List all requests that wait."""
    return _page()


def _page(
    *, decline: tuple[int, DeclineForm] | None = None, status: int = 200
) -> ResponseReturnValue:
    waiting = people.open_requests(current_user)
    ids = [item.municipality_id for item in waiting if item.municipality_id]
    page = render_template(
        "municipalities/requests.html",
        requests=waiting,
        municipalities=queries.municipalities_by_ids(ids),
        decline=decline,
        decline_form=DeclineForm(formdata=None),
    )
    return page, status


def _find(request_id: int) -> tuple[MembershipRequest, Municipality | None]:
    found = db.session.get(MembershipRequest, request_id)
    if found is None:
        raise NotFound
    require(
        can_decide_membership_request(current_user, found),
        _("Only KTS moderators decide on this request."),
    )
    municipality_id = found.municipality_id
    return found, db.session.get(Municipality, municipality_id) if municipality_id else None


@requests.post("/anfragen/<int:request_id>/aufnehmen")
@access.rule("moderator")
def approve(request_id: int) -> ResponseReturnValue:
    """Let somebody in."""
    found, municipality = _find(request_id)
    if ActionForm().validate_on_submit():
        try:
            accounts.approve_request(current_user, found, municipality)
        except Conflict as error:
            db.session.rollback()
            flash(error.message, "warning")
        else:
            db.session.commit()
            flash(_("%(name)s has been told by mail.", name=found.name), "success")
    return redirect(url_for("requests.index"), 303)


@requests.post("/anfragen/<int:request_id>/ablehnen")
@access.rule("moderator")
def decline(request_id: int) -> ResponseReturnValue:
    """Decline with a reason."""
    found, municipality = _find(request_id)
    form = DeclineForm()
    if not form.validate_on_submit():
        return _page(decline=(found.id, form), status=422)
    try:
        accounts.decline_request(current_user, found, form.reason.data or "", municipality)
    except (Conflict, Invalid) as error:
        db.session.rollback()
        flash(error.message, "warning")
    else:
        db.session.commit()
        flash(_("%(name)s has been told by mail.", name=found.name), "success")
    return redirect(url_for("requests.index"), 303)
