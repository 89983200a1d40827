"""Forgotten passwords: a wish for any address, answered by the worker where there is an account."""

import hashlib
import secrets
from datetime import timedelta

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

from kts.accounts.addresses import external
from kts.accounts.models import PasswordReset, User
from kts.accounts.queries import fold_email, user_by_email
from kts.core.mail import queue_mail
from kts.core.tasks import after_commit, recover, task
from kts.extensions import db

RESET_LASTS = timedelta(hours=2)


def request_password_reset(email: str, language: str) -> None:
    """Note the wish; the worker looks whether the address is known."""
    reset = PasswordReset(email=fold_email(email), language=language)
    db.session.add(reset)
    db.session.flush()
    after_commit(answer_password_reset, reset.id)


@task
def answer_password_reset(reset_id: int) -> None:
    """Send the link if the address has an account, and forget the wish either way."""
    reset = db.session.get(PasswordReset, reset_id)
    if reset is None:
        return
    user = user_by_email(reset.email)
    if user and user.active:
        queue_mail(
            user.email,
            "password_reset",
            locale=reset.language,
            name=user.name,
            url=external(f"/passwort-neu/{reset_token(user)}"),
            hours=int(RESET_LASTS.total_seconds() // 3600),
        )
    db.session.delete(reset)
    db.session.commit()


@recover
def answer_password_resets() -> None:
    """Answer the wishes whose wake-up call was lost."""
    for reset_id in db.session.scalars(db.select(PasswordReset.id)).all():
        answer_password_reset(reset_id)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="password-reset")


def _fingerprint(user: User) -> str:
    return hashlib.sha256((user.password_hash or user.session_key).encode()).hexdigest()[:16]


def reset_token(user: User) -> str:
    """Sign a link that works once: it holds a trace of the password that it replaces."""
    return _serializer().dumps([user.id, _fingerprint(user)])


def user_of_reset_token(token: str) -> User | None:
    """Give the account of a link that is genuine, fresh and not used yet."""
    try:
        user_id, fingerprint = _serializer().loads(token, max_age=RESET_LASTS.total_seconds())
    except (BadSignature, ValueError, TypeError):
        return None
    user = db.session.get(User, user_id)
    if (
        user is None
        or not user.active
        or not secrets.compare_digest(fingerprint, _fingerprint(user))
    ):
        return None
    return user
