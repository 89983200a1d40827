"""What filters, sorts and counts documents: columns of numbers, each as small as its numbers allow.

Values that recur (a parent, a visibility) are written as codes. A reader has one ``Book`` of codes
for all segments of an index, so that numbers can be compared; a segment that keeps its columns in
a file has its own, and is translated when it is opened.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

import numpy as np

from kts.search import german
from kts.search.engines.entries import FIELDS, Entry

Array = np.ndarray[Any, Any]
T = TypeVar("T")


class Codes(Generic[T]):
    """Numbers for values that recur, given out in the order of their coming."""

    def __init__(self) -> None:
        self.values: list[T] = []
        self._numbers: dict[Hashable, int] = {}

    def code(self, value: T) -> int:
        """Give the value's number, a new one for a new value."""
        number = self._numbers.get(value)
        if number is None:
            number = self._numbers[value] = len(self.values)
            self.values.append(value)
        return number

    def known(self, value: T) -> int | None:
        """Give the value's number if it has one."""
        return self._numbers.get(value)


class Book:
    """The codes of one reader, shared by all segments so that numbers can be compared."""

    def __init__(self) -> None:
        self.parent: Codes[str] = Codes()
        self.visibility: Codes[str] = Codes()
        self.language: Codes[str] = Codes()
        self.kind: Codes[str] = Codes()
        self.land: Codes[str] = Codes()
        self.municipality: Codes[str] = Codes()
        self.topics: Codes[tuple[str, ...]] = Codes()
        self.year: Codes[int] = Codes()
        self.title: Codes[str] = Codes()
        self.version: Codes[int] = Codes()

    def of(self, name: str) -> Codes[Any]:
        """Give the codes of a column."""
        return vars(self)[name]


CODED = tuple(vars(Book()))


@dataclass(frozen=True)
class Columns:
    """One number a document, for each thing that filters, sorts or counts."""

    codes: Mapping[str, Array]
    lengths: Mapping[str, Array]
    weight: Array
    updated: Array
    superseded: Array

    @classmethod
    def of(cls, entries: Iterable[Entry], book: Book) -> Columns:
        """Read the columns off the entries of a segment, in their order."""
        gathered = Gathered(book)
        for entry in entries:
            gathered.add(entry)
        return gathered.columns()

    @classmethod
    def joined(cls, parts: Sequence[Columns]) -> Columns:
        """Put the columns of several segments end to end."""
        return cls.from_arrays(
            {name: np.concatenate([part.arrays()[name] for part in parts]) for name in NAMES}
            if parts
            else Gathered(Book()).columns().arrays()
        )

    def part(self, start: int, end: int) -> Columns:
        """Give the columns of the documents from ``start`` to before ``end``."""
        return self.from_arrays({name: own[start:end] for name, own in self.arrays().items()})

    def translated(self, tables: Mapping[str, Sequence[Any]], book: Book) -> Columns:
        """Give the columns with the codes of a book; ``tables`` tells what they mean here."""
        codes = {}
        for name, own in self.codes.items():
            of = book.of(name)
            values = map(tuple, tables[name]) if name == "topics" else tables[name]
            meaning = [of.code(value) for value in values]
            codes[name] = smallest(np.array(meaning, np.uint32))[own]
        return Columns(codes, self.lengths, self.weight, self.updated, self.superseded)

    def arrays(self) -> dict[str, Array]:
        """Give all columns by their names."""
        return {
            **self.codes,
            **{f"{LENGTH}{name}": own for name, own in self.lengths.items()},
            "weight": self.weight,
            "updated": self.updated,
            "superseded": self.superseded,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Columns:
        """Make the columns of what ``arrays`` gave."""
        return cls(
            {name: arrays[name] for name in CODED},
            {name: arrays[f"{LENGTH}{name}"] for name in FIELDS},
            *(arrays[name] for name in OWN),
        )


LENGTH = "length of "
OWN = ("weight", "updated", "superseded")
NAMES = (*CODED, *(f"{LENGTH}{name}" for name in FIELDS), *OWN)


def smallest(values: Array) -> Array:
    """Give the numbers (none below 0) in the smallest form that holds them all."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


class Gathered:
    """Columns growing by one document at a time."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._codes = {name: array("I") for name in CODED}
        self._lengths = {name: array("I") for name in FIELDS}
        self._weight, self._updated, self._superseded = array("f"), array("d"), array("B")
        self._fold = cache(german.fold)  # the pages of a document share its title

    def __len__(self) -> int:
        return len(self._weight)

    def add(self, entry: Entry) -> None:
        """Add the next document's numbers."""
        for name, codes in self._codes.items():
            codes.append(self.book.of(name).code(self._value(name, entry)))
        for lengths, length in zip(self._lengths.values(), entry.lengths, strict=True):
            lengths.append(length)
        self._weight.append(entry.weight)
        self._updated.append(entry.updated)
        self._superseded.append(entry.superseded)

    def _value(self, name: str, entry: Entry) -> Any:
        value = getattr(entry, name)
        if name == "title":
            return self._fold(value)
        return value or 0 if name in {"year", "version"} else value

    def columns(self) -> Columns:
        """Give the columns of what was added."""
        return Columns(
            {name: smallest(np.frombuffer(own, np.uint32)) for name, own in self._codes.items()},
            {name: smallest(np.frombuffer(own, np.uint32)) for name, own in self._lengths.items()},
            np.array(self._weight, np.float32),
            np.array(self._updated, np.float64),
            np.array(self._superseded, bool),
        )

    def tables(self) -> dict[str, list[Any]]:
        """Give the values of the codes, where the book is the segment's own."""
        return {name: self.book.of(name).values for name in CODED}
