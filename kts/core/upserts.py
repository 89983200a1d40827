"""Inserts that say what to do with a row that is there already, on both databases."""

from importlib import import_module
from typing import Any

from kts.extensions import db


def insert(table: Any, dialect: str | None = None) -> Any:
    """Give the database's own insert, with its ``on_conflict_…`` methods.

    ``dialect`` is the connection's, by default that of the application's database. Only its own
    dialect is loaded: PostgreSQL's takes 2 MB that a process on SQLite has no use for.
    """
    name = dialect or db.engine.dialect.name
    return import_module(f"sqlalchemy.dialects.{name}").insert(table)
