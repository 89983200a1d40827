"""Groups: what they are, and who belongs to the Dialogplattform, a working group, the network."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from kts.accounts import archives, policies, queries, services
from kts.accounts.forms import GroupForm, GroupMemberForm, GroupPurposeForm
from kts.accounts.models import DIALOGPLATTFORM, GROUP, NETWORK, WORKING_GROUP, Group
from kts.core import access, slots
from kts.core.errors import Conflict, NotFound
from kts.core.forms import ActionForm
from kts.core.web import limited_person, whole_number
from kts.extensions import db, limiter

groups = Blueprint("groups", __name__, url_prefix="/gruppen")

INVITATIONS = "60 per hour"  # a whole working group at once, but no mailing list
LEADERLESS = "koordination"  # in the address: only groups that nobody coordinates
KIND_NAMES = {
    DIALOGPLATTFORM: _l("Dialogplattform"),
    WORKING_GROUP: _l("Working and development community"),
    NETWORK: _l("International network"),
    GROUP: _l("Group"),
}


@groups.route("")
@access.rule("signed-in")
def index() -> ResponseReturnValue:
    """List the groups that the person may know of: her own first, archived ones last."""
    rows = queries.group_rows(current_user)
    leaderless = sum(row.leaderless for row in rows) if current_user.is_moderator else 0
    only = current_user.is_moderator and request.args.get("ohne") == LEADERLESS
    if only:
        rows = [row for row in rows if row.leaderless]
    return render_template(
        "accounts/groups.html",
        leaderless=leaderless,
        only_leaderless=only,
        own=[row for row in rows if row.takes_part and not row.group.archived],
        others=[row for row in rows if not row.takes_part and not row.group.archived],
        archived=[row for row in rows if row.group.archived],
        kinds=KIND_NAMES,
    )


@groups.route("/neu", methods=["GET", "POST"])
@access.rule("policy")
def create() -> ResponseReturnValue:
    """Open a group."""
    access.require(policies.can_create_group(current_user), _("Only moderators open groups."))
    form = GroupForm()
    if form.validate_on_submit():
        try:
            group = services.create_group(
                current_user,
                form.name.data,
                form.description.data,
                closed=form.closed.data,
                kind=form.kind.data,
                joining=form.joining.data,
            )
        except Conflict as error:
            form.name.errors = [error.message]
        else:
            db.session.commit()
            flash(_("The group is open. Take its members in now."), "success")
            return redirect(group.path, 303)
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
        require_coordinator(group)
        require_active(group)
        if form.validate_on_submit():
            return _take_in(group, form)
    return _page(group, form), 422 if form.is_submitted() else 200


def _page(group: Group, form: GroupMemberForm) -> str:
    manages = policies.can_manage_group(current_user, group)
    return render_template(
        "accounts/group.html",
        group=group,
        form=form,
        kind=KIND_NAMES[group.kind],
        archived=archives.sentence(group) if group.archived else "",
        coordinators=queries.group_coordinators(group),
        page=queries.group_members(group, request.args.get("seite", 1, type=whole_number)),
        own_request=queries.join_request_of(current_user, group),
        requests=queries.join_requests(group) if manages else [],
        invitations=queries.open_invitations(group_id=group.id) if manages else [],
        rooms=slots.render("group_rooms", group=group).strip(),
        papers=slots.render("group_documents", group=group).strip(),
    )


def require_coordinator(group: Group) -> None:
    """Raise Denied for everybody but coordinators and moderators."""
    access.require(
        policies.can_manage_group(current_user, group),
        _("Only the group's coordinators and moderators manage it and its members."),
    )


def require_active(group: Group) -> None:
    """Raise Denied where the group is archived, for everybody."""
    access.require(not group.archived, archives.sentence(group) if group.archived else "")


def _take_in(group: Group, form: GroupMemberForm) -> ResponseReturnValue:
    try:
        link = services.invite(current_user, form.email.data or "", group=group)
    except Conflict as error:
        db.session.rollback()
        flash(error.message, "warning")
        return redirect(group.path, 303)
    db.session.commit()
    if link:
        flash(_("There was no account yet: an invitation is on its way by mail."), "success")
    else:
        flash(_("The person takes part now and is told by mail."), "success")
    return redirect(group.path, 303)


@groups.route("/<slug>/bearbeiten", methods=["GET", "POST"])
@access.rule("policy")
def change(slug: str) -> ResponseReturnValue:
    """Change what the group says of itself; name, kind and closedness are for moderators."""
    group = queries.get_group(slug, current_user)
    require_coordinator(group)
    if not policies.can_describe_group(current_user, group):
        require_active(group)
    rules = policies.can_rule_group(current_user, group)
    form = GroupForm(obj=group) if rules else GroupPurposeForm(obj=group)
    if form.validate_on_submit():
        values = {name: form[name].data for name in form.data if name != "csrf_token"}
        try:
            services.change_group(current_user, group, **values)
        except Conflict as error:
            form["name"].errors = [error.message]
        else:
            db.session.commit()
            flash(_("Saved."), "success")
            return redirect(group.path, 303)
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/group_edit.html", group=group, form=form), status


@groups.post("/<slug>/<any(archivieren, fortsetzen):action>")
@access.rule("policy")
def archive(slug: str, action: str) -> ResponseReturnValue:
    """End a group or let it go on; nothing in it is lost."""
    group = queries.get_group(slug, current_user)
    access.require(
        policies.can_rule_group(current_user, group), _("Only moderators archive groups.")
    )
    if not ActionForm().validate_on_submit():
        raise NotFound
    if action == "archivieren":
        services.archive_group(current_user, group)
        flash(_("The group is archived: it can be read, and nobody writes in it."), "success")
    else:
        services.reopen_group(current_user, group)
        flash(_("The group goes on."), "success")
    db.session.commit()
    return redirect(url_for("groups.show", slug=slug), 303)
