"""What a reader asks of a segment of an index, whichever engine it lies in.

A segment never changes but for its deletions, so what was read of it stays true. A new generation
of the index takes over the segments that it shares with the one before. The engines differ only
in how they read a segment; each gives a subclass of ``Segment``.

What is remembered is bounded in bytes, because every web process has its own: a few questions'
worth, for reading once more costs little.
"""

from __future__ import annotations

import sys
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from kts.search.engines.columns import Array, Book, Columns
from kts.search.engines.entries import Entry
from kts.search.engines.vocabulary import Vocabulary

POSTINGS_REMEMBERED = 4 * 1024 * 1024  # bytes, of all segments joined
TEXTS_REMEMBERED = 2 * 1024 * 1024  # bytes, with their entries; some hundred pages
SMALLEST = 300  # bytes that even empty postings take with their key
SIZE_OF_ENTRY = 2_000  # bytes, of its two dozen values

T = TypeVar("T")


class Postings(NamedTuple):
    """The documents (ascending numbers in the segment) that hold a term, and how often."""

    ids: Array  # of 4 bytes
    counts: Array  # of 2 bytes


class Places(NamedTuple):
    """Where a term stands: the places of ``ids[i]`` are ``places[starts[i]:starts[i + 1]]``."""

    ids: Array
    starts: Array
    places: Array


NO_POSTINGS = Postings(np.empty(0, np.uint32), np.empty(0, np.uint16))
NO_PLACES = Places(np.empty(0, np.int64), np.zeros(1, np.int64), np.empty(0, np.int64))


class Remembered(Generic[T]):
    """The most recently used values, as many as fit; ``size`` says what a value takes."""

    def __init__(self, room: int, size: Callable[[T], int] = lambda _value: 1) -> None:
        self._room = room
        self._size = size
        self._used = 0
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> T | None:
        """Give the value, None where it is not remembered."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def put(self, key: Hashable, value: T) -> T:
        """Remember the value, forget what was not used for longest."""
        with self._lock:
            if key not in self._values:
                self._values[key] = value
                self._used += self._size(value)
                while self._used > self._room and len(self._values) > 1:
                    self._used -= self._size(self._values.popitem(last=False)[1])
        return value


def size_of(found: Postings) -> int:
    """Give about how many bytes postings take in memory."""
    return found.ids.nbytes + found.counts.nbytes + SMALLEST


Texts = Remembered[tuple[Entry, str]]


def remembered_texts() -> Texts:
    """Make a memory for texts, to be shared by all segments of a reader."""
    return Remembered(TEXTS_REMEMBERED, size_of_text)


def size_of_text(found: tuple[Entry, str]) -> int:
    """Give about how many bytes an entry and its text take in memory."""
    return SIZE_OF_ENTRY + sys.getsizeof(found[1])


class Segment(ABC):
    """One segment: what of it was asked for lately is in memory, the rest where the engine has it.

    ``name`` differs from that of every other segment. Several readers may share ``texts``.
    """

    def __init__(self, name: str, size: int, texts: Texts) -> None:
        self.name = name
        self.size = size
        self._texts = texts
        self._vocabulary: Vocabulary | None = None

    @abstractmethod
    def columns(self, book: Book) -> Columns:
        """Read what filters, sorts and counts, in the codes of the book; a view keeps it."""

    @abstractmethod
    def postings(self, field: str, term: str) -> Postings:
        """Give the documents that hold the term in the field; deleted ones too."""

    @abstractmethod
    def places(self, field: str, term: str) -> Places:
        """Give where the term stands in the field of each document."""

    def unread(self, numbers: Sequence[int]) -> list[int]:
        """Give those of the documents whose texts are not in memory."""
        return [n for n in numbers if self._texts.get((self.name, n)) is None]

    def keep(self, number: int, entry: Entry, text: str) -> None:
        """Keep an entry with its text for the next question."""
        self._texts.put((self.name, number), (entry, text))

    def entries(self, numbers: Sequence[int]) -> dict[int, tuple[Entry, str]]:
        """Give entry and text of documents, by their numbers, in the order asked for."""
        found: dict[int, tuple[Entry, str]] = {}
        missing = []
        for number in numbers:
            known = self._texts.get((self.name, number))
            if known is None:
                missing.append(number)
            else:
                found[number] = known
        if missing:
            for number, pair in self._read_entries(missing).items():
                found[number] = self._texts.put((self.name, number), pair)
        return {number: found[number] for number in numbers if number in found}

    def vocabulary(self) -> Vocabulary:
        """Give the words of the segment, read once."""
        if self._vocabulary is None:
            self._vocabulary = self._read_vocabulary()
        return self._vocabulary

    @abstractmethod
    def _read_entries(self, numbers: Sequence[int]) -> dict[int, tuple[Entry, str]]: ...

    @abstractmethod
    def _read_vocabulary(self) -> Vocabulary: ...
