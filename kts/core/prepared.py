"""Statements that every page asks, with their SQL worked out once.

Building a statement and finding its SQL in SQLAlchemy's cache takes longer than SQLite takes to
answer it from an index. What is asked at every request, takes only numbers and words, and gives
only such, can be prepared: ``rows = Prepared(lambda: select(...))`` and ``rows(user=7)``.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import Dialect, Row, bindparam, inspect
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.sql.expression import Executable

from kts.core.transactions import reader
from kts.extensions import db

Model = TypeVar("Model")

_Statement = tuple[str, dict[str, Any], Sequence[str] | None]


class Prepared:
    """A statement with named parameters (``bindparam``); gives plain rows, no objects.

    Values are handed to the driver as they are: times and other types that need converting are
    refused by it or come back raw.
    """

    def __init__(self, build: Callable[[], Executable]) -> None:
        self._build = build
        self._known: dict[str, _Statement] = {}
        self._row: Any = None

    def __call__(self, **parameters: int | str | None) -> Sequence[Row[Any]]:
        """Run it and give all rows, in the session's transaction where it has one."""
        engine = db.engine
        sql, fixed, order = self._known.get(engine.dialect.name) or self._prepare(engine.dialect)
        values: dict[str, Any] = {**fixed, **parameters}
        arguments = tuple([values[name] for name in order]) if order is not None else values
        if engine.dialect.name == "sqlite" and not engine.dispatch.before_cursor_execute:
            try:
                return self._straight(sql, arguments)
            except sqlite3.Error:
                pass  # asked again the long way, which gives the errors that everybody expects
        return db.session.connection().exec_driver_sql(sql, arguments).all()

    def _straight(self, sql: str, arguments: Any) -> Sequence[Any]:
        """Ask the driver itself: what SQLAlchemy does around it takes longer than the answer.

        Only while nobody listens to the statements.
        """
        driver = reader() or db.session.connection().connection.dbapi_connection
        cursor = driver.execute(sql, arguments)
        rows = cursor.fetchall()
        if not rows:
            return rows
        if self._row is None:
            names = [column[0] for column in cursor.description]
            self._row = namedtuple("Row", names, rename=True)
        return [self._row._make(row) for row in rows]

    def _prepare(self, dialect: Dialect) -> _Statement:
        compiled: Any = self._build().compile(dialect=dialect)  # type: ignore[attr-defined]
        if compiled.post_compile_params:
            raise ValueError("a list of values makes another statement each time")
        fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        known = (str(compiled), fixed, compiled.positiontup)
        self._known[dialect.name] = known
        return known


class PreparedObject(Generic[Model]):
    """Finds the object of a model by its ``id`` as the session would, several times as fast.

    For the one object that every request needs: who asks.
    """

    def __init__(self, model: type[Model]) -> None:
        self._mapper: Any = inspect(model)
        self._table: Any = self._mapper.local_table
        self._by_id = db.select(model).where(self._table.c.id == bindparam("number"))
        self._columns = Prepared(
            lambda: self._table.select().where(self._table.c.id == bindparam("number"))
        )
        self._readers: list[tuple[str, Any]] = []

    def __call__(self, number: int) -> Model | None:
        """Give the object, as the database has it now; None where there is none."""
        session = db.session()
        dialect = db.engine.dialect
        key = self._mapper.identity_key_from_primary_key((number,))
        if dialect.name != "sqlite" or key in session.identity_map:
            return session.scalar(self._by_id, {"number": number})
        rows = self._columns(number=number)
        if not rows:
            return None
        found = self._mapper.class_manager.new_instance()
        for (name, read), value in zip(self._attributes(dialect), rows[0], strict=True):
            found.__dict__[name] = read(value) if read else value
        make_transient_to_detached(found)
        session.add(found)
        return found

    def _attributes(self, dialect: Dialect) -> list[tuple[str, Any]]:
        """Give each column's attribute, and what makes its values of the driver's."""
        if not self._readers:
            self._readers = [
                (
                    self._mapper.get_property_by_column(column).key,
                    column.type.dialect_impl(dialect).result_processor(dialect, None),
                )
                for column in self._table.columns
            ]
        return self._readers
