"""One generation of an index as a reader sees it: all its segments as one row of documents.

A document's number here is its number in its segment plus the number of documents in the segments
before.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kts.search.engines.columns import Array, Book, Columns
from kts.search.engines.entries import FIELDS, Entry
from kts.search.engines.segments import (
    NO_POSTINGS,
    POSTINGS_REMEMBERED,
    Places,
    Postings,
    Remembered,
    Segment,
    size_of,
)

AUDIENCES_REMEMBERED = 2 * 1024 * 1024  # bytes, one for each document and audience


class Ahead:
    """Reads ahead what a question will need; by default nothing.

    An engine whose index lies on another machine saves round trips by it.
    """

    def postings(self, segments: Sequence[Segment], terms: Sequence[str]) -> None:
        """Read the postings of all terms in all segments into memory."""

    def entries(self, wanted: Sequence[tuple[Segment, Sequence[int]]]) -> None:
        """Read entries with their texts into memory."""


@dataclass(frozen=True)
class Audience:
    """What some viewers may see, and the statistics of just that.

    ``mask`` is true where they may. ``averages`` are the mean lengths of the fields of what they
    may see, so that no score tells anything of the rest.
    """

    mask: Array
    size: int
    averages: dict[str, np.float32]


class View:
    """The segments of one generation, their deletions, and their columns end to end.

    Of the segments that it shares with the view before, it takes the columns from there.
    """

    def __init__(
        self,
        segments: Sequence[Segment],
        deleted: Sequence[Iterable[int]],
        book: Book,
        before: View | None = None,
        ahead: Ahead | None = None,
    ) -> None:
        self.segments = list(segments)
        self.book = book
        sizes = [segment.size for segment in self.segments]
        self.bases = [0, *itertools.accumulate(sizes)]
        self.size = self.bases[-1]
        self.alive = np.ones(self.size, bool)
        for base, numbers in zip(self.bases, deleted, strict=False):
            self.alive[np.fromiter(numbers, np.int64) + base] = False
        known = before._parts() if before else {}
        columns = Columns.joined([known.get(s.name) or s.columns(book) for s in self.segments])
        self.columns = columns
        self.codes, self.updated = columns.codes, columns.updated
        self.weight, self.superseded = columns.weight, columns.superseded
        self._ahead = ahead or Ahead()
        self._joined_postings = Remembered(POSTINGS_REMEMBERED, size_of)
        self._audiences: Remembered[Audience] = Remembered(
            AUDIENCES_REMEMBERED, lambda audience: audience.mask.nbytes
        )
        self._lock = threading.Lock()

    def _parts(self) -> dict[str, Columns]:
        bounds = zip(self.segments, self.bases, self.bases[1:], strict=False)
        return {segment.name: self.columns.part(start, end) for segment, start, end in bounds}

    # Who sees what

    def audience(self, tokens: frozenset[str]) -> Audience:
        """Give what holders of these tokens may see, and the statistics of just that."""
        allowed = np.array([value in tokens for value in self.book.visibility.values], bool)
        key = allowed.tobytes()  # tokens that no document asks for make no difference
        with self._lock:
            known = self._audiences.get(key)
            return known if known else self._audiences.put(key, self._make_audience(allowed))

    def _make_audience(self, allowed: Array) -> Audience:
        mask = self.alive.copy()
        if self.size:
            mask &= allowed[self.codes["visibility"]]
        averages = {}
        for field, own in self.columns.lengths.items():
            seen = own[mask].astype(np.float32)
            averages[field] = np.float32((seen.mean() if len(seen) else 0.0) or 1.0)
        return Audience(mask, int(mask.sum()), averages)

    def relative_lengths(self, field: str, docs: Array, audience: Audience) -> Array:
        """Give how long the field is in these documents, where 1 is the audience's average."""
        return self.columns.lengths[field][docs].astype(np.float32) / audience.averages[field]

    # Postings

    def read_ahead(self, terms: Iterable[str]) -> None:
        """Let the engine read the postings of several terms at once."""
        wanted = [
            term
            for term in dict.fromkeys(terms)
            if self._joined_postings.get((FIELDS[-1], term)) is None
        ]
        if wanted:
            self._ahead.postings(self.segments, wanted)

    def postings(self, field: str, term: str) -> Postings:
        """Give the documents that hold a term, in ascending order, and how often."""
        found = self._joined_postings.get((field, term))
        if found is None:
            found = self._joined_postings.put((field, term), self._join_postings(field, term))
        return found

    def _join_postings(self, field: str, term: str) -> Postings:
        parts = [
            (segment.postings(field, term), base)
            for segment, base in zip(self.segments, self.bases, strict=False)
        ]
        parts = [(found, base) for found, base in parts if len(found.ids)]
        if not parts:
            return NO_POSTINGS
        return Postings(
            np.concatenate([np.add(found.ids, base, dtype=np.uint32) for found, base in parts]),
            np.concatenate([found.counts for found, _base in parts]),
        )

    def places(self, field: str, term: str) -> Iterator[tuple[Array, Array]]:
        """Give (documents, places) of a term, a row for each place, segment by segment."""
        for segment, base in zip(self.segments, self.bases, strict=False):
            found: Places = segment.places(field, term)
            if len(found.ids):
                yield np.repeat(found.ids + base, np.diff(found.starts)), found.places

    # Texts

    def entries(self, numbers: Iterable[int]) -> dict[int, tuple[Entry, str]]:
        """Give entry and text of documents, by their numbers."""
        wanted = np.array(sorted(set(map(int, numbers))), np.int64)  # np.unique loads numpy.ma
        shares = [
            (segment, int(base), (wanted[(wanted >= base) & (wanted < end)] - base).tolist())
            for segment, base, end in zip(self.segments, self.bases, self.bases[1:], strict=False)
        ]
        shares = [share for share in shares if share[2]]
        self._ahead.entries([(segment, own) for segment, _base, own in shares])
        return {
            base + number: pair
            for segment, base, own in shares
            for number, pair in segment.entries(own).items()
        }
