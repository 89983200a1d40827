"""What a reader keeps in memory of an index, segment by segment.

A Whoosh segment never changes but for its deletions, so what was read of it stays true: who may
see which of its documents, the lengths of its texts, the postings of the terms asked for. A new
generation of the index takes over the segments that it shares with the one before.
"""

from __future__ import annotations

import itertools
import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from whoosh.reading import TermNotFound

from kts.search import german
from kts.search.engines.whoosh.schema import SEARCHED, Meta
from kts.search.expansion import EXACT

POSTINGS_REMEMBERED = 4_000_000  # numbers in the cache of a segment's postings, about 32 MB
VIEWERS_REMEMBERED = 64  # sets of visibility tokens; there are about as many as groups

Postings = tuple[array, array]
_NONE: Postings = (array("I"), array("f"))


class Segment:
    """One segment's documents, read once."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader
        self.size = reader.doc_count_all()
        column = reader.column_reader("meta", translate=False)
        self.metas: list[Meta] = [Meta(*column[number]) for number in range(self.size)]
        self.lengths = {name: _lengths(reader, name, self.size) for name in SEARCHED}
        self._postings: OrderedDict[tuple[str, str], Postings] = OrderedDict()
        self._numbers = 0
        self._lock = threading.Lock()
        self._words: list[str] | None = None
        self._titles: list[tuple[int, tuple[str, ...]]] | None = None
        if self.size:
            self.text(0)  # opens the stored texts while their file is there

    def text(self, number: int) -> str:
        """Give the text of a document."""
        with self._lock:
            return self.reader.stored_fields(number).get("text") or ""

    def postings(self, field: str, term: str) -> Postings:
        """Give the documents that hold the term, and how often; deleted ones too."""
        key = (field, term)
        with self._lock:
            if key in self._postings:
                self._postings.move_to_end(key)
                return self._postings[key]
            found = self._read_postings(field, term)
            self._postings[key] = found
            self._numbers += len(found[0]) + 1
            while self._numbers > POSTINGS_REMEMBERED and len(self._postings) > 1:
                self._numbers -= len(self._postings.popitem(last=False)[1][0]) + 1
            return found

    def _read_postings(self, field: str, term: str) -> Postings:
        matcher = self._matcher(field, term)
        if matcher is None:
            return _NONE
        ids, counts = array("I"), array("f")
        while matcher.is_active():
            ids.append(matcher.id())
            counts.append(matcher.weight())
            matcher.next()
        return ids, counts

    def positions(self, field: str, term: str, numbers: list[int]) -> dict[int, list[int]]:
        """Give where the term stands in each of the documents (ascending numbers)."""
        with self._lock:
            matcher = self._matcher(field, term)
            found: dict[int, list[int]] = {}
            for number in numbers:
                if matcher is None or not matcher.is_active():
                    break
                if matcher.id() < number:
                    matcher.skip_to(number)
                if matcher.is_active() and matcher.id() == number:
                    found[number] = matcher.value_as("positions")
            return found

    def _matcher(self, field: str, term: str) -> Any:
        try:
            return self.reader.postings(field, term)
        except TermNotFound:
            return None

    def titles(self) -> list[tuple[int, tuple[str, ...]]]:
        """Give the folded words of each thing's title, with one of the thing's documents.

        Pages of one thing may differ in who may see them; then each of them is given.
        """
        with self._lock:
            if self._titles is None:
                firsts: dict[tuple[str, str, str], int] = {}
                for number, meta in enumerate(self.metas):
                    firsts.setdefault((meta.parent, meta.title, meta.visibility), number)
                self._titles = [
                    (number, words)
                    for (_parent, title, _visibility), number in firsts.items()
                    if (words := tuple(token.word.exact for token in german.tokens(title)))
                ]
            return self._titles

    def words(self) -> list[str]:
        """Give all folded words of the texts, for the correction of typing errors."""
        with self._lock:
            if self._words is None:
                self._words = list(self._read_words())
            return self._words

    def _read_words(self) -> Iterator[str]:
        prefix = EXACT.encode()
        for field in SEARCHED:
            if field not in self.reader.indexed_field_names():
                continue
            for name, term in self.reader.terms_from(field, prefix):
                if name != field or not term.startswith(prefix):
                    break
                yield term[len(prefix) :].decode()


def _lengths(reader: Any, field: str, size: int) -> array:
    return array("I", (reader.doc_field_length(number, field) or 0 for number in range(size)))


@dataclass(frozen=True)
class Audience:
    """What some viewers may see: one byte a document of each segment, 1 where they may.

    Number and average lengths are those of the visible documents, so that no score tells anything
    of the others.
    """

    masks: list[bytearray]
    size: int
    averages: dict[str, float]


class View:
    """One generation of an index: its segments, their deletions, and the first number of each."""

    def __init__(self, reader: Any, before: View | None) -> None:
        old = {} if before is None else before.by_name
        self.by_name: dict[str, Segment] = {}
        self.segments: list[Segment] = []
        self.deleted: list[frozenset[int]] = []
        for leaf, _base in reader.leaf_readers():
            if leaf.segment() is None:
                continue
            name = leaf.segment().segment_id()
            self.by_name[name] = old.get(name) or Segment(leaf)
            self.segments.append(self.by_name[name])
            self.deleted.append(frozenset(leaf.segment().deleted_docs()))
        self._audiences: OrderedDict[frozenset[str], Audience] = OrderedDict()
        self._lock = threading.Lock()

    def audience(self, tokens: frozenset[str]) -> Audience:
        """Give what holders of these tokens may see, and the statistics of just that."""
        with self._lock:
            known = self._audiences.get(tokens)
            if known is None:
                known = self._audiences[tokens] = self._make_audience(tokens)
                if len(self._audiences) > VIEWERS_REMEMBERED:
                    self._audiences.popitem(last=False)
            return known

    def _make_audience(self, tokens: frozenset[str]) -> Audience:
        masks = []
        for segment, deleted in zip(self.segments, self.deleted, strict=True):
            mask = bytearray(meta.visibility in tokens for meta in segment.metas)
            for number in deleted:
                mask[number] = 0
            masks.append(mask)
        size = sum(map(sum, masks))
        averages = {
            field: (self._total_length(masks, field) / size if size else 0.0) or 1.0
            for field in SEARCHED
        }
        return Audience(masks, size, averages)

    def _total_length(self, masks: list[bytearray], field: str) -> int:
        return sum(
            sum(itertools.compress(segment.lengths[field], mask))
            for segment, mask in zip(self.segments, masks, strict=True)
        )

    def metas(self) -> Iterator[Meta]:
        """Give what is known of each document that is not deleted."""
        for segment, deleted in zip(self.segments, self.deleted, strict=True):
            for number, meta in enumerate(segment.metas):
                if number not in deleted:
                    yield meta
