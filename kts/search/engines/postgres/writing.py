"""Writes segments, and merges small ones so that a question has few to ask.

A segment is written once. Documents leave it by being entered in its ``deleted`` list; when many
segments of like size have come together, or most of one is deleted, what is left of them becomes
one new segment (a log-structured merge, O'Neil et al. 1996).
"""

from __future__ import annotations

import itertools
import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from psycopg import Connection, sql
from psycopg.types.json import Json

from kts.search.engines.entries import FIELDS, Analysed, Entry, Terms, analysed_again
from kts.search.engines.postgres.segments import entry_of
from kts.search.engines.postgres.tables import COLUMNS, Tables

LARGEST = 25_000  # documents in a segment; its numbers fit in two bytes, its making in 300 MB
SEGMENTS_OF_A_SIZE = 6  # before they are merged; sizes are told apart in powers of it
MOST_DELETED = 0.5  # of a segment, before it is written anew
_NO_TEXT = str.maketrans({"\x00": " "})


@dataclass
class _Postings:
    """What a term's rows hold: documents, how often, and places one after the other."""

    ids: array = field(default_factory=lambda: array("H"))
    counts: array = field(default_factory=lambda: array("H"))
    places: array = field(default_factory=lambda: array("H"))

    def add(self, number: int, places: Sequence[int]) -> None:
        self.ids.append(number)
        self.counts.append(len(places))
        self.places.extend(places)

    def values(self) -> tuple[bytes, bytes, bytes]:
        return self.ids.tobytes(), self.counts.tobytes(), self.places.tobytes()


def write_segment(
    tables: Tables, connection: Connection, index: int, documents: Iterable[Analysed]
) -> int:
    """Write these documents as a new segment of the index, at most LARGEST; give their number.

    Their terms are taken apart as they come, so that only the texts are in memory.
    """
    entries: list[tuple[Entry, str]] = []
    found: dict[str, list[_Postings | None]] = {}
    for number, document in enumerate(itertools.islice(documents, LARGEST)):
        entries.append((document.entry, document.text))
        _add(found, number, document.terms)
    if not entries:
        return 0
    row = connection.execute(
        tables.statement("INSERT INTO {segment} (index, size) VALUES (%s, %s) RETURNING id"),
        [index, len(entries)],
    ).fetchone()
    segment = cast(tuple[int], row)[0]
    _write_entries(tables, connection, segment, entries)
    _write_postings(tables, connection, segment, found)
    return len(entries)


def _add(
    found: dict[str, list[_Postings | None]], number: int, of_fields: tuple[Terms, ...]
) -> None:
    for position, terms in enumerate(of_fields):
        for term, places in terms.items():
            row = found.get(term)
            if row is None:
                row = found[term] = [None] * len(FIELDS)
            postings = row[position]
            if postings is None:
                postings = row[position] = _Postings()
            postings.add(number, places)


def _write_entries(
    tables: Tables, connection: Connection, segment: int, entries: Sequence[tuple[Entry, str]]
) -> None:
    copy = "COPY {entry} (segment, number, parent, meta, body) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(tables.statement(copy)) as rows:
        rows.set_types(["int8", "int4", "text", "json", "text"])
        for number, (entry, text) in enumerate(entries):
            body = text.encode(errors="replace").decode().translate(_NO_TEXT)
            rows.write_row((segment, number, entry.parent, Json(entry), body))


def _write_postings(
    tables: Tables, connection: Connection, segment: int, found: dict[str, list[_Postings | None]]
) -> None:
    copy = tables.statement(
        "COPY {posting} (segment, term, {columns}) FROM STDIN (FORMAT BINARY)",
        columns=sql.SQL(", ").join(map(sql.Identifier, COLUMNS)),
    )
    nothing = (None, None, None)
    with connection.cursor() as cursor, cursor.copy(copy) as rows:
        rows.set_types(["int8", "text", *["bytea"] * len(COLUMNS)])
        for term in sorted(found):
            values = [postings.values() if postings else nothing for postings in found[term]]
            rows.write_row((segment, term, *(part for value in values for part in value)))


# Deleting


def delete(tables: Tables, connection: Connection, index: int, parents: Sequence[str]) -> None:
    """Take the documents of these things out of the index."""
    gone: dict[int, list[int]] = {}
    for segment, number in connection.execute(
        tables.statement(
            "DELETE FROM {entry} WHERE parent = ANY(%s) AND segment IN "
            "(SELECT id FROM {segment} WHERE index = %s) RETURNING segment, number"
        ),
        [list(parents), index],
    ):
        gone.setdefault(segment, []).append(number)
    for segment, numbers in gone.items():
        connection.execute(
            tables.statement("UPDATE {segment} SET deleted = deleted || %s::int[] WHERE id = %s"),
            [numbers, segment],
        )


def drop(tables: Tables, connection: Connection, segments: Sequence[int]) -> None:
    """Remove these segments with all that they hold."""
    for statement in (
        "DELETE FROM {posting} WHERE segment = ANY(%s)",
        "DELETE FROM {entry} WHERE segment = ANY(%s)",
        "DELETE FROM {segment} WHERE id = ANY(%s)",
    ):
        connection.execute(tables.statement(statement), [list(segments)])


# Merging


def merge(tables: Tables, connection: Connection, index: int) -> None:
    """Write what is left of some segments as one, where there are too many or too much is gone."""
    rows = connection.execute(
        tables.statement(
            "SELECT id, size, cardinality(deleted) FROM {segment} WHERE index = %s ORDER BY id"
        ),
        [index],
    ).fetchall()
    chosen = _to_merge([(number, size, size - gone) for number, size, gone in rows])
    if not chosen:
        return
    write_segment(tables, connection, index, _left_in(tables, connection, chosen))
    drop(tables, connection, chosen)


def _to_merge(segments: Sequence[tuple[int, int, int]]) -> list[int]:
    """Choose among (id, size, documents left): one kind of segment at a time."""
    worn = [number for number, size, left in segments if left <= size * (1 - MOST_DELETED)]
    by_size: dict[int, list[tuple[int, int]]] = {}
    for number, _size, left in segments:
        by_size.setdefault(int(math.log(max(1, left), SEGMENTS_OF_A_SIZE)), []).append(
            (number, left)
        )
    for alike in by_size.values():
        if len(alike) >= SEGMENTS_OF_A_SIZE and sum(left for _n, left in alike) <= LARGEST:
            return [number for number, _left in alike]
    return worn[:1]


def _left_in(tables: Tables, connection: Connection, segments: Sequence[int]) -> Iterator[Analysed]:
    rows = connection.execute(
        tables.statement(
            "SELECT meta, body FROM {entry} WHERE segment = ANY(%s) ORDER BY segment, number"
        ),
        [list(segments)],
    )
    for meta, body in rows:
        yield analysed_again(entry_of(meta), body)
