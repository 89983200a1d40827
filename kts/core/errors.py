"""Small domain exceptions and the pages or JSON that they become.

A person is told what happened, what was kept and what to do; a program gets the same as a
problem document (RFC 9457).
"""

from http import HTTPStatus
from math import ceil

from flask import Flask, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from kts.core.clock import now
from kts.extensions import limiter


class DomainError(Exception):
    """Something that the rules of the platform forbid; carries a sentence for the person."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class NotFound(DomainError):
    """It does not exist, or this viewer may not know that it does."""

    status = HTTPStatus.NOT_FOUND


class Denied(DomainError):
    """The viewer may see it but not do this; the message says what is missing."""

    status = HTTPStatus.FORBIDDEN


class Conflict(DomainError):
    """Somebody else changed the thing meanwhile."""

    status = HTTPStatus.CONFLICT


class Invalid(DomainError):
    """What was given cannot be taken; nothing was changed."""


class Busy(DomainError):
    """It takes more than the machine can give at this moment; a little later it works."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


def init_app(app: Flask) -> None:
    """Register one handler for each kind of error."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def is_api() -> bool:
    """Say whether the caller is a program rather than a person."""
    return request.path.startswith("/api/")


def _domain_error(error: DomainError) -> ResponseReturnValue:
    if error.status in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN) and _is_guest():
        if _lost_strict_cookie():
            return _same_site_again()
        if error.status == HTTPStatus.FORBIDDEN and not is_api() and request.method == "GET":
            return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    return _answer(error.status, error.message)


def _is_guest() -> bool:
    return not current_user.is_authenticated


def _lost_strict_cookie() -> bool:
    """Say whether a link on another site led here, so that the strict cookie stayed behind."""
    return (
        request.method == "GET"
        and request.headers.get("Sec-Fetch-Site") == "cross-site"
        and request.headers.get("Sec-Fetch-Mode") == "navigate"
    )


def _same_site_again() -> ResponseReturnValue:
    """Let the browser ask once more from this site, now with its strict cookies."""
    response = make_response(render_template("errors/again.html"))
    response.headers["Refresh"] = "0"
    return response


def _csrf_error(error: CSRFError) -> ResponseReturnValue:
    return _answer(
        HTTPStatus.BAD_REQUEST,
        _(
            "The form was open for too long or came from another page. Nothing was changed. "
            "Go back, reload the page and send it again."
        ),
    )


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error
    if error.code == HTTPStatus.NOT_FOUND and _lost_strict_cookie() and _is_guest():
        return _same_site_again()
    told = error.description if is_api() else _limit_told(error)
    response = make_response(_answer(HTTPStatus(error.code), told or ""))
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response


def _limit_told(error: HTTPException) -> str:
    """Say how long a person has to wait who did something too often; nothing for other errors."""
    reached = limiter.current_limit
    if error.code != HTTPStatus.TOO_MANY_REQUESTS or reached is None:
        return ""
    seconds = reached.reset_at - 1 - now().timestamp()  # reset_at is rounded up to a full second
    minutes = max(1, ceil(seconds / 60))
    return ngettext(
        "To protect the platform, this is only possible a few times in a while. Nothing was "
        "saved. It works again in %(num)d minute.",
        "To protect the platform, this is only possible a few times in a while. Nothing was "
        "saved. It works again in %(num)d minutes.",
        minutes,
    )


def _unexpected(error: Exception) -> ResponseReturnValue:
    from flask import current_app

    from kts.extensions import db

    db.session.rollback()
    if current_app.config.get("TESTING"):
        raise error
    current_app.logger.exception("unexpected error at %s", request.path)
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "")


def _answer(status: HTTPStatus, message: str) -> ResponseReturnValue:
    if is_api():
        problem = {
            "type": "about:blank",
            "title": status.phrase,
            "status": int(status),
            "detail": message or status.description,
        }
        response = jsonify(problem)
        response.content_type = "application/problem+json"
        return response, status
    return render_template("errors/error.html", status=int(status), message=message), status
