"""``/healthz`` and ``/readyz``: for whoever watches the processes."""

from collections.abc import Callable

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from kts.core import access
from kts.extensions import db
from kts.search.services import engine

health = Blueprint("health", __name__)


@health.get("/healthz")
@access.rule("everyone", "says nothing but that the process answers")
def alive() -> ResponseReturnValue:
    """Answer: the process is alive."""
    return jsonify(status="ok")


@health.get("/readyz")
@access.rule("everyone", "names parts, no details of the failure")
def ready() -> ResponseReturnValue:
    """Look at database, index and queue; 503 where one of them does not answer."""
    parts = {
        name: _answers(look)
        for name, look in (("database", _database), ("index", _index), ("queue", _queue))
    }
    sound = all(parts.values())
    shown = {name: "ok" if good else "unavailable" for name, good in parts.items()}
    return jsonify(status="ok" if sound else "unavailable", **shown), 200 if sound else 503


def _answers(look: Callable[[], bool]) -> bool:
    try:
        return look()
    except Exception:
        current_app.logger.exception("not ready: %s", look.__name__)
        db.session.rollback()
        return False


def _database() -> bool:
    db.session.execute(text("SELECT 1"))
    return True


def _index() -> bool:
    return engine().status().ready


def _queue() -> bool:
    queue = current_app.extensions["kts_huey"]
    return queue is None or queue.pending_count() >= 0
