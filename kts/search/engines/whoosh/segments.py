"""A segment of a Whoosh index, read where it lies."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kts.search.engines.columns import Book, Columns
from kts.search.engines.entries import FIELDS, Entry
from kts.search.engines.segments import (
    NO_PLACES,
    NO_POSTINGS,
    Places,
    Postings,
    Segment,
    Texts,
    Vocabulary,
)
from kts.search.engines.whoosh.files import (
    MAPPED_AROUND,
    Files,
    Mapped,
    SegmentFile,
    Values,
    unpack,
)
from kts.search.engines.whoosh.writing import (
    COLUMNS_EXT,
    WORDS_EXT,
    ArrayCodec,
    StoredPostings,
    extent,
)
from kts.search.german import EXACT


class WhooshSegment(Segment):
    """One segment's documents. Reading moves no place in a file, so threads need no lock."""

    def __init__(self, files: Files, segment: Any, texts: Texts, mapped: Mapped) -> None:
        super().__init__(segment.segment_id(), segment.doc_count_all(), texts)
        codec = ArrayCodec()
        self._file = SegmentFile(files, self.name, mapped)
        self._terms = codec.terms_reader(self._file.parts, segment)
        self._postings = self._part(codec.POSTS_EXT)
        self._meta = Values(self._part(f".meta{codec.COLUMN_EXT}"), self.size)
        self._stored = Values(self._part(f"._stored{codec.COLUMN_EXT}"), self.size)

    def _part(self, ending: str) -> memoryview:
        found = self._file.part(ending)
        if found is None:
            raise OSError(f"The segment {self.name} has no {ending}.")
        return found

    def columns(self, book: Book) -> Columns:
        """Read what filters, sorts and counts; off the entries where it was not written apart."""
        part = self._file.part(COLUMNS_EXT)
        if part is None:
            return Columns.of(self.all_entries(), book)
        arrays, tables = unpack(part)
        self._file.count(len(part))
        return Columns.from_arrays(arrays).translated(tables, book)

    def all_entries(self) -> Iterator[Entry]:
        """Give the entries of all documents, deleted ones too."""
        for number in range(self.size):
            self._file.count(0)
            yield self._entry(number)

    def _entry(self, number: int) -> Entry:
        return Entry(*pickle.loads(self._meta[number]))  # noqa: S301 - our own file

    def _text(self, number: int) -> str:
        stored = self._stored[number]
        return pickle.loads(zlib.decompress(stored))["text"] if stored else ""  # noqa: S301

    def _read_entries(self, numbers: Sequence[int]) -> dict[int, tuple[Entry, str]]:
        found = {}
        for number in numbers:
            found[number] = self._entry(number), self._text(number)
            self._file.count(2 * MAPPED_AROUND)
        return found

    def postings(self, field: str, term: str) -> Postings:
        """Give the documents that hold the term in the field; deleted ones too."""
        found = self._found(field, term)
        return Postings(found.ids, found.counts) if found else NO_POSTINGS

    def places(self, field: str, term: str) -> Places:
        """Give where the term stands in the field of each document."""
        found = self._found(field, term)
        if found is None:
            return NO_PLACES
        ends = np.cumsum(found.counts, dtype=np.int64)
        return Places(
            found.ids.astype(np.int64),
            np.concatenate(([0], ends)),
            found.places.astype(np.int64),
        )

    def _found(self, field: str, term: str) -> StoredPostings | None:
        if field not in self._terms.indexed_field_names():
            return None
        info = self._terms.info(field, term.encode())
        self._file.count(MAPPED_AROUND)
        if info is None:
            return None
        offset, length = extent(info)
        self._file.count(length)
        return StoredPostings.from_bytes(self._postings[offset : offset + length])

    def _read_vocabulary(self) -> Vocabulary:
        part = self._file.part(WORDS_EXT)
        if part is not None:
            self._file.count(len(part))
            return Vocabulary(**unpack(part)[0])
        words = {field: set(self._words(field)) for field in FIELDS}
        return Vocabulary.of(set().union(*words.values()), words["title"])

    def _words(self, field: str) -> Iterator[bytes]:
        prefix = EXACT.encode()
        if field not in self._terms.indexed_field_names():
            return
        for name, term in self._terms.terms_from(field, prefix):
            if name != field or not term.startswith(prefix):
                break
            yield term[len(prefix) :]
