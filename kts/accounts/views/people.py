"""Accounts as administrators see them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.accounts import queries, services
from kts.accounts.forms import RoleForm
from kts.accounts.models import User
from kts.core import access
from kts.core.errors import Invalid, NotFound
from kts.core.forms import ActionForm
from kts.extensions import db

people = Blueprint("people", __name__, url_prefix="/personen")


@people.route("")
@access.rule("admin")
def index() -> ResponseReturnValue:
    """Find accounts by name or address."""
    search = request.args.get("q", "").strip()
    return render_template(
        "accounts/people.html", people=queries.people(search), search=search, form=RoleForm()
    )


@people.post("/<int:user_id>/rolle")
@access.rule("admin")
def role(user_id: int) -> ResponseReturnValue:
    """Change somebody's platform-wide role."""
    form = RoleForm()
    if form.validate_on_submit():
        _change(user_id, lambda user: services.change_role(current_user, user, form.role.data))
    return redirect(url_for("people.index", q=request.args.get("q")), 303)


@people.post("/<int:user_id>/<any(abschalten, anschalten):action>")
@access.rule("admin")
def switch(user_id: int, action: str) -> ResponseReturnValue:
    """Switch an account off or on."""
    change = services.deactivate if action == "abschalten" else services.reactivate
    if ActionForm().validate_on_submit():
        _change(user_id, lambda user: change(current_user, user))
    return redirect(url_for("people.index", q=request.args.get("q")), 303)


def _change(user_id: int, change: object) -> None:
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound
    try:
        change(user)  # type: ignore[operator]
    except Invalid as error:
        db.session.rollback()
        flash(error.message, "danger")
        return
    db.session.commit()
    flash(_("Saved: %(name)s.", name=user.name), "success")
