"""The door that measures on persons keep shut: silenced people don't write, suspended don't enter.

Nothing of other features asks for it. A request that would write, or that opens a form to write,
is answered here before its view is called; what concerns only the person herself stays open. A
suspended person is sent away in the moment in which any page signs her in.
"""

from typing import Any

from flask import Flask, abort, make_response, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime
from flask_babel import gettext as _
from flask_login import current_user, logout_user, user_logged_in

from kts.core import decided, slots
from kts.core.errors import Denied, is_api
from kts.curation.reporting import links, queries
from kts.curation.reporting.models import SILENCE, SUSPEND, Measure

#: What a silenced person may still send: it is seen by nobody else, or is a right of hers.
FREE_BLUEPRINTS = {
    "accounts",  # signing in and out, passwords
    "leaving",  # leaving the platform
    "notifications",
    "following",
    "mails",
    "saved_searches",
    "clicks",
    "drafts",  # what she began to write is kept for later
    "reports",  # reporting and objecting
    "statements",
    "newsletter",  # whether it comes to her own address
}
FREE_ENDPOINTS = {
    "account.change_password",  # but not her name, which stands beside all her posts
    "home.report_barrier",
    "handovers.answer",
    "groups.leave",
    "groups.withdraw",
    "lists.read_all",
    "lists.undo",
    "lists.unread_from",
    "threads.read",
    "marks.edit",
    "marks.forget",
    "marks.keep_document",
    "marks.keep_post",
    "marks.restore",
}
#: Forms to write are closed already when they are opened, so that nobody writes in vain.
WRITING_FORMS = {"threads.create", "threads.answer", "posts.edit", "documents.create"}


def init_app(app: Flask) -> None:
    """Ask before every request that writes, and at every sign-in."""
    app.before_request(refuse_writing)
    user_logged_in.connect(refuse_entry, app)
    slots.register(app, decided.SLOT, why_it_stays)
    slots.register(app, decided.STATEMENTS, queries.statements)


def why_it_stays(thing: Any, mark: str) -> str:
    """Say by which decision something is hidden or closed, so that nobody opens it by the way."""
    measure = queries.measure_keeping(thing, mark)
    if measure is None:
        return ""
    return _(
        "Decision %(number)s has done this, with reasons that people were told. It is taken back "
        "on the page of the case by a moderator whom it does not concern.",
        number=measure.decision.number,
    )


def is_free(endpoint: str) -> bool:
    """Say whether a silenced person may use the route."""
    return endpoint in FREE_ENDPOINTS or endpoint.partition(".")[0] in FREE_BLUEPRINTS


def refuse_writing() -> ResponseReturnValue | None:
    """Answer in the view's place where a person who may only read would write."""
    endpoint = request.endpoint
    reads = request.method in ("GET", "HEAD", "OPTIONS")
    if endpoint is None or is_free(endpoint) or (reads and endpoint not in WRITING_FORMS):
        return None
    if not current_user.is_authenticated:
        return None
    measure = queries.restriction_of(current_user.id, SILENCE, SUSPEND)
    return None if measure is None else _refusal(measure)


def refuse_entry(_app: Any, user: Any, **_rest: Any) -> None:
    """Sign a suspended person out again at once, and say why and until when."""
    measure = queries.restriction_of(user.id, SUSPEND)
    if measure is None:
        return
    logout_user()
    session.pop("_remember", None)  # it would be made a cookie that signs her in later
    abort(make_response(_refusal(measure)))


def _refusal(measure: Measure) -> ResponseReturnValue:
    if is_api():
        raise Denied(sentence(measure))
    statement = links.statement_link(measure.decision)
    page = render_template(
        "reports/restricted.html",
        measure=measure,
        sentence=sentence(measure),
        statement=statement,
    )
    return page, 403


def sentence(measure: Measure) -> str:
    """Say what is not possible and until when."""
    until = format_datetime(measure.until, "short")
    if measure.kind == SUSPEND:
        return _("Your account is suspended until %(until)s.", until=until)
    return _("You can read everything, but not write until %(until)s.", until=until)
