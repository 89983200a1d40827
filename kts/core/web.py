"""What every response carries: security headers, the CSP nonce, the language, health checks."""

import secrets
import threading
import time
from collections import OrderedDict
from functools import lru_cache
from typing import Any

from flask import Flask, Request, Response, current_app, g, render_template, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_babel import format_date, format_datetime, get_locale
from flask_limiter.util import get_remote_address
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from kts.core import access, shared_pages, slots
from kts.core.errors import NotFound
from kts.extensions import babel

LANGUAGE_COOKIE = "kts_lang"
COUNTS_IN_MENU = ("unread_notifications", "draft_count")  # template functions of the features
COOKIES_KEPT = 500  # people who are active at the same time
SIGNED_FOR = 300  # seconds that forms share one signature of their token
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
LARGEST_NUMBER = 2**31 - 1  # what an Integer column holds on every database


def whole_number(text: str) -> int:
    """Read a number of an address; raise ValueError for one that no row can have.

    For ``request.args.get(…, type=whole_number)``, which then gives the default.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_NUMBER))):
        raise ValueError(text[:20])
    if int(text) > LARGEST_NUMBER:
        raise ValueError(text)
    return int(text)


def own_path(address: str | None) -> str:
    """Give the address to go on to if it is a path of this site, else the home page."""
    path = address or ""
    inside = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if inside and all(ord(character) >= 32 for character in path) else "/"


def limited_person() -> str:
    """Give the key of limits that count for each account; guests count by their address."""
    if current_user.is_authenticated:
        return f"user:{current_user.id}"
    return f"address:{get_remote_address()}"


class RowNumber(IntegerConverter):
    """``<int:…>`` in an address; a number that no row can have is an unknown address."""

    regex = r"[0-9]{1,10}"

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST_NUMBER)


class Sessions(SecureCookieSessionInterface):
    """Keeps the signer of session cookies, and what the cookies sent last say.

    A cookie that was found genuine stays so until it is too old. Only those with plain values are
    kept, of which each request gets a dictionary of its own.
    """

    def __init__(self) -> None:
        self._signers: dict[object, URLSafeTimedSerializer | None] = {}
        self._read: OrderedDict[tuple[object, str], tuple[float, dict[str, Any]]] = OrderedDict()
        self._lock = threading.Lock()

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Give the signer for the application's key."""
        key = app.secret_key
        if key not in self._signers:
            self._signers = {key: super().get_signing_serializer(app)}
        return self._signers[key]

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the cookie; a session that is empty where there is none or it is not ours."""
        sent = request.cookies.get(self.get_cookie_name(app))
        signer = self.get_signing_serializer(app)
        if not sent or signer is None:
            return super().open_session(app, request)
        longest = app.permanent_session_lifetime.total_seconds()
        with self._lock:
            known = self._read.get((app.secret_key, sent))
        if known and 0 <= time.time() - known[0] <= longest:
            return self.session_class(known[1])
        try:
            data, signed = signer.loads(sent, max_age=int(longest), return_timestamp=True)
        except BadSignature:
            return self.session_class()
        if all(isinstance(value, str | int | None) for value in data.values()):
            with self._lock:
                self._read[app.secret_key, sent] = (signed.timestamp(), dict(data))
                if len(self._read) > COOKIES_KEPT:
                    self._read.popitem(last=False)
        return self.session_class(data)


def init_app(app: Flask) -> None:
    """Bind language choice, template globals and headers."""
    app.session_interface = Sessions()
    babel.init_app(app, locale_selector=choose_locale)
    app.url_map.converters["int"] = RowNumber
    app.jinja_env.globals.update(
        can=access.can,
        slot=slots.render,
        csp_nonce=lambda: shared_pages.own_part("nonce"),
        locale=get_locale,
        format_date=format_date,
        format_datetime=format_datetime,
    )
    app.jinja_env.globals["csrf_token"] = _csrf_token
    app.context_processor(lambda: {"csrf_token": _csrf_token})  # CSRFProtect has its own in both
    shared_pages.fill(app, "nonce", csp_nonce)
    shared_pages.fill(app, "csrf", _signed_token)
    shared_pages.fill(app, "flashes", _flashes)
    shared_pages.fill_kept(app, "account", "_partials/account_menu.html", _shown_in_menu)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.before_request(leave_out_nul)
    app.after_request(add_headers)
    proxies = app.config["KTS"].trusted_proxies
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )


def leave_out_nul() -> None:
    """Take the sign NUL out of what was sent: nobody types it, and PostgreSQL keeps no such text.

    An address with it is unknown.
    """
    if "\x00" in request.path:
        raise NotFound
    request.args = _without_nul(request.args)
    if request.method == "POST":
        request.form = _without_nul(request.form)


def _without_nul(sent: MultiDict[str, str]) -> MultiDict[str, str]:
    if not any("\x00" in name + value for name, value in sent.items(multi=True)):
        return sent
    items = sent.items(multi=True)
    return ImmutableMultiDict((n.replace("\x00", ""), v.replace("\x00", "")) for n, v in items)


def _shown_in_menu() -> dict[str, object]:
    """Give what the person's menu counts, each by the feature that knows it."""
    known = current_app.jinja_env.globals
    counts = {name: known[name]() for name in COUNTS_IN_MENU if name in known}
    return {"name": current_user.display_name, "is_moderator": current_user.is_moderator, **counts}


def _csrf_token() -> str:
    return shared_pages.own_part("csrf")


def _signed_token() -> str:
    """Give the session's token; signing it takes longer than all other holes of a page."""
    secret = session.get(current_app.config["WTF_CSRF_FIELD_NAME"])
    if not secret:
        return generate_csrf()
    return _signed(current_app.secret_key, secret, int(time.time() // SIGNED_FOR))


@lru_cache(maxsize=COOKIES_KEPT)
def _signed(_key: object, _secret: str, _time: int) -> str:
    return generate_csrf()


def _flashes() -> str:
    """Show what the last action left to say; most pages have nothing."""
    return render_template("_partials/flashes.html") if "_flashes" in session else ""


def choose_locale() -> str:
    """Give the language: the cookie's, else the account's, else German."""
    if not request:
        return "de"
    languages = ("de", "en")
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in languages:
        return chosen
    own = getattr(current_user, "language", None)
    return own if own in languages else "de"


def csp_nonce() -> str:
    """Give this response's nonce for its script elements."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return g.csp_nonce


def add_headers(response: Response) -> Response:
    """Add the headers that keep a page to itself; views may set a stricter CSP of their own."""
    headers = response.headers
    there = {name.lower() for name, _value in headers}
    if "content-security-policy" not in there:
        headers.add(
            "Content-Security-Policy",
            "default-src 'none'; "
            f"script-src 'nonce-{csp_nonce()}'; "
            "style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
            "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        )
    for name, value in HEADERS.items():
        if name.lower() not in there:
            headers.add(name, value)
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if response.mimetype == "text/html":
        if "cache-control" not in there:
            headers.add("Cache-Control", "no-store" if _is_personal() else "no-cache")
        if "vary" in there:
            response.vary.add("Cookie")
        else:
            headers.add("Vary", "Cookie")
    return response


def _is_personal() -> bool:
    """Say so without reading the account again, which a commit has just made the session forget."""
    return not current_user.is_anonymous
