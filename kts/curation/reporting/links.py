"""Numbers that people read out on the telephone, and links that need no account.

A link is signed with the site's key and holds nothing but whose it is; it works as long as the row
is there, since the law gives people six months and more to come back to it.
"""

import secrets

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from kts.core.clock import now
from kts.core.errors import NotFound
from kts.core.mail import base_url
from kts.curation.reporting.models import Decision, Report
from kts.extensions import db

SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without those that look alike
LENGTH = 8  # a million millions: nobody guesses one


def new_number(letter: str) -> str:
    """Make a number like M-2026-7KQ4ZP2B; the letter says of what."""
    return f"{letter}-{now().year}-{''.join(secrets.choice(SIGNS) for _ in range(LENGTH))}"


def report_link(report: Report) -> str:
    """Give the path on which a reporter reads what became of her report."""
    return f"/melden/stand/{_serializer('report').dumps(report.id)}"


def report_of(token: str) -> Report:
    """Give the report of a genuine link; raise NotFound otherwise."""
    return _of(Report, _read("report", token))


def statement_link(decision: Decision) -> str:
    """Give the path on which the person concerned reads the reasons without an account."""
    return f"/entscheidung/{_serializer('statement').dumps(decision.id)}"


def decision_of(token: str) -> Decision:
    """Give the decision of a genuine link; raise NotFound otherwise."""
    return _of(Decision, _read("statement", token))


def complete(path: str) -> str:
    """Give the whole address for a mail."""
    return base_url() + path


def _of(model: type, number: int) -> "Report | Decision":
    found = db.session.get(model, number)
    if found is None:
        raise NotFound
    return found


def _read(salt: str, token: str) -> int:
    try:
        number = _serializer(salt).loads(token)
    except BadSignature as error:
        raise NotFound from error
    if not isinstance(number, int):
        raise NotFound
    return number


def _serializer(salt: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt=f"kts-{salt}")
