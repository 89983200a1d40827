"""Language, and light or dark: remembered in cookies, so that nobody needs an account for it.

These are plain links. They change nothing but how this browser shows the site, so they need no
form and guests no session; the way back leads only to addresses of this site.
"""

from flask import current_app, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from kts.core import access
from kts.core.errors import NotFound
from kts.core.shared_pages import THEME_COOKIE
from kts.core.transactions import writing
from kts.core.web import LANGUAGE_COOKIE, own_path
from kts.extensions import db
from kts.home import services
from kts.home.views import home

THEMES = ("light", "dark", "auto")
ONE_YEAR = 60 * 60 * 24 * 365


@home.get("/sprache/<code>")
@access.rule("everyone")
def language(code: str) -> ResponseReturnValue:
    """Remember the language, for a signed-in person also in her account."""
    if code not in current_app.config["LANGUAGES"]:
        raise NotFound
    if current_user.is_authenticated and current_user.language != code:
        db.session.commit()
        with writing():
            services.remember_language(current_user, code)
            db.session.commit()
    return _remember(LANGUAGE_COOKIE, code)


@home.get("/darstellung/<theme>")
@access.rule("everyone")
def appearance(theme: str) -> ResponseReturnValue:
    """Remember light, dark or the device's own choice."""
    if theme not in THEMES:
        raise NotFound
    return _remember(THEME_COOKIE, theme)


def _remember(cookie: str, value: str) -> ResponseReturnValue:
    response = redirect(own_path(request.args.get("next", "")), 303)
    response.set_cookie(
        cookie,
        value,
        max_age=ONE_YEAR,
        samesite="Lax",
        httponly=True,
        secure=current_app.config["KTS"].is_https,
    )
    return response
