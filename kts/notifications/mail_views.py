"""Choosing how many mails come: on the person's own page, and by the links in mails."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access, slots
from kts.core.web import limited_person
from kts.extensions import csrf, db, limiter
from kts.notifications import preferences, unsubscribing
from kts.notifications.mail_forms import PreferenceForm

mails = Blueprint("mails", __name__)

CHANGES = "60 per hour"  # more than anybody tries out, too few to keep the worker planning


@mails.route("/konto/benachrichtigungen", methods=["GET", "POST"])
@access.rule("signed-in", "everybody chooses for herself")
@limiter.limit(CHANGES, methods=["POST"], key_func=limited_person)
def choose() -> ResponseReturnValue:
    """Show and change when mails come."""
    chosen = preferences.of(current_user.id)
    form = PreferenceForm(obj=chosen)
    if form.validate_on_submit():
        values = {name: form[name].data for name in preferences.CHOICES}
        preferences.choose(current_user, **values)
        db.session.commit()
        flash(_("Your choice is saved."), "success")
        return redirect(url_for("mails.choose"), 303)
    page = render_template(
        "notifications/preferences.html",
        form=form,
        summary=preferences.summary(chosen),
        email=current_user.email,
        waiting=preferences.waiting_count(current_user.id),
        waiting_sentence=preferences.waiting_sentence,
        more=slots.render("mail_preferences"),
    )
    return page, 422 if form.is_submitted() else 200


@mails.get("/mail/<signed>")
@access.rule("everyone", "the signature of the link")
def ask(signed: str) -> ResponseReturnValue:
    """Ask whether the change is wanted; opening a link changes nothing."""
    try:
        link = unsubscribing.read(signed)
    except unsubscribing.LinkExpired:
        return _page(None, "expired"), 410
    except unsubscribing.LinkForged:
        return _page(None, "forged"), 404
    return _page(link, "ask", signed=signed)


@mails.post("/mail/<signed>")
@csrf.exempt
@access.rule("everyone", "the signature of the link")
def change(signed: str) -> ResponseReturnValue:
    """Do what the link is for, from its page or by a mail program's button (RFC 8058).

    Such a program sends no cookie and no token of a form, and wants no redirect.
    """
    try:
        link = unsubscribing.read(signed)
    except unsubscribing.LinkExpired:
        return _page(None, "expired"), 410
    except unsubscribing.LinkForged:
        return _page(None, "forged"), 400
    undo = unsubscribing.follow(link)
    db.session.commit()
    return _page(link, "done", undo=undo)


def _page(link: Any, step: str, **more: Any) -> str:
    """Show a step in the language of the account, which the mail was in, too."""
    context = {"link": link, "step": step, **more}
    context["contact"] = current_app.config["KTS"].operator_mail
    if link is None:
        return render_template("notifications/unsubscribe.html", **context)
    with force_locale(link.person.language):
        context["email"] = _masked(link.person.email)
        context["summary"] = preferences.summary(preferences.of(link.person.id))
        return render_template("notifications/unsubscribe.html", **context)


def _masked(email: str) -> str:
    """Show enough of an address to know it again, and no more: mails are passed on."""
    name, _at, domain = email.partition("@")
    return f"{name[:2]}…@{domain}"
