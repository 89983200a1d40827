"""The search engine for several web processes or machines: postings in PostgreSQL.

Terms, ranking and answers are those of every engine; only where postings lie differs. A question
reads in one snapshot of the database, so a commit or a rebuild never shows it half an index. One
writer at a time holds an advisory lock, which the server frees when the writer dies.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar, cast

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from kts.search import german
from kts.search.engine import (
    Change,
    Hit,
    IndexDocument,
    IndexLockedError,
    IndexStatus,
    Progress,
    SearchError,
    SearchRequest,
    SearchResponse,
    Suggestion,
    Synonyms,
)
from kts.search.engines.answering import Answer, Thesaurus, is_asked, milliseconds
from kts.search.engines.columns import Book
from kts.search.engines.entries import Analysed, analysed
from kts.search.engines.postgres import writing
from kts.search.engines.postgres.segments import (
    Memory,
    PostgresAhead,
    PostgresSegment,
    entry_of,
)
from kts.search.engines.postgres.tables import State, Tables
from kts.search.engines.similar import similar
from kts.search.engines.suggesting import suggest
from kts.search.engines.views import View
from kts.search.query import parse

WAIT_FOR_LOCK = 10.0  # seconds; the worker holds it for a fraction of one
POLL = 0.05  # seconds between two tries for the lock
CONNECTIONS = 5  # kept open by a process; more are opened when more threads ask at once
MOST_CONNECTIONS = 20

T = TypeVar("T")


@dataclass(frozen=True)
class _Open:
    """The index as it was last read."""

    state: State
    view: View


class PostgresEngine:
    """The engine over a schema of a database; see kts.search.engine for what it promises."""

    name = "postgres"

    def __init__(
        self,
        database_url: str,
        synonyms: Synonyms = tuple,
        schema: str = "kts_search",
        wait_for_lock: float = WAIT_FOR_LOCK,
    ) -> None:
        url = make_url(database_url) if database_url else None
        if url is None or url.get_backend_name() != "postgresql":
            raise SearchError(
                "KTS_SEARCH_ENGINE=postgres needs a PostgreSQL database in KTS_DATABASE_URL."
            )
        self.wait_for_lock = wait_for_lock
        self._tables = Tables(schema)
        self._lock_number = zlib.crc32(schema.encode())
        self._pool = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=CONNECTIONS,
            max_overflow=MOST_CONNECTIONS - CONNECTIONS,
        )
        self._thesaurus = Thesaurus(synonyms)
        self._book, self._memory = Book(), Memory()
        self._ahead = PostgresAhead(self._tables, self._connection)
        self._open: _Open | None = None
        self._opening = threading.Lock()
        self._local = threading.local()

    # Connections

    def close(self) -> None:
        """Give back all connections."""
        self._pool.dispose()

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        pooled = self._pool.raw_connection()
        try:
            yield cast(psycopg.Connection, pooled.driver_connection)
        except psycopg.OperationalError:  # the others in the pool may be lost as well
            pooled.invalidate()
            self._pool.dispose()
            raise
        finally:
            pooled.close()

    def _connection(self) -> psycopg.Connection:
        """Give the connection of the question that this thread answers."""
        return cast(psycopg.Connection, self._local.reader)

    @contextmanager
    def _snapshot(self) -> Iterator[psycopg.Connection]:
        """Give a connection all of whose reads see the same moment."""
        with self._connected() as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            before = getattr(self._local, "reader", None)
            self._local.reader = connection
            try:
                yield connection
            finally:
                self._local.reader = before
                if not connection.broken:
                    connection.rollback()
                    connection.isolation_level = connection.read_only = None

    # Writing

    @contextmanager
    def exclusive(self, wait: float | None = None) -> Iterator[None]:
        """Hold the writer's lock; calls that write inside use its connection."""
        if getattr(self._local, "writer", None) is not None:
            yield
            return
        with self._connected() as connection:
            connection.autocommit = True
            self._take_lock(connection, self.wait_for_lock if wait is None else wait)
            self._local.writer = connection
            try:
                yield
            finally:
                self._local.writer = None
                if not connection.closed:
                    connection.execute("SELECT pg_advisory_unlock(%s)", [self._lock_number])
                    connection.autocommit = False

    def _take_lock(self, connection: psycopg.Connection, wait: float) -> None:
        deadline = time.monotonic() + wait
        while True:
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", [self._lock_number])
            if row.fetchone() == (True,):
                return
            if time.monotonic() >= deadline:
                connection.autocommit = False
                raise IndexLockedError(
                    "Another process is writing the search index. Nothing was changed; "
                    "try again when it is done."
                )
            time.sleep(POLL)

    @contextmanager
    def _writing(self) -> Iterator[tuple[psycopg.Connection, int]]:
        """Give a connection in a transaction, and the number of the index in use."""
        with self.exclusive():
            connection = cast(psycopg.Connection, self._local.writer)
            with connection.transaction():
                if not self._tables.exist(connection):
                    self._tables.make(connection)
                yield connection, cast(State, self._tables.state_of(connection)).index

    def apply(self, changes: Sequence[Change]) -> None:
        """Replace what the index holds about each parent, in one transaction."""
        latest = {change.parent: change for change in changes}
        if not latest:
            return
        documents = (analysed(doc) for change in latest.values() for doc in change.documents)
        with self._writing() as (connection, index):
            writing.delete(self._tables, connection, index, list(latest))
            self._write(connection, index, documents)
            writing.merge(self._tables, connection, index)
            self._next_generation(connection, index)

    def rebuild(self, documents: Iterable[IndexDocument], progress: Progress | None = None) -> int:
        """Write a new index and use it, in one transaction; questions see the old one till then."""
        with self._writing() as (connection, before), german.remembering_more():
            written = self._write(connection, before + 1, map(analysed, documents), progress)
            old = connection.execute(
                self._tables.statement("SELECT id FROM {segment} WHERE index = %s"), [before]
            ).fetchall()
            writing.drop(self._tables, connection, [number for (number,) in old])
            self._next_generation(connection, before + 1)
            for table in (self._tables.entry, self._tables.posting):
                connection.execute(self._tables.statement("ANALYZE {table}", table=table))
        return written

    def _write(
        self,
        connection: psycopg.Connection,
        index: int,
        documents: Iterable[Analysed],
        progress: Progress | None = None,
    ) -> int:
        written = 0
        following = iter(documents)
        while more := writing.write_segment(self._tables, connection, index, following):
            written += more
            if progress is not None:
                progress(written)
        return written

    def _next_generation(self, connection: psycopg.Connection, index: int) -> None:
        connection.execute(
            self._tables.statement("UPDATE {state} SET index = %s, generation = generation + 1"),
            [index],
        )

    # Reading

    def _reading(self, read: Callable[[View], T], without_index: T) -> T:
        """Read the index in one snapshot."""

        def read_view(connection: psycopg.Connection) -> T:
            view = self._view(connection)
            return without_index if view is None else read(view)

        return self._asking(read_view, without_index)

    def _asking(self, ask: Callable[[psycopg.Connection], T], without_index: T) -> T:
        """Ask in one snapshot; once more where the server had closed a pooled connection."""
        for last in (False, True):
            try:
                with self._snapshot() as connection:
                    return ask(connection)
            except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
                return without_index
            except psycopg.OperationalError:
                if last:
                    raise
        raise AssertionError("unreachable")

    def _view(self, connection: psycopg.Connection) -> View | None:
        """Give the generation that the snapshot holds; None where no index was ever written."""
        state = self._tables.state_of(connection)
        if state is None or not state.generation:
            return None
        known = self._open
        if known is not None and known.state == state:
            return known.view
        with self._opening:
            known = self._open
            if known is not None and known.state == state:
                return known.view
            if known is not None and known.state.made != state.made:
                known = self._open = None
            if known is None:
                self._book, self._memory = Book(), Memory()
            view = self._read(connection, state.index, known.view if known else None)
            if known is None or known.state.generation < state.generation:
                self._open = _Open(state, view)
            return view

    def _read(self, connection: psycopg.Connection, index: int, before: View | None) -> View:
        """Read the segments that are new; the others stay as they were read."""
        rows = connection.execute(
            self._tables.statement(
                "SELECT id, size, deleted FROM {segment} WHERE index = %s ORDER BY id"
            ),
            [index],
        ).fetchall()
        known = {cast(PostgresSegment, s).number: s for s in before.segments} if before else {}
        segments = [
            known.get(number)
            or PostgresSegment(number, size, self._tables, self._connection, self._memory)
            for number, size, _deleted in rows
        ]
        deleted = [numbers for _number, _size, numbers in rows]
        return View(segments, deleted, self._book, before, self._ahead)

    def check(self) -> Mapping[str, Mapping[str, str]]:
        """Give each parent's keys with the documents' fingerprints."""

        def read(view: View) -> dict[str, dict[str, str]]:
            keys: dict[str, dict[str, str]] = {}
            numbers = [cast(PostgresSegment, segment).number for segment in view.segments]
            for (meta,) in self._connection().execute(
                self._tables.statement("SELECT meta FROM {entry} WHERE segment = ANY(%s)"),
                [numbers],
            ):
                entry = entry_of(meta)
                keys.setdefault(entry.parent, {})[entry.key] = entry.fingerprint
            return keys

        return self._reading(read, {})

    def status(self) -> IndexStatus:
        """Say what the index holds."""

        def read(view: View) -> IndexStatus:
            alive = view.alive
            latest = float(view.updated[alive].max()) if alive.any() else None
            size = self._connection().execute(
                self._tables.statement(
                    "SELECT pg_total_relation_size(%s) + pg_total_relation_size(%s)"
                ),
                [name.as_string(self._connection()) for name in (
                    self._tables.entry, self._tables.posting,
                )],
            )  # fmt: skip
            return IndexStatus(
                engine=self.name,
                ready=True,
                documents=int(alive.sum()),
                parents=len(set(view.codes["parent"][alive].tolist())),
                bytes=cast(tuple[int], size.fetchone())[0],
                updated=datetime.fromtimestamp(latest, UTC) if latest else None,
                detail=f"{len(view.segments)} segments in the database",
            )

        missing = IndexStatus(engine=self.name, ready=False, detail="no index in the database")
        return self._reading(read, missing)

    def generation(self) -> str:
        """Name the state of the index as every process sees it now."""

        def read(connection: psycopg.Connection) -> str:
            state = self._tables.state_of(connection)
            return f"{state.made}/{state.generation}" if state and state.generation else ""

        return self._asking(read, "")

    # Searching

    def search(self, request: SearchRequest) -> SearchResponse:
        """Answer a request; an empty answer where there is no index."""
        started = time.perf_counter()
        parsed = parse(request.query)
        if not is_asked(request, parsed):
            return SearchResponse(0, milliseconds(started), ())
        table = self._thesaurus.table()
        return self._reading(
            lambda view: Answer(view, table, request, parsed).response(started),
            SearchResponse(0, milliseconds(started), ()),
        )

    def suggest(self, prefix: str, visibility: frozenset[str], limit: int = 8) -> list[Suggestion]:
        """Give titles in which every word typed begins a word."""
        return self._reading(lambda view: suggest(view, prefix, visibility, limit), [])

    def similar(self, parent: str, visibility: frozenset[str], limit: int = 5) -> list[Hit]:
        """Give other things of the same kind that speak of the same."""
        return self._reading(lambda view: similar(view, parent, visibility, limit), [])
