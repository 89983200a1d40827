"""The files of a Whoosh index, read where they lie.

Whoosh copies what it opens of a segment into memory: the whole index, in every process. Here a
segment is mapped, and only what is asked for is read. Mapped pages count as a process's memory
though they belong to the system's cache, so they are given back now and then (``give_back``).
"""

from __future__ import annotations

import io
import json
import mmap
import os
import struct
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np
from whoosh.filedb.compound import CompoundStorage
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import BufferFile, StructFile

from kts.search.engines.columns import Array

SEGMENT = ".seg"
MAPPED_AT_MOST = 2 * 1024 * 1024  # bytes of all segments of a reader
MAPPED_AROUND = 64 * 1024  # bytes that Linux maps at least, where one is read
_LENGTH = struct.Struct("<I")


class _Reader(io.RawIOBase):
    """Reads a buffer like a file, without a copy of it."""

    def __init__(self, buffer: memoryview) -> None:
        self._buffer = buffer
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: len(self._buffer)}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, into: Any) -> int:
        found = self._buffer[self._at : self._at + len(into)]
        into[: len(found)] = found
        self._at += len(found)
        return len(found)


class Window(BufferFile):
    """A part of a mapped file, as Whoosh wants its files."""

    def __init__(self, buffer: memoryview, name: str | None = None) -> None:
        self._buf = self.buffer = buffer
        self._name = name
        self.file = _Reader(buffer)
        self.onclose = None
        self.is_real = self.is_closed = False

    def subset(self, position: int, length: int, name: str | None = None) -> Window:
        """Give a part of it."""
        return Window(self.buffer[position : position + length], name or self._name)


class Files(FileStorage):
    """The folder of an index; its segments are mapped."""

    supports_mmap = False  # so that Whoosh asks us for the parts of a segment

    def open_file(self, name: str, **kwargs: Any) -> StructFile:
        """Open a file of the index."""
        if not name.endswith(SEGMENT):
            return super().open_file(name, **kwargs)
        return Window(memoryview(_mapped(Path(self.folder) / name)), name)


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


class Mapped:
    """Counts what the readers of some segments have mapped, and gives it back once it is much."""

    def __init__(self) -> None:
        self._segments: WeakSet[SegmentFile] = WeakSet()
        self._bytes = 0
        self._lock = threading.Lock()

    def add(self, segment: SegmentFile) -> None:
        """Count this segment too."""
        with self._lock:
            self._segments.add(segment)

    def count(self, length: int) -> None:
        """Note that so many bytes are read at some place."""
        self._bytes += MAPPED_AROUND + length
        if self._bytes > MAPPED_AT_MOST:
            with self._lock:
                self._bytes = 0
                for segment in self._segments:
                    segment.give_back()


class SegmentFile:
    """The file of one segment, and the parts that it was put together of."""

    def __init__(self, files: Files, name: str, mapped: Mapped) -> None:
        self.name = name
        self.count = mapped.count
        self._map = _mapped(Path(files.folder) / f"{name}{SEGMENT}")
        self.parts = CompoundStorage(Window(memoryview(self._map)), use_mmap=False)
        mapped.add(self)

    def part(self, ending: str) -> memoryview | None:
        """Give the bytes of a part; None where the segment has none such."""
        name = self.name + ending
        return self.parts.open_file(name).buffer if self.parts.file_exists(name) else None

    def give_back(self) -> None:
        """Let go of the pages that were read; they are mapped again when they are needed."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)


# Arrays in a file


def pack(arrays: Mapping[str, Array], tables: Any = None) -> Iterator[bytes]:
    """Give what is to be written to keep named arrays, and a table of anything that JSON holds."""
    head = json.dumps([[[name, own.dtype.str, own.size] for name, own in arrays.items()], tables])
    yield _LENGTH.pack(len(head))
    yield head.encode()
    for own in arrays.values():
        yield own.tobytes()


def unpack(buffer: memoryview) -> tuple[dict[str, Array], Any]:
    """Give the arrays where they lie, and the table."""
    [length] = _LENGTH.unpack_from(buffer)
    at = _LENGTH.size + length
    columns, tables = json.loads(bytes(buffer[_LENGTH.size : at]))
    arrays = {}
    for name, kind, size in columns:
        arrays[name] = np.frombuffer(buffer, kind, size, at)
        at += arrays[name].nbytes
    return arrays, tables


# Whoosh's columns


class Values:
    """The values of a column of bytes, without reading the lengths of all of them.

    They lie one after the other; behind them their lengths, in a long column where each begins,
    and the kinds of these numbers.
    """

    def __init__(self, buffer: memoryview, size: int) -> None:
        self._buffer = buffer
        end = len(buffer) - 1
        if chr(buffer[end]) == "X":
            end -= 2
            starts, end = self._numbers(buffer[end + 1], size, end)
            self._lengths, _ = self._numbers(buffer[len(buffer) - 3], size, end)
            self._starts = starts
        else:
            self._lengths, _ = self._numbers(buffer[end], size, end)
            ends = np.cumsum(self._lengths, dtype=np.uint32)
            self._starts = ends - self._lengths

    def _numbers(self, code: int, size: int, end: int) -> tuple[Array, int]:
        kind = np.dtype(chr(code)).newbyteorder(">")
        start = end - size * kind.itemsize
        return np.frombuffer(self._buffer, kind, size, start), start

    def __getitem__(self, number: int) -> bytes:
        start = int(self._starts[number])
        return bytes(self._buffer[start : start + int(self._lengths[number])])
