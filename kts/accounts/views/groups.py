"""Groups: who takes part in the Dialogplattform, a working group, the network."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.accounts import policies, queries, services
from kts.accounts.forms import GroupForm, GroupMemberForm
from kts.accounts.models import GroupMembership
from kts.core import access, slots
from kts.core.errors import Conflict, NotFound
from kts.core.forms import ActionForm
from kts.core.web import limited_person
from kts.extensions import db, limiter

groups = Blueprint("groups", __name__, url_prefix="/gruppen")

INVITATIONS = "60 per hour"  # a whole working group at once, but no mailing list


@groups.route("")
@access.rule("signed-in")
def index() -> ResponseReturnValue:
    """List the groups that the person may know of."""
    return render_template("accounts/groups.html", groups=queries.visible_groups(current_user))


@groups.route("/neu", methods=["GET", "POST"])
@access.rule("policy")
def create() -> ResponseReturnValue:
    """Open a group."""
    access.require(policies.can_create_group(current_user), _("Only moderators open groups."))
    form = GroupForm()
    if form.validate_on_submit():
        try:
            group = services.create_group(
                current_user, form.name.data, form.description.data, closed=form.closed.data
            )
        except Conflict as error:
            form.name.errors = [error.message]
        else:
            db.session.commit()
            flash(_("The group is open. Take its members in now."), "success")
            return redirect(url_for("groups.show", slug=group.slug), 303)
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/group_new.html", form=form), status


@groups.route("/<slug>", methods=["GET", "POST"])
@access.rule("policy", "closed groups answer 404 to others; only coordinators may add")
@limiter.limit(INVITATIONS, methods=["POST"], key_func=limited_person)
def show(slug: str) -> ResponseReturnValue:
    """Show a group with its members; its coordinators take people in."""
    group = queries.get_group(slug, current_user)
    form = GroupMemberForm()
    if request.method == "POST":
        _require_manager(group)
        if form.validate_on_submit():
            return _take_in(group, form)
    status = 422 if form.is_submitted() else 200
    rooms = slots.render("group_rooms", group=group).strip()
    return render_template("accounts/group.html", group=group, form=form, rooms=rooms), status


def _require_manager(group: object) -> None:
    access.require(
        policies.can_manage_group(current_user, group),  # type: ignore[arg-type]
        _("Only the group's coordinators and moderators manage its members."),
    )


def _take_in(group: object, form: GroupMemberForm) -> ResponseReturnValue:
    link = services.invite(current_user, form.email.data, group=group)  # type: ignore[arg-type]
    db.session.commit()
    if link:
        flash(_("There was no account yet: an invitation is on its way by mail."), "success")
    else:
        flash(_("The person takes part now and is told by mail."), "success")
    return redirect(request.path, 303)


@groups.post("/<slug>/mitglieder/<int:membership_id>/<action>")
@access.rule("policy")
def member(slug: str, membership_id: int, action: str) -> ResponseReturnValue:
    """Remove somebody, or change who coordinates."""
    group = queries.get_group(slug, current_user)
    _require_manager(group)
    membership = db.session.get(GroupMembership, membership_id)
    if membership is None or membership.group_id != group.id:
        raise NotFound
    if not ActionForm().validate_on_submit() or action not in ("entfernen", "koordination"):
        raise NotFound
    if action == "entfernen":
        services.remove_from_group(current_user, membership)
        flash(_("The person no longer takes part."), "success")
    else:
        services.add_to_group(
            membership.user, group, coordinator=not membership.coordinator, actor=current_user
        )
        flash(_("Saved."), "success")
    db.session.commit()
    return redirect(url_for("groups.show", slug=slug), 303)
