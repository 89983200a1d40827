"""Passwords: argon2id, and the same amount of work whether an account exists or not."""

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app

MIN_LENGTH = 10  # BSI, "Sichere Passwörter erstellen": long beats complicated

_one_at_a_time = threading.Lock()  # each takes 64 MB and all processors for a moment


def _hasher() -> PasswordHasher:
    # RFC 9106, second recommended option; tests take the cheapest one
    if current_app.testing:
        return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)


@cache
def _dummy_hash(testing: bool) -> str:
    return _hasher().hash("nobody has this password")


def hash_password(password: str) -> str:
    """Give the argon2id hash with its parameters and salt."""
    with _one_at_a_time:
        return _hasher().hash(password)


def verify(stored: str | None, password: str) -> bool:
    """Check the password; without a stored hash the same work is done and the answer is no."""
    try:
        with _one_at_a_time:
            matches = _hasher().verify(stored or _dummy_hash(current_app.testing), password)
    except (VerificationError, InvalidHashError):
        return False
    return matches and stored is not None


def needs_rehash(stored: str) -> bool:
    """Say whether the hash was made with older parameters."""
    return _hasher().check_needs_rehash(stored)
