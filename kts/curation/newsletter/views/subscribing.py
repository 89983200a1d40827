"""Asking for the newsletter, confirming, ending it: without an account, and with one."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from kts.core import access
from kts.core.errors import NotFound
from kts.core.web import limited_person, own_path
from kts.curation.newsletter import links, queries
from kts.curation.newsletter.forms import ChoiceForm, SubscribeForm, UndoForm
from kts.curation.newsletter.services import subscriptions
from kts.curation.newsletter.views.blueprints import newsletter
from kts.curation.newsletter.wording import CURRENT, WORDINGS
from kts.extensions import csrf, db, limiter

ASKING = "10 per hour"  # a whole office shares an address; programs send hundreds
CHANGES = "60 per hour"  # confirming, ending, taking back, the own choice


@newsletter.route("", methods=["GET", "POST"])
@access.rule("everyone", "anybody may ask; nothing is sent before the mailbox has confirmed")
@limiter.limit(ASKING, methods=["POST"], key_func=limited_person)
def subscribe() -> ResponseReturnValue:
    """Ask for the newsletter; the answer is the same for every address."""
    form = SubscribeForm()
    if not form.is_submitted():
        form.language.data = get_locale().language if get_locale() else "de"
    if not form.validate_on_submit():
        return _subscribe_page(form), 422 if form.is_submitted() else 200
    if not form.website.data:  # a filled trap gets an answer and leaves nothing
        subscriptions.ask(form.email.data or "", form.language.data)
        db.session.commit()
    return redirect(url_for("newsletter.asked"), 303)


def _subscribe_page(form: SubscribeForm) -> str:
    own = current_user.is_authenticated and subscriptions.is_subscribed(current_user)
    return render_template(
        "newsletter/subscribe.html",
        form=form,
        wording=WORDINGS[CURRENT],
        choice=ChoiceForm(formdata=None, newsletter=own),
        days=subscriptions.CONFIRM_WITHIN.days,
        latest=queries.last_sent(),
    )


@newsletter.get("/gesendet")
@access.rule("everyone", "says the same to everybody")
def asked() -> ResponseReturnValue:
    """Say that a mail is on its way, whatever the address."""
    return render_template("newsletter/asked.html", days=subscriptions.CONFIRM_WITHIN.days)


@newsletter.get("/bestaetigen/<token>")
@access.rule("everyone", "the signature of the link")
def ask_to_confirm(token: str) -> ResponseReturnValue:
    """Ask whether the newsletter is wanted; opening the link confirms nothing."""
    found = subscriptions.get_subscription(links.read(links.CONFIRM, token))
    if found is None:
        return render_template("newsletter/link.html", step="expired"), 410
    with force_locale(found.locale):
        return render_template(
            "newsletter/link.html",
            step="confirmed" if found.is_confirmed else "confirm",
            token=token,
            email=links.masked(found.address),
            wording=WORDINGS[found.wording],
        )


@newsletter.post("/bestaetigen/<token>")
@access.rule("everyone", "the signature of the link")
@limiter.limit(CHANGES, key_func=limited_person)
def confirm(token: str) -> ResponseReturnValue:
    """Confirm a subscription; twice is the same as once."""
    found = subscriptions.get_subscription(links.read(links.CONFIRM, token))
    if found is None:
        return render_template("newsletter/link.html", step="expired"), 410
    subscriptions.confirm(found)
    db.session.commit()
    with force_locale(found.locale):
        email = links.masked(found.address)
        return render_template("newsletter/link.html", step="confirmed", email=email)


@newsletter.get("/abmelden/<token>")
@access.rule("everyone", "the signature of the link")
def ask_to_end(token: str) -> ResponseReturnValue:
    """Ask whether it shall end; opening the link changes nothing, as scanners of mails open all."""
    found = subscriptions.get_subscription(links.read(links.END, token))
    if found is None:
        return render_template("newsletter/link.html", step="gone")
    with force_locale(found.locale):
        email = links.masked(found.address)
        return render_template("newsletter/link.html", step="end", token=token, email=email)


@newsletter.post("/abmelden/<token>")
@csrf.exempt
@access.rule("everyone", "the signature of the link")
def end(token: str) -> ResponseReturnValue:
    """End a subscription, from its page or by a mail program's button (RFC 8058).

    Such a program sends no cookie and no token of a form, and wants no redirect.
    """
    try:
        number = links.read(links.END, token)
    except NotFound:
        return render_template("newsletter/link.html", step="forged"), 400
    found = subscriptions.get_subscription(number)
    if found is None:
        return render_template("newsletter/link.html", step="gone")
    locale, email = found.locale, links.masked(found.address)
    ended = subscriptions.end(found)
    db.session.commit()
    with force_locale(locale):
        form = UndoForm(formdata=None, ended=links.keep(ended))
        return render_template("newsletter/link.html", step="ended", email=email, form=form)


@newsletter.post("/abmelden/zurueck")
@access.rule("everyone", "the signature of what was ended")
@limiter.limit(CHANGES, key_func=limited_person)
def undo() -> ResponseReturnValue:
    """Take the end of a subscription back."""
    form = UndoForm()
    if not form.validate_on_submit():
        raise NotFound
    subscriptions.take_back(links.kept(form.ended.data or ""))
    db.session.commit()
    return render_template("newsletter/link.html", step="back")


@newsletter.post("/konto")
@access.rule("signed-in", "everybody chooses for herself")
@limiter.limit(CHANGES, key_func=limited_person)
def choose() -> ResponseReturnValue:
    """Let the newsletter go to the address of the account, or no longer."""
    form = ChoiceForm()
    if not form.validate_on_submit():
        raise NotFound
    if form.newsletter.data:
        subscriptions.subscribe_account(current_user)
        flash(_("You receive the newsletter from the next issue on."), "success")
    else:
        subscriptions.end_of_account(current_user)
        flash(_("You receive no more newsletters."), "success")
    db.session.commit()
    return redirect(own_path(request.form.get("back")), 303)


def own_choice() -> Markup:
    """Give the choice of the newsletter for the page of a person's mails."""
    form = ChoiceForm(formdata=None, newsletter=subscriptions.is_subscribed(current_user))
    page = render_template("newsletter/_own_choice.html", choice=form, wording=WORDINGS[CURRENT])
    return Markup(page)  # noqa: S704 - a template's output is escaped already
