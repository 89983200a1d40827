"""Statements that every page asks, with their SQL worked out once.

Building a statement and finding its SQL in SQLAlchemy's cache takes longer than SQLite takes to
answer it from an index. What is asked at every request, takes only numbers and words, and gives
only such, can be prepared: ``rows = Prepared(lambda: select(...))`` and ``rows(user=7)``.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Dialect, Row
from sqlalchemy.sql.expression import Executable

from kts.extensions import db


class Prepared:
    """A statement with named parameters (``bindparam``); gives plain rows, no objects.

    Values are handed to the driver as they are: times and other types that need converting are
    refused by it or come back raw.
    """

    def __init__(self, build: Callable[[], Executable]) -> None:
        self._build = build
        self._known: dict[str, tuple[str, dict[str, Any], Sequence[str] | None]] = {}

    def __call__(self, **parameters: int | str | None) -> Sequence[Row[Any]]:
        """Run it in the session's transaction and give all rows."""
        connection = db.session.connection()
        dialect = connection.dialect
        sql, fixed, order = self._known.get(dialect.name) or self._prepare(dialect)
        values: dict[str, Any] = {**fixed, **parameters}
        arguments = tuple(values[name] for name in order) if order is not None else values
        return connection.exec_driver_sql(sql, arguments).all()

    def _prepare(self, dialect: Dialect) -> tuple[str, dict[str, Any], Sequence[str] | None]:
        compiled: Any = self._build().compile(dialect=dialect)  # type: ignore[attr-defined]
        if compiled.post_compile_params:
            raise ValueError("a list of values makes another statement each time")
        fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        known = (str(compiled), fixed, compiled.positiontup)
        self._known[dialect.name] = known
        return known
