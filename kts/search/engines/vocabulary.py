"""The folded words of a segment's texts: one text and some numbers instead of a string a word."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable
from typing import cast

import numpy as np

from kts.search.engines.columns import Array, smallest

LAST_CHARACTER = "\U0010ffff"
_CONTINUED = 0x80  # the first bits of a byte that goes on with a letter in UTF-8
_FIRST_BITS = 0xC0


class Vocabulary:
    """The words in their order; ``titled`` says which of them stand in titles.

    ``near`` first drops what cannot be near by counting: each error changes the length by one at
    most, and the set of letters by two at most.
    """

    def __init__(
        self, text: Array, starts: Array, lengths: Array, letters: Array, titled: Array
    ) -> None:
        self.text = text  # in UTF-8, word after word
        self.starts = starts
        self.lengths = lengths  # in letters
        self.letters = letters  # a bit for each letter that occurs
        self.titled = titled

    @classmethod
    def of(cls, words: Iterable[bytes], title_words: Collection[bytes]) -> Vocabulary:
        """Make it of words in UTF-8, in any order; those of titles are among them."""
        ordered = sorted({word for word in words if word})
        text = np.frombuffer(b"".join(ordered), np.uint8)
        starts = np.zeros(len(ordered) + 1, np.uint32)
        np.cumsum([len(word) for word in ordered], out=starts[1:])
        if not ordered:
            return cls(text, starts, text, starts[:0], np.zeros(0, bool))
        begins = (text & _FIRST_BITS) != _CONTINUED
        return cls(
            text,
            starts,
            smallest(np.add.reduceat(begins, starts[:-1], dtype=np.uint32)),
            np.bitwise_or.reduceat(_LETTERS[text], starts[:-1]),
            np.fromiter((word in title_words for word in ordered), bool, len(ordered)),
        )

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, number: int) -> bytes:
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self.text[self.starts[number] : self.starts[number + 1]].tobytes()

    def near(self, typed: str, errors: int) -> list[str]:
        """Give the words that so many errors may have turned into what was typed, and others."""
        near = np.abs(self.lengths.astype(np.int32) - len(typed)) <= errors
        near &= np.bitwise_count(self.letters ^ _letters(typed)) <= 2 * errors
        return [self[number].decode() for number in np.flatnonzero(near)]

    def titles_beginning(self, prefix: str, most: int) -> list[str]:
        """Give words of titles that begin so."""
        first = bisect_left(cast(list[bytes], self), _encoded(prefix))
        last = bisect_left(cast(list[bytes], self), _encoded(prefix + LAST_CHARACTER))
        found = np.flatnonzero(self.titled[first:last])[:most]
        return [self[first + int(number)].decode() for number in found]


def _encoded(text: str) -> bytes:
    return text.encode(errors="replace")


def _bit(byte: int) -> int:
    """Give each small letter its bit; digits share some, and all letters beyond ASCII the last."""
    if ord("a") <= byte <= ord("z"):
        return byte - ord("a")
    return 26 + byte % 5 if byte < 128 else 31


_LETTERS = np.array([1 << _bit(byte) for byte in range(256)], np.uint32)


def _letters(word: str) -> np.uint32:
    return np.bitwise_or.reduce(_LETTERS[np.frombuffer(_encoded(word), np.uint8)])
