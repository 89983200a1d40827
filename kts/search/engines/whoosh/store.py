"""Where Whoosh indexes lie on disk, and who may write them.

The folder holds numbered indexes, a file ``current`` with the number of the one in use, and a lock.
``current`` is replaced in one step, so a reader sees the old index or the new one and never a
half-written one; the index before is kept until the next rebuild, for readers still on it.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from operator import itemgetter
from pathlib import Path

from whoosh import index as whoosh_index
from whoosh.util.filelock import FileLock

from kts.search.engine import IndexLockedError
from kts.search.engines.whoosh.schema import VERSION, make_schema

POLL = 0.05  # seconds between two tries for the lock
TRIES = 25  # to look at an index that is being written

_COMMIT = re.compile(r"_MAIN_([0-9]+)\.toc")  # Whoosh's table of contents of each generation


class Store:
    """The folder of a Whoosh index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._current = str(folder / "current")

    @contextmanager
    def writing(self, wait: float) -> Iterator[None]:
        """Hold the only right to write; raise IndexLockedError after ``wait`` seconds."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(str(self.folder / "writer.lock"))
        deadline = time.monotonic() + wait
        while not lock.acquire(blocking=False):
            if time.monotonic() >= deadline:
                raise IndexLockedError(
                    "Another process is writing the search index. Nothing was changed; "
                    "try again when it is done."
                )
            time.sleep(POLL)
        try:
            yield
        finally:
            lock.release()

    def current(self) -> Path | None:
        """Give the folder of the index in use; None when there is none that we can read."""
        try:
            with open(self._current) as file:
                name = file.read().strip()
        except FileNotFoundError:
            return None
        path = self.folder / name
        return path if name.startswith(f"v{VERSION}-") and path.is_dir() else None

    def generation(self) -> str:
        """Name the state of the index in use; "" when there is none.

        The moment of the last commit is part of it, for an index that was deleted and made anew
        counts from the beginning.
        """
        for _attempt in range(TRIES):
            path = self.current()
            if path is None:
                return ""
            with suppress(FileNotFoundError):  # a commit removed the file between our two looks
                latest, moment = _latest_commit(path)
                return f"{path.name}/{latest}/{moment}"
        return ""

    def new(self) -> Path:
        """Make the folder of a new, empty index (the lock must be held)."""
        numbers = [_number(path) for path in self.folder.glob("v*-*")]
        path = self.folder / f"v{VERSION}-{max(numbers, default=0) + 1}"
        path.mkdir()
        whoosh_index.create_in(path, make_schema())
        return path

    def put_in_place(self, path: Path) -> None:
        """Let readers use this index from now on; remove those before the last one."""
        before = self.current()
        temporary = self.folder / f"current.{os.getpid()}"
        with temporary.open("w") as file:
            file.write(path.name)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.folder / "current")
        for other in self.folder.glob("v*-*"):
            if other not in (path, before):
                shutil.rmtree(other, ignore_errors=True)

    def discard(self, path: Path) -> None:
        """Remove an index that was not finished."""
        shutil.rmtree(path, ignore_errors=True)

    def size(self) -> int:
        """Give the number of bytes of the index in use."""
        path = self.current()
        total = 0
        for file in path.iterdir() if path else ():
            with suppress(FileNotFoundError):
                total += file.stat().st_size
        return total


def _latest_commit(path: Path) -> tuple[int, int]:
    """Give the number of the index's last commit, and its moment in nanoseconds."""
    with os.scandir(path) as files:
        commits = [(int(m[1]), file) for file in files if (m := _COMMIT.fullmatch(file.name))]
    if not commits:
        raise FileNotFoundError(path)
    number, file = max(commits, key=itemgetter(0))
    return number, file.stat().st_mtime_ns


def _number(path: Path) -> int:
    number = path.name.rpartition("-")[2]
    return int(number) if number.isdigit() else 0
