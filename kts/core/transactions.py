"""How transactions begin on SQLite, so that writers queue instead of failing.

SQLite lets a transaction that has read wait for no other writer: it fails at once when it wants
to write ("database is locked", SQLITE_BUSY_SNAPSHOT). Whoever is going to write therefore says so
at the beginning and waits for its turn. Reading requests do not wait. On PostgreSQL nothing of
this matters and the context managers do nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask import Flask, g, has_app_context, has_request_context, request
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from kts.extensions import db

_intent: ContextVar[str | None] = ContextVar("kts_transaction_intent", default=None)
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


@contextmanager
def reading() -> Iterator[None]:
    """Begin transactions in this block as readers, for long reads outside of requests."""
    yield from _with_intent("reading")


@contextmanager
def writing() -> Iterator[None]:
    """Begin transactions in this block as writers, for the write that a GET request needs.

    A transaction that is already open keeps its kind: commit or roll it back first.
    """
    yield from _with_intent("writing")


def _with_intent(intent: str) -> Iterator[None]:
    token = _intent.set(intent)
    try:
        yield
    finally:
        _intent.reset(token)


def _wants_to_write() -> bool:
    intent = _intent.get()
    if intent is not None:
        return intent == "writing"
    return not has_request_context() or request.method not in _SAFE_METHODS


def reader() -> Any:
    """Give the driver's connection for reads of a request that has no transaction; else None.

    Until the session is used, each statement of a request that only reads stands for itself: it
    sees what is there at its moment. Most kept pages need nothing else, and a transaction costs
    more than all that is read in it.
    """
    if _intent.get() is not None or _wants_to_write() or g.get("kts_in_transaction"):
        return None
    if "kts_reader" not in g:
        g.kts_reader = db.engine.raw_connection()
    return g.kts_reader.dbapi_connection


@event.listens_for(Session, "after_begin")
def _read_in_transaction(*_arguments: object) -> None:
    if has_app_context():
        g.kts_in_transaction = True
        _return_reader()


def _return_reader(_error: object = None) -> None:
    borrowed = g.pop("kts_reader", None)
    if borrowed is not None:
        borrowed.close()


def init_app(app: Flask) -> None:
    """Set up every SQLite connection of the application's engine."""
    if not app.config["KTS"].uses_sqlite:
        return
    with app.app_context():
        engine = db.engine
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    app.teardown_appcontext(_return_reader)


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where _begin says so
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # what was acknowledged survives a power cut
        "foreign_keys=ON",
        "busy_timeout=15000",
        # KB for each thread; the system keeps the file in memory once for all of them
        "cache_size=-512",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    if _wants_to_write():
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:  # straight to the driver: it gives no rows, and every page begins so
        driver: Any = connection.connection.dbapi_connection
        driver.execute("BEGIN")
