"""The person's own page."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user

from kts.accounts import passwords, services
from kts.accounts.forms import ChangePasswordForm, ProfileForm
from kts.core import access
from kts.core.web import LANGUAGE_COOKIE, limited_person
from kts.extensions import db, limiter

account = Blueprint("account", __name__, url_prefix="/konto")

GUESSES = "8 per 10 minutes"


@account.route("", methods=["GET", "POST"])
@access.rule("signed-in")
def show() -> ResponseReturnValue:
    """Show and change name and language; list what one belongs to."""
    form = ProfileForm(obj=current_user)
    if form.validate_on_submit():
        form.populate_obj(current_user)
        db.session.commit()
        flash(_("Your details are saved."), "success")
        response = redirect(url_for("account.show"), 303)
        response.delete_cookie(LANGUAGE_COOKIE)
        return response
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/account.html", form=form), status


@account.route("/passwort", methods=["GET", "POST"])
@access.rule("signed-in")
@limiter.limit(GUESSES, methods=["POST"], key_func=limited_person)
def change_password() -> ResponseReturnValue:
    """Change the password and end all other sessions."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        if passwords.verify(current_user.password_hash, form.current.data):
            services.set_password(current_user, form.password.data)
            db.session.commit()
            login_user(current_user._get_current_object())  # the proxy would hold itself
            flash(_("Your password is changed. Other devices are signed out."), "success")
            return redirect(url_for("account.show"), 303)
        form.current.errors = [_("This is not your current password.")]
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/change_password.html", form=form), status
