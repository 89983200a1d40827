"""Impressum, Datenschutz, Barrierefreiheit and the like: shown to all, edited by administrators."""

from datetime import timedelta

from flask import Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.access import require
from kts.core.clock import now
from kts.core.errors import Conflict
from kts.extensions import db
from kts.home import pages, policies, queries, services
from kts.home.forms import SitePageForm
from kts.home.models import SitePage
from kts.home.views import home

SECURITY_TXT_LASTS = timedelta(days=180)  # RFC 9116, 2.5.5: less than a year


@home.get(
    "/<any(impressum, datenschutz, barrierefreiheit, 'leichte-sprache', gebaerdensprache):key>"
)
@access.rule("everyone")
def page(key: str) -> ResponseReturnValue:
    """Show a page of the site."""
    shown = queries.site_page(key, get_locale().language)
    return render_template(
        "home/page.html",
        page=shown,
        kind=pages.KINDS[key],
        open_places=pages.open_places(shown.body),
    )


@home.route("/seiten/<key>/bearbeiten", methods=["GET", "POST"])
@access.rule("policy")
def edit_page(key: str) -> ResponseReturnValue:
    """Edit a page of the site, with preview; two editors don't overwrite each other."""
    edited = queries.site_page(key, request.args.get("lang", "de"))
    allowed = policies.can_edit_site_page(current_user, edited)
    require(allowed, _("Only administrators can edit this page."))
    form = SitePageForm(obj=edited)
    if not form.validate_on_submit():
        return _editor(edited, form, status=422 if form.is_submitted() else 200)
    if "preview" in request.form:
        return _editor(edited, form, preview=pages.render(form.body.data))
    try:
        services.update_page(
            current_user,
            edited,
            title=form.title.data,
            body=form.body.data,
            version=form.version.data,
        )
    except Conflict:
        return _conflict(key, form)
    db.session.commit()
    return redirect(url_for("home.page", key=key), 303)


def _conflict(key: str, form: SitePageForm) -> ResponseReturnValue:
    """Show the other text beside the person's own; sending again then replaces it knowingly."""
    db.session.rollback()
    current = queries.site_page(key, request.args.get("lang", "de"))
    form.version.data = current.version
    form.version.raw_data = [str(current.version)]
    return _editor(current, form, theirs=current, status=409)


def _editor(
    edited: SitePage,
    form: SitePageForm,
    *,
    preview: str | None = None,
    theirs: SitePage | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    return render_template(
        "home/edit_page.html",
        page=edited,
        kind=pages.KINDS[edited.key],
        form=form,
        preview=preview,
        theirs=theirs,
        open_places=pages.open_places(form.body.data or ""),
    ), status


@home.get("/.well-known/security.txt")
@access.rule("everyone")
def security_txt() -> ResponseReturnValue:
    """Tell finders of security gaps where to report them (RFC 9116)."""
    settings = current_app.config["KTS"]
    expires = (now() + SECURITY_TXT_LASTS).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = (
        f"Contact: mailto:{settings.operator_mail}",
        f"Expires: {expires.strftime('%Y-%m-%dT%H:%M:%SZ')}",
        "Preferred-Languages: de, en",
        f"Canonical: {settings.base_url.rstrip('/')}/.well-known/security.txt",
    )
    return Response("\n".join(lines) + "\n", mimetype="text/plain")
