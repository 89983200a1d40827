"""A segment in the database, read with one statement for all terms of a question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import cast

import numpy as np
from psycopg import Connection, sql

from kts.search.engines.columns import Array, Book, Columns
from kts.search.engines.entries import FIELDS, Entry
from kts.search.engines.postgres.tables import PARTS, Tables
from kts.search.engines.segments import (
    NO_PLACES,
    NO_POSTINGS,
    Places,
    Postings,
    Remembered,
    Segment,
    Texts,
    Vocabulary,
    remembered_texts,
    size_of,
)
from kts.search.engines.views import Ahead
from kts.search.german import EXACT

NUMBER = np.dtype("<u2")  # a segment holds fewer documents, a text fewer places
# Bytes. After each save all segments are joined anew, and a question should not wait for the server
# to send it the same postings once more.
POSTINGS_READ_REMEMBERED = 16 * 1024 * 1024
_AFTER_EXACT = chr(ord(EXACT) + 1)
_GONE = Entry(
    "", "", 0, "", "", "", "", (), "", "", "", 0.0, 0.0, 1.0, None, "", None, None, False, "",
    (0,) * len(FIELDS),
)  # fmt: skip


class Memory:
    """What a reader remembers of all segments; keys begin with a segment's name."""

    def __init__(self) -> None:
        self.postings: Remembered[Postings] = Remembered(POSTINGS_READ_REMEMBERED, size_of)
        self.texts: Texts = remembered_texts()


class PostgresSegment(Segment):
    """One segment's documents; ``connect`` gives the connection of the question at hand."""

    def __init__(
        self,
        number: int,
        size: int,
        tables: Tables,
        connect: Callable[[], Connection],
        memory: Memory,
    ) -> None:
        super().__init__(f"segment {number}", size, memory.texts)
        self.number = number
        self._tables = tables
        self._connect = connect
        self._read_before = memory.postings

    def columns(self, book: Book) -> Columns:
        """Read what filters, sorts and counts off the entries."""
        return Columns.of(self._all_entries(), book)

    def _all_entries(self) -> Iterator[Entry]:
        rows = self._connect().execute(
            self._tables.statement(
                "SELECT number, meta FROM {entry} WHERE segment = %s ORDER BY number"
            ),
            [self.number],
        )
        following = 0
        for number, meta in rows:
            yield from [_GONE] * (number - following)
            yield entry_of(meta)
            following = number + 1
        yield from [_GONE] * (self.size - following)

    def postings(self, field: str, term: str) -> Postings:
        """Give the documents that hold the term in the field; deleted ones too."""
        found = self._read_before.get((self.name, field, term))
        if found is None:
            PostgresAhead(self._tables, self._connect).postings([self], [term])
            found = self._read_before.get((self.name, field, term))
        return NO_POSTINGS if found is None else found

    def remember(self, field: str, term: str, found: Postings) -> None:
        """Keep postings for the next question."""
        self._read_before.put((self.name, field, term), found)

    def lacks(self, field: str, term: str) -> bool:
        """Say whether the postings would have to be read."""
        return self._read_before.get((self.name, field, term)) is None

    def places(self, field: str, term: str) -> Places:
        """Give where the term stands in the field of each document."""
        cursor = self._connect().cursor(binary=True)
        row = cursor.execute(
            self._tables.statement(
                "SELECT {ids}, {counts}, {places} FROM {posting} WHERE segment = %s AND term = %s",
                **{part: sql.Identifier(f"{field}_{part}") for part in PARTS},
            ),
            [self.number, term],
        ).fetchone()
        if row is None or row[0] is None:
            return NO_PLACES
        ids, counts, places = (_numbers(value) for value in row)
        return Places(ids, np.concatenate(([0], np.cumsum(counts))), places)

    def _read_entries(self, numbers: Sequence[int]) -> dict[int, tuple[Entry, str]]:
        rows = self._connect().execute(
            self._tables.statement(
                "SELECT number, meta, body FROM {entry} WHERE segment = %s AND number = ANY(%s)"
            ),
            [self.number, list(numbers)],
        )
        return {number: (entry_of(meta), body) for number, meta, body in rows}

    def _read_vocabulary(self) -> Vocabulary:
        rows = (
            self._connect()
            .execute(
                self._tables.statement(
                    "SELECT substr(term, 2), title_ids IS NOT NULL FROM {posting} "
                    "WHERE segment = %s AND term >= %s AND term < %s"
                ),
                [self.number, EXACT, _AFTER_EXACT],
            )
            .fetchall()
        )
        return Vocabulary.of(
            (word.encode() for word, _titled in rows),
            {word.encode() for word, titled in rows if titled},
        )


class PostgresAhead(Ahead):
    """Reads what a question needs of all segments with one statement."""

    def __init__(self, tables: Tables, connect: Callable[[], Connection]) -> None:
        self._tables = tables
        self._connect = connect

    def postings(self, segments: Sequence[Segment], terms: Sequence[str]) -> None:
        """Read the postings of all terms in all segments that are not in memory yet."""
        wanted = {
            (segment.number, term): segment
            for segment in cast(Sequence[PostgresSegment], segments)
            for term in terms
            if segment.lacks(FIELDS[-1], term)
        }
        if not wanted:
            return
        rows = (
            self._connect()
            .cursor(binary=True)
            .execute(
                self._tables.statement(
                    "SELECT segment, term, body_ids, body_counts, heading_ids, heading_counts, "
                    "title_ids, title_counts FROM {posting} "
                    "WHERE segment = ANY(%s) AND term = ANY(%s)"
                ),
                [list({number for number, _ in wanted}), list({term for _, term in wanted})],
            )
        )
        for number, term, *values in rows:
            segment = wanted.pop((number, term), None)
            if segment is not None:
                for position, field in enumerate(FIELDS):
                    segment.remember(field, term, _postings(*values[2 * position :][:2]))
        for (_number, term), segment in wanted.items():
            for field in FIELDS:
                segment.remember(field, term, NO_POSTINGS)

    def entries(self, wanted: Sequence[tuple[Segment, Sequence[int]]]) -> None:
        """Read the texts that are not in memory yet."""
        missing = {
            cast(PostgresSegment, segment).number: (segment, segment.unread(numbers))
            for segment, numbers in wanted
        }
        pairs = [(number, n) for number, (_segment, own) in missing.items() for n in own]
        if not pairs:
            return
        rows = self._connect().execute(
            self._tables.statement(
                "SELECT segment, number, meta, body FROM {entry} "
                "JOIN unnest(%s::bigint[], %s::int[]) AS wanted (segment, number) "
                "USING (segment, number)"
            ),
            [[segment for segment, _number in pairs], [number for _segment, number in pairs]],
        )
        for segment, number, meta, body in rows:
            missing[segment][0].keep(number, entry_of(meta), body)


def _postings(ids: bytes | None, counts: bytes | None) -> Postings:
    if ids is None or counts is None:
        return NO_POSTINGS
    return Postings(np.frombuffer(ids, NUMBER), np.frombuffer(counts, NUMBER))


def _numbers(value: bytes) -> Array:
    return np.frombuffer(value, NUMBER).astype(np.int64)


def entry_of(meta: list) -> Entry:
    """Give back the entry that was stored as a JSON list."""
    entry = Entry(*meta)
    return entry._replace(topics=tuple(entry.topics), lengths=tuple(entry.lengths))
