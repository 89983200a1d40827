"""Leaving the platform, and how those who left are named beside their posts."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, logout_user
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice

from kts.accounts import passwords, policies, services
from kts.accounts.forms import LeavePlatformForm, ShownNameForm
from kts.accounts.models import FULL_NAME, NAME_CHOICES, User
from kts.core import access
from kts.core.errors import Invalid, NotFound
from kts.core.forms import choices_of, labels_of
from kts.core.web import limited_person, own_path
from kts.extensions import db, limiter

leaving = Blueprint("leaving", __name__)

GUESSES = "8 per 10 minutes"


def name_choices(user: User, place: str = "") -> list[SelectChoice]:
    """Give the three names among which somebody who leaves chooses, as others would read them."""
    return choices_of((choice, services.name_as(user, choice, place)) for choice in NAME_CHOICES)


def place_of(user: User) -> str:
    """Give the municipality that a role is said of: the only one or the first."""
    names = sorted(membership.municipality.name for membership in user.memberships)
    return names[0] if names else ""


@leaving.route("/konto/verlassen", methods=["GET", "POST"])
@access.rule("signed-in")
@limiter.limit(GUESSES, methods=["POST"], key_func=limited_person)
def leave() -> ResponseReturnValue:
    """Switch the own account off; what was written stays, under the name that is chosen."""
    user: User = current_user._get_current_object()
    form = LeavePlatformForm(data={"shown_as": FULL_NAME})
    form.shown_as.choices = name_choices(user, place_of(user))
    if form.validate_on_submit():
        if passwords.verify(user.password_hash, form.password.data):
            return _leave(user, form)
        form.password.errors = [_("This is not your current password.")]
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/leave.html", form=form), status


def _leave(user: User, form: LeavePlatformForm) -> ResponseReturnValue:
    try:
        services.leave_platform(user, user, form.shown_as.data, place_of(user))
    except Invalid as error:
        db.session.rollback()
        flash(error.message, "danger")
        return redirect(url_for("leaving.leave"), 303)
    db.session.commit()
    logout_user()
    flash(_("Your account is switched off. Thank you for taking part."), "success")
    return redirect("/", 303)


@leaving.route("/personen/<int:user_id>/anzeigename", methods=["GET", "POST"])
@access.rule("policy", "only moderators, only for people who have left")
def shown_name(user_id: int) -> ResponseReturnValue:
    """Choose how somebody who has left is named beside her posts."""
    access.require(current_user.is_moderator, _("Only KTS moderators change how people are named."))
    user = db.session.get(User, user_id)
    if user is None or not policies.can_name_user(current_user, user):
        raise NotFound
    form, place = ShownNameForm(), place_of(user)
    form.shown_as.choices = name_choices(user, place)
    _show_choice(form.shown_as, user)
    if form.validate_on_submit():
        services.choose_shown_name(current_user, user, form.shown_as.data, place)
        db.session.commit()
        flash(_("Saved: %(name)s.", name=user.display_name), "success")
        return redirect(own_path(request.args.get("next")), 303)
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/shown_name.html", form=form, person=user), status


def _show_choice(field: RadioField, user: User) -> None:
    if not field.data:
        names = {name: choice for choice, name in labels_of(field).items()}
        field.data = names.get(user.display_name, FULL_NAME)
