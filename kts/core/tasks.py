"""Background work: the database is the truth, the queue only wakes the worker.

A task is a function that takes ids only and may run twice. ``after_commit`` puts it into the queue
once the rows that it needs are committed. Each feature that leaves work in a row's state registers
a ``recover`` function that finds it again, so a lost queue loses nothing.
"""

import logging
import sqlite3
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, current_app
from sqlalchemy import event
from sqlalchemy.orm import Session

from kts.core.optional import left_out
from kts.extensions import db

# Huey loads the clients of all databases that it finds: 15 MB in each process for nothing.
with left_out("redis", "psycopg"):
    import huey.storage
    from huey import Huey, PostgresHuey, SqliteHuey, crontab

log = logging.getLogger(__name__)

TASKS: dict[str, Callable[..., Any]] = {}
RECOVERIES: list[Callable[[], Any]] = []
NIGHTLY: list[Callable[[], Any]] = []
NIGHT_HOUR = 2  # UTC; offices are closed, no one waits


F = TypeVar("F", bound=Callable[..., Any])


def task(function: F) -> F:
    """Make the function known to the worker under its full name."""
    TASKS[_name(function)] = function
    return function


def recover(function: F) -> F:
    """Let the worker call the function at its start and every minute."""
    RECOVERIES.append(function)
    return function


def nightly(function: F) -> F:
    """Let the worker call the function once a night."""
    NIGHTLY.append(function)
    return function


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def after_commit(function: Callable[..., Any], *ids: int) -> None:
    """Enqueue the task when the session commits; a rollback forgets it."""
    waiting = db.session().info.setdefault("kts_tasks", {})
    waiting[(_name(function), ids)] = None


@event.listens_for(Session, "after_commit")
def _enqueue_waiting(session: Session) -> None:
    if session.in_nested_transaction():
        return  # a savepoint: the rows are not committed yet
    for name, ids in session.info.pop("kts_tasks", {}):
        enqueue(name, *ids)


@event.listens_for(Session, "after_rollback")
def _forget_waiting(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop("kts_tasks", None)


def enqueue(function: Callable[..., Any] | str, *ids: int) -> None:
    """Wake the worker; a queue that cannot be written is logged, since recovery finds the work."""
    name = function if isinstance(function, str) else _name(function)
    try:
        current_app.extensions["kts_run_task"](name, *ids)
    except Exception:
        if current_app.testing:
            raise
        log.exception("the queue did not take %s%s; the worker will find it", name, ids)


def run(name: str, *ids: int) -> None:
    """Run a task by name in a session of its own, rolled back when it fails."""
    try:
        TASKS[name](*ids)
    except Exception:
        log.exception("task %s%s failed", name, ids)
        db.session.rollback()
        raise
    finally:
        db.session.remove()


def recover_all() -> None:
    """Find all unfinished work in the database; one feature's failure stops no other's."""
    _each(RECOVERIES)


def run_nightly() -> None:
    """Run what is due once a night."""
    _each(NIGHTLY)


def _each(functions: list[Callable[[], Any]]) -> None:
    for function in functions:
        try:
            function()
        except Exception:
            log.exception("%s failed", _name(function))
            db.session.rollback()
        finally:
            db.session.remove()


def init_app(app: Flask) -> None:
    """Make the application's queue and the tasks that the worker runs."""
    queue = _make_queue(app)

    def run_in_app(name: str, *ids: int) -> None:
        with app.app_context():
            run(name, *ids)

    def recover_in_app() -> None:
        with app.app_context():
            recover_all()

    def nightly_in_app() -> None:
        with app.app_context():
            run_nightly()

    app.extensions["kts_huey"] = queue
    app.extensions["kts_run_task"] = run_in_app
    if queue is None:
        return
    app.extensions["kts_run_task"] = queue.task(name="run")(run_in_app)
    queue.periodic_task(crontab(minute="*"), name="recover")(recover_in_app)
    queue.periodic_task(crontab(hour=str(NIGHT_HOUR), minute="17"), name="nightly")(nightly_in_app)
    queue.on_startup(name="recover")(recover_in_app)


def _make_queue(app: Flask) -> Huey | None:
    """Give the queue that fits the database; none where tasks run at once (``TASKS="now"``)."""
    settings = app.config["KTS"]
    if app.config.get("TASKS") == "now":
        return None
    if settings.uses_sqlite:
        settings.instance.mkdir(parents=True, exist_ok=True)
        return _sqlite_queue(settings.instance.resolve() / "queue.sqlite3")
    return _postgres_queue(settings.database)


def _postgres_queue(address: str) -> PostgresHuey:
    huey.storage.psycopg = import_module("psycopg")  # left out above
    return PostgresHuey("kts", dsn=_libpq(address), results=False)


def _sqlite_queue(path: Path) -> SqliteHuey:
    """Open the queue; a damaged file is put aside, for no work is known to the queue alone."""
    try:
        return SqliteHuey("kts", filename=str(path), results=False, journal_mode="wal")
    except sqlite3.OperationalError:  # locked or not writable, which a new file would not mend
        raise
    except sqlite3.DatabaseError:
        log.exception("the queue is damaged; a new one is made and the worker finds its work")
        path.replace(path.with_name(f"{path.name}.damaged"))
        return SqliteHuey("kts", filename=str(path), results=False, journal_mode="wal")


def _libpq(address: str) -> str:
    scheme, rest = address.split("://", 1)
    return f"{scheme.split('+')[0]}://{rest}"
