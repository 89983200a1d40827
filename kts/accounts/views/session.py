"""Signing in and out, forgotten passwords, invitations.

Known and unknown addresses get the same answer after the same work.
"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from flask_login import current_user, login_user, logout_user

from kts.accounts import services
from kts.accounts.forms import AcceptForm, ForgottenForm, NewPasswordForm, SignInForm
from kts.accounts.models import Group, Invitation, User
from kts.accounts.queries import fold_email
from kts.core import access
from kts.core.errors import DomainError, NotFound
from kts.core.forms import ActionForm
from kts.core.web import own_path
from kts.extensions import db, limiter

accounts = Blueprint("accounts", __name__)

PER_ADDRESS = "30 per 10 minutes"  # a whole town hall may share one address
PER_ACCOUNT = "8 per 10 minutes"  # guessing stays slow, a forgetful person gets through
MAILS_PER_ADDRESS = "10 per hour"
MAILS_PER_ACCOUNT = "3 per hour"  # whatever addresses they are asked from: nobody's inbox fills up


def _account_key() -> str:
    return fold_email(request.form.get("email", ""))


def _failed(response: object) -> bool:
    return getattr(response, "status_code", 200) == 422


@accounts.route("/anmelden", methods=["GET", "POST"])
@access.rule("everyone")
@limiter.limit(PER_ADDRESS, key_func=get_remote_address, methods=["POST"], deduct_when=_failed)
@limiter.limit(PER_ACCOUNT, key_func=_account_key, methods=["POST"], deduct_when=_failed)
def sign_in() -> ResponseReturnValue:
    """Let a person in with address and password."""
    target = own_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(target)
    form = SignInForm()
    if form.validate_on_submit():
        user = services.authenticate(form.email.data, form.password.data)
        if user is not None:
            db.session.commit()
            login_user(user, remember=form.remember.data)
            flash(_("Welcome, %(name)s.", name=user.display_name), "success")
            return redirect(target, 303)
        form.password.errors = [_("E-mail address or password is not right.")]
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/sign_in.html", form=form), status


@accounts.post("/abmelden")
@access.rule("everyone", "signing out twice is no error")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    logout_user()
    flash(_("You are signed out."), "success")
    return redirect(url_for("home.index"), 303)


@accounts.route("/passwort-vergessen", methods=["GET", "POST"])
@access.rule("everyone")
@limiter.limit(MAILS_PER_ADDRESS, methods=["POST"])
@limiter.limit(MAILS_PER_ACCOUNT, key_func=_account_key, methods=["POST"])
def forgotten() -> ResponseReturnValue:
    """Note the wish for a new password; the answer says nothing about the address."""
    form = ForgottenForm()
    if form.validate_on_submit():
        services.request_password_reset(form.email.data, str(get_locale()))
        db.session.commit()
        return render_template("accounts/forgotten_done.html", email=form.email.data)
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/forgotten.html", form=form), status


@accounts.route("/passwort-neu/<token>", methods=["GET", "POST"])
@access.rule("everyone", "the signed link is the permission")
@limiter.limit(PER_ADDRESS, methods=["POST"])
def new_password(token: str) -> ResponseReturnValue:
    """Set a new password with the link from the mail."""
    user = services.user_of_reset_token(token)
    if user is None:
        return render_template("accounts/link_expired.html", kind="password"), 410
    form = NewPasswordForm()
    if form.validate_on_submit():
        services.set_password(user, form.password.data)
        db.session.commit()
        _start_session(user)
        flash(_("Your new password is set and you are signed in."), "success")
        return redirect(url_for("home.index"), 303)
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/new_password.html", form=form), status


def _start_session(user: User) -> None:
    logout_user()
    login_user(user)


@accounts.route("/einladung/<secret>", methods=["GET", "POST"])
@access.rule("everyone", "the secret link is the permission")
@limiter.limit(PER_ADDRESS, methods=["POST"])
def invitation(secret: str) -> ResponseReturnValue:
    """Make the account that an invitation promises."""
    invited = services.invitation_of(secret)
    if invited is None:
        return render_template("accounts/link_expired.html", kind="invitation"), 410
    form = AcceptForm(name=invited.name)
    if form.validate_on_submit():
        try:
            user = services.accept_invitation(invited, form.name.data, form.password.data)
        except DomainError as error:
            db.session.rollback()
            flash(error.message, "danger")
            return redirect(url_for("accounts.sign_in"), 303)
        db.session.commit()
        _start_session(user)
        flash(_("Welcome! Your account is ready."), "success")
        return redirect(url_for("home.index"), 303)
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/invitation.html", form=form, invitation=invited), status


@accounts.post("/einladung/<int:invitation_id>/zurueckziehen")
@access.rule("policy")
def withdraw_invitation(invitation_id: int) -> ResponseReturnValue:
    """Make an invitation's link stop working."""
    from kts.accounts import policies

    invited = db.session.get(Invitation, invitation_id)
    if invited is None:
        raise NotFound
    group = db.session.get(Group, invited.group_id) if invited.group_id else None
    access.require(
        policies.can_manage_members(current_user, invited.municipality_id or 0)
        or (group is not None and policies.can_manage_group(current_user, group)),
        _("Only those who may invite there can withdraw invitations."),
    )
    if ActionForm().validate_on_submit():
        services.withdraw_invitation(current_user, invited)
        db.session.commit()
        flash(_("The invitation of %(email)s no longer works.", email=invited.email), "success")
    return redirect(own_path(request.form.get("next")), 303)
