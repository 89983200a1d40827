"""Whoosh's writer, taking and keeping postings as arrays.

Whoosh takes one posting at a time, pickles each to disk to sort it, and pickles a list for each
term: two to three milliseconds for a page of a hundred words. Here a page's terms are appended to
arrays, sorted all at once, and written as arrays: documents (4 bytes), how often (2 bytes), places
(2 bytes each). Segments, commits, deletions, columns and stored texts stay Whoosh's, and its own
readers can still ask for a posting list.

Two more parts of a segment are for our reader alone, which then has nothing to gather when it
opens one: what filters, sorts and counts as arrays, and the words of the texts.
"""

from __future__ import annotations

import struct
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.codec.whoosh3 import (
    W3Codec,
    W3FieldWriter,
    W3PerDocWriter,
    W3TermInfo,
    W3TermsReader,
)
from whoosh.matching import ListMatcher
from whoosh.system import pack_int, pack_long, pack_ushort
from whoosh.writing import SegmentWriter

from kts.search.engines.columns import Book, Gathered
from kts.search.engines.entries import FIELDS, Analysed, Entry, Terms
from kts.search.engines.vocabulary import Vocabulary
from kts.search.engines.whoosh.files import pack
from kts.search.german import EXACT

POSTINGS_IN_MEMORY = 4_000_000  # then they are sorted and laid aside; about 100 MB while sorting
COLUMNS_EXT = ".columns"
WORDS_EXT = ".words"

_HEAD = struct.Struct("<I")  # number of documents; their number of places follows from the counts
_INFO = struct.Struct("!BfIBBfII")  # as in W3TermInfo
_EXTENT = struct.Struct("!qi")  # behind it: where the postings lie, how many bytes
_EXACT = EXACT.encode()


@dataclass(frozen=True)
class StoredPostings:
    """The documents that hold a term, how often, and all its places one after the other."""

    ids: Any
    counts: Any
    places: Any

    def to_bytes(self) -> bytes:
        """Give it as it lies in the file."""
        return b"".join(
            (_HEAD.pack(len(self.ids)), self.ids.tobytes(), self.counts.tobytes(),
             self.places.tobytes())
        )  # fmt: skip

    @classmethod
    def from_bytes(cls, data: bytes | memoryview) -> StoredPostings:
        """Read what ``to_bytes`` has written."""
        [size] = _HEAD.unpack_from(data)
        counts_at = _HEAD.size + 4 * size
        places_at = counts_at + 2 * size
        return cls(
            np.frombuffer(data, np.uint32, size, _HEAD.size),
            np.frombuffer(data, np.uint16, size, counts_at),
            np.frombuffer(data, np.uint16, -1, places_at),
        )


@dataclass
class _Run:
    """Postings of one field, sorted by term number."""

    terms: Any
    ids: Any
    counts: Any
    places: Any
    places_from: Any

    @classmethod
    def of(cls, terms: array, ids: array, counts: array, places: array, folder: Path) -> _Run:
        numbers = np.frombuffer(terms, np.uint32)
        order = np.argsort(numbers, kind="stable")
        before = np.frombuffer(counts, np.uint16)
        starts = np.concatenate(([0], np.cumsum(before, dtype=np.int64)[:-1]))[order]
        sorted_counts = before[order]
        places_from = np.concatenate(([0], np.cumsum(sorted_counts, dtype=np.int64)))
        where = np.arange(places_from[-1]) + np.repeat(starts - places_from[:-1], sorted_counts)
        return cls(
            numbers[order],
            _aside(np.frombuffer(ids, np.uint32)[order], folder),
            _aside(sorted_counts, folder),
            _aside(np.frombuffer(places, np.uint16)[where], folder),
            _aside(places_from, folder),
        )

    def bounds(self, number_of_terms: int) -> Any:
        """Give where each term's postings begin, and the end."""
        return np.searchsorted(self.terms, np.arange(number_of_terms + 1, dtype=np.uint32))


def _aside(values: Any, folder: Path) -> Any:
    """Lay an array on disk and give it mapped."""
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".run", delete=False) as file:
        np.save(file, values)
    # As a plain array: each slice of a memmap costs ten times as much.
    return np.asarray(np.load(file.name, mmap_mode="r")) if len(values) else values


class _Numbers(dict[bytes, int]):
    """Terms numbered as they come."""

    def __missing__(self, term: bytes) -> int:
        number = self[term] = len(self)
        return number


@dataclass
class _Field:
    """What was taken of one field since the last run."""

    numbers: _Numbers = field(default_factory=_Numbers)
    terms: array = field(default_factory=lambda: array("I"))
    ids: array = field(default_factory=lambda: array("I"))
    counts: array = field(default_factory=lambda: array("H"))
    places: array = field(default_factory=lambda: array("H"))
    runs: list[_Run] = field(default_factory=list)

    def lay_aside(self, folder: Path) -> None:
        if self.terms:
            self.runs.append(_Run.of(self.terms, self.ids, self.counts, self.places, folder))
            self.terms, self.ids = array("I"), array("I")
            self.counts, self.places = array("H"), array("H")

    def postings(self) -> Iterator[tuple[bytes, StoredPostings]]:
        """Give the terms in their order with all their postings."""
        bounds = [run.bounds(len(self.numbers)) for run in self.runs]
        for term in sorted(self.numbers):
            number = self.numbers[term]
            parts = [
                _part(run, at[number], at[number + 1])
                for run, at in zip(self.runs, bounds, strict=True)
                if at[number] < at[number + 1]
            ]
            if parts:
                yield term, parts[0] if len(parts) == 1 else _joined(parts)


def _part(run: _Run, start: int, end: int) -> StoredPostings:
    places = run.places[run.places_from[start] : run.places_from[end]]
    return StoredPostings(run.ids[start:end], run.counts[start:end], places)


def _joined(parts: list[StoredPostings]) -> StoredPostings:
    return StoredPostings(
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.counts for part in parts]),
        np.concatenate([part.places for part in parts]),
    )


class _Pool:
    """Takes postings in the order of the documents and gives them in the order of the terms."""

    def __init__(self) -> None:
        self.fields: dict[str, _Field] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="kts-index-")
        self._size = 0

    def of(self, name: str) -> _Field:
        return self.fields.setdefault(name, _Field())

    def add(self, item: tuple[str, bytes, int, float, bytes]) -> None:
        """Take one posting, as Whoosh gives it."""
        name, term, number, weight, value = item
        places = np.frombuffer(value, np.uint16) if value else [0] * int(weight)
        self.extend(name, term, StoredPostings([number], [len(places)], places))

    def add_terms(self, name: str, number: int, terms: Terms) -> None:
        """Take the terms of a document."""
        into = self.of(name)
        into.terms.extend(map(into.numbers.__getitem__, map(str.encode, terms)))
        into.ids.extend(repeat(number, len(terms)))
        into.counts.extend(map(len, terms.values()))
        into.places.extend(chain.from_iterable(terms.values()))
        self._grown(len(terms))

    def extend(self, name: str, term: bytes, postings: StoredPostings) -> None:
        """Take all postings of a term."""
        into = self.of(name)
        into.terms.extend(repeat(into.numbers[term], len(postings.ids)))
        into.ids.extend(postings.ids)
        into.counts.extend(postings.counts)
        into.places.extend(postings.places)
        self._grown(len(postings.ids))

    def _grown(self, by: int) -> None:
        self._size += by
        if self._size > POSTINGS_IN_MEMORY:
            self._lay_aside()

    def _lay_aside(self) -> None:
        for one in self.fields.values():
            one.lay_aside(Path(self._folder.name))
        self._size = 0

    def iter_postings(self) -> Iterator[tuple[str, Iterator[tuple[bytes, StoredPostings]]]]:
        """Give each field's terms with their postings."""
        self._lay_aside()
        for name in sorted(self.fields):
            yield name, self.fields[name].postings()

    def cleanup(self) -> None:
        """Remove what was laid aside."""
        self.fields = {}
        self._folder.cleanup()


class _DocumentWriter(W3PerDocWriter):
    """Whoosh's writer of what a document holds besides terms; gathers the columns too."""

    def __init__(self, codec: Any, storage: Any, segment: Any) -> None:
        super().__init__(codec, storage, segment)
        self._gathered = Gathered(Book())

    def add_column_value(self, name: str, column: Any, value: Any) -> None:
        """Take a value, of a new document or of one from a segment that is merged."""
        super().add_column_value(name, column, value)
        if name == "meta":
            self._gathered.add(Entry(*value))

    def close(self) -> None:
        """Write what was gathered."""
        super().close()
        if len(self._gathered):
            packed = pack(self._gathered.columns().arrays(), self._gathered.tables())
            _write(self._segment, self._storage, COLUMNS_EXT, packed)


def _write(segment: Any, storage: Any, ending: str, packed: Iterable[bytes]) -> None:
    file = segment.create_file(storage, ending)
    for data in packed:
        file.write(data)
    file.close()


class _FieldWriter(W3FieldWriter):
    def add_postings(self, schema: Any, _lengths: Any, items: Iterable[Any]) -> None:
        """Write what the pool gives, and the words among the terms."""
        words: set[bytes] = set()
        titled: set[bytes] = set()
        for name, terms in items:
            self.start_field(name, schema[name])
            key = pack_ushort(self._fieldid)
            offset = self._postfile.tell()
            for term, postings in terms:
                data = postings.to_bytes()
                self._postfile.write(data)
                self._tindex.add(key + term, _info(postings, offset, len(data)))
                offset += len(data)
                if term.startswith(_EXACT):
                    (titled if name == "title" else words).add(term[len(_EXACT) :])
            self.finish_field()
        if words or titled:
            packed = pack(vars(Vocabulary.of(words | titled, titled)))
            _write(self._segment, self._storage, WORDS_EXT, packed)


def _info(postings: StoredPostings, offset: int, length: int) -> bytes:
    ids, total = postings.ids, len(postings.places)
    most = total if len(ids) == 1 else int(postings.counts.max())
    head = _INFO.pack(0, total, len(ids), 0, 0, most, int(ids[0]), int(ids[-1]))
    return head + pack_long(offset) + pack_int(length)


def extent(info: bytes) -> tuple[int, int]:
    """Give where a term's postings lie, and how many bytes they take."""
    return _EXTENT.unpack_from(info, _INFO.size)


class _TermsReader(W3TermsReader):
    def info(self, field: str, term: bytes) -> bytes | None:
        """Give what is known of a term; None where no document holds it."""
        return self._tindex.get(self._keycoder(field, term))


class ArrayCodec(W3Codec):
    """Whoosh's third format, with the postings as arrays."""

    def per_document_writer(self, storage: Any, segment: Any) -> _DocumentWriter:
        """Give what writes the documents."""
        return _DocumentWriter(self, storage, segment)

    def terms_reader(self, storage: Any, segment: Any) -> _TermsReader:
        """Give what reads the terms."""
        name = segment.make_filename(self.TERMS_EXT)
        postings = segment.open_file(storage, self.POSTS_EXT)
        return _TermsReader(self, storage.open_file(name), storage.file_length(name), postings)

    def field_writer(self, storage: Any, segment: Any) -> _FieldWriter:
        """Give what writes the terms and their postings."""
        return _FieldWriter(self, storage, segment)

    def postings_reader(
        self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None
    ) -> ListMatcher:
        """Give the postings one by one, for Whoosh's own use."""
        found = read(dbfile, terminfo)
        ends = np.cumsum(found.counts, dtype=np.int64)
        values = np.split(found.places, ends[:-1])
        return ListMatcher(
            found.ids.tolist(), found.counts.astype(float).tolist(),
            [value.tobytes() for value in values], format_, scorer=scorer, term=term,
            terminfo=terminfo,
        )  # fmt: skip


def read(dbfile: Any, terminfo: W3TermInfo) -> StoredPostings:
    """Read a term's postings."""
    offset, (length,) = terminfo.extent()  # Whoosh unpacks the length as a tuple
    return StoredPostings.from_bytes(dbfile.get(offset, length))


class ArrayWriter(SegmentWriter):
    """Whoosh's writer for analysed documents."""

    def __init__(self, index: Any) -> None:
        super().__init__(index, codec=ArrayCodec())
        self.pool = _Pool()

    def add(self, document: Analysed) -> None:
        """Add a document."""
        number = self.docnum
        self.add_document(
            parent=document.entry.parent, meta=tuple(document.entry), text=document.text
        )
        for name, terms in zip(FIELDS, document.terms, strict=True):
            self.pool.add_terms(name, number, terms)

    def add_postings_to_pool(self, reader: Any, startdoc: int, docmap: Any) -> None:
        """Take over another segment's postings without those of its deleted documents."""
        size = reader.doc_count_all()
        if docmap is None:
            new = np.arange(startdoc, startdoc + size, dtype=np.int64)
        else:
            new = np.full(size, -1, np.int64)
            new[list(docmap)] = list(docmap.values())
        terms = reader._terms
        for (name, term), info in terms.items():
            found = _renumbered(read(terms._postfile, info), new)
            if len(found.ids):
                self.pool.extend(name, term, found)


def _renumbered(postings: StoredPostings, new: Any) -> StoredPostings:
    ids = new[postings.ids]
    kept = ids >= 0
    if kept.all():
        return StoredPostings(ids.astype(np.uint32), postings.counts, postings.places)
    return StoredPostings(
        ids[kept].astype(np.uint32),
        postings.counts[kept],
        postings.places[np.repeat(kept, postings.counts)],
    )
