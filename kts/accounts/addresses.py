"""Addresses that go into mails."""

from flask import current_app


def external(path: str) -> str:
    """Give the whole address of a path of this site."""
    return str(current_app.config["KTS"].base_url).rstrip("/") + path
