"""The tables of the PostgreSQL engine, in a schema of their own.

They are derived from the platform's tables and belong to the engine, not to the migrations: it
makes them when it first writes, and drops them when ``VERSION`` no longer fits. An index is a set
of segments; ``state`` says which index is in use and counts its generations.
"""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from psycopg import Connection, sql

from kts.search.engines.entries import FIELDS

VERSION = 1  # raise it when tables or analysis change; an index of another version is rebuilt

# Arrays of numbers hardly shrink by compression and are read often: EXTERNAL stores them as is.
_STATEMENTS = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE {state} (
    version integer NOT NULL, made uuid NOT NULL DEFAULT gen_random_uuid(),
    index integer NOT NULL, generation bigint NOT NULL
);
CREATE TABLE {segment} (
    id bigserial PRIMARY KEY, index integer NOT NULL, size integer NOT NULL,
    deleted integer[] NOT NULL DEFAULT '{{}}'
);
CREATE TABLE {entry} (
    segment bigint NOT NULL, number integer NOT NULL, parent text NOT NULL,
    meta json NOT NULL, body text NOT NULL, PRIMARY KEY (segment, number)
);
CREATE INDEX ON {entry} (parent);
CREATE TABLE {posting} (
    segment bigint NOT NULL, term text COLLATE "C" NOT NULL, {columns},
    PRIMARY KEY (segment, term)
);
{storage};
INSERT INTO {state} (version, index, generation) VALUES ({version}, 0, 0);
"""
PARTS = ("ids", "counts", "places")
COLUMNS = tuple(f"{field}_{part}" for field in FIELDS for part in PARTS)


class State(NamedTuple):
    """Which tables (``made`` differs after they were made anew), which index, which generation."""

    made: UUID
    index: int
    generation: int


class Tables:
    """The names of the tables, safe to put into a statement."""

    def __init__(self, schema: str) -> None:
        self.schema = sql.Identifier(schema)
        self.state = sql.Identifier(schema, "state")
        self.segment = sql.Identifier(schema, "segment")
        self.entry = sql.Identifier(schema, "entry")
        self.posting = sql.Identifier(schema, "posting")

    def statement(self, text: str, **more: sql.Composable) -> sql.Composed:
        """Give the statement with the tables' names put in."""
        return sql.SQL(text).format(**vars(self), **more)

    def exist(self, connection: Connection) -> bool:
        """Say whether there are tables of this version."""
        found = connection.execute(
            "SELECT to_regclass(%s)", [self.state.as_string(connection)]
        ).fetchone()
        if found is None or found[0] is None:
            return False
        row = connection.execute(self.statement("SELECT version FROM {state}")).fetchone()
        return row is not None and row[0] == VERSION

    def state_of(self, connection: Connection) -> State | None:
        """Give what the index is now; None for tables of another version.

        Raises UndefinedTable where there are none, UndefinedColumn for those of a version that
        counted otherwise.
        """
        row = connection.execute(
            self.statement("SELECT version, made, index, generation FROM {state}")
        ).fetchone()
        return State(*row[1:]) if row is not None and row[0] == VERSION else None

    def make(self, connection: Connection) -> None:
        """Make empty tables in the place of those of another version."""
        connection.execute(self.statement("DROP SCHEMA IF EXISTS {schema} CASCADE"))
        columns = sql.SQL(", ").join(
            sql.SQL("{} bytea").format(sql.Identifier(name)) for name in COLUMNS
        )
        storage = sql.SQL("; ").join(
            sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET STORAGE EXTERNAL").format(
                self.posting, sql.Identifier(name)
            )
            for name in COLUMNS
        )
        connection.execute(
            self.statement(
                _STATEMENTS, columns=columns, storage=storage, version=sql.Literal(VERSION)
            )
        )
