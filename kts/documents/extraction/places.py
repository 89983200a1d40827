"""Where the words of a page lie, small enough to be kept with every page.

A place is given in ten-thousandths of the width and height of the page as it is drawn, from the
top left, so it fits the picture in any size. Packed, the numbers stand in columns, each as the
difference to the one before: words of a line share their top and height, so little is left.
"""

import struct
import sys
import zlib
from array import array
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from .cleaning import PDF_HYPHEN, clean_characters, join_hyphenation

WHOLE = 10_000
# A newspaper page has three thousand words; what goes beyond this is not for reading.
MAX_WORDS = 20_000
# Longer ones are addresses; their beginning is enough to find them.
MAX_LETTERS = 200
_VERSION = b"\x01"
_COLUMNS = 4
_HEAD = struct.Struct("<I")
# What the largest page unpacks to: nobody's database gives more.
_MAX_BYTES = _HEAD.size + MAX_WORDS * (2 * _COLUMNS + 4 * MAX_LETTERS + 1)


class WordBox(NamedTuple):
    """A word, or one half of a word that is broken at a line end with the whole word's text."""

    text: str
    left: int
    top: int
    width: int
    height: int


class Token(NamedTuple):
    """What stands between two blanks, as found; ``broken`` when it may go on in the next line."""

    text: str
    left: int
    top: int
    width: int
    height: int
    broken: bool = False


def whole_words(tokens: Iterable[Token]) -> list[WordBox]:
    """Clean the words and give both halves of one that is broken at a line end its whole text."""
    words: list[WordBox] = []
    before = ""  # the raw text of a token that may go on
    for token in tokens:
        text = _clean(token.text)
        joined = join_hyphenation(f"{before}\n{token.text}") if before else ""
        if before and words and not set(joined) & {" ", "\n"}:
            text = _clean(joined)
            words[-1] = words[-1]._replace(text=text)
        if text:
            words.append(WordBox(text, *token[1:5]))
        before = token.text if text and token.broken and _ends_open(token.text) else ""
    return words


def _clean(text: str) -> str:
    return join_hyphenation(clean_characters(text)).strip()


def _ends_open(text: str) -> bool:
    return text.endswith(("-", "\u00ad", PDF_HYPHEN)) and text[-2:-1].isalnum()


def pack(words: Iterable[WordBox]) -> bytes:
    """Give the bytes to store; words beyond :data:`MAX_WORDS` are left out."""
    taken = [word for word in islice(words, MAX_WORDS) if word.text.strip()]
    texts = "\n".join(" ".join(word.text.split())[:MAX_LETTERS] for word in taken)
    columns = b"".join(_differences([word[1 + n] for word in taken]) for n in range(_COLUMNS))
    raw = _HEAD.pack(len(taken)) + columns + texts.encode("utf-8", "replace")
    return _VERSION + zlib.compress(raw, 9)


def unpack(data: bytes | None) -> list[WordBox]:
    """Give the words back; an empty list for nothing, or for bytes that are damaged."""
    if not data or data[:1] != _VERSION:
        return []
    try:
        raw = zlib.decompressobj().decompress(data[1:], _MAX_BYTES)
        (count,) = _HEAD.unpack_from(raw)
        end = _HEAD.size + 2 * _COLUMNS * count
        texts = raw[end:].decode("utf-8").split("\n") if count else []
        if count > MAX_WORDS or len(texts) != count:
            return []
        columns = [
            _sums(raw[_HEAD.size + 2 * count * n : _HEAD.size + 2 * count * (n + 1)])
            for n in range(_COLUMNS)
        ]
        return [WordBox(*values) for values in zip(texts, *columns, strict=True)]
    except (zlib.error, struct.error, ValueError, OverflowError):
        return []


def _differences(values: list[int]) -> bytes:
    before, steps = 0, array("H")
    for value in values:
        value = min(max(int(value), 0), WHOLE)
        steps.append((value - before) & 0xFFFF)
        before = value
    return _little_endian(steps).tobytes()


def _sums(data: bytes) -> list[int]:
    steps = array("H")
    steps.frombytes(data)
    value, values = 0, []
    for step in _little_endian(steps):
        value = (value + step) & 0xFFFF
        values.append(min(value, WHOLE))
    return values


def _little_endian(numbers: "array[int]") -> "array[int]":
    if sys.byteorder == "big":  # pragma: no cover - no such machine at hand
        numbers.byteswap()
    return numbers
