"""The embedded search engine: Whoosh files in the instance folder, no server.

Any process may read; only one at a time writes (``store``). A reader looks before each query
whether the index has changed and then reads only what is new (``segments``).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from whoosh.index import _DEF_INDEX_NAME, TOC, EmptyIndexError, FileIndex

from kts.search import german
from kts.search.engine import (
    Change,
    Hit,
    IndexDocument,
    IndexMissingError,
    IndexStatus,
    Progress,
    SearchRequest,
    SearchResponse,
    Suggestion,
    Synonyms,
)
from kts.search.engines.answering import Answer, Thesaurus, is_asked, milliseconds
from kts.search.engines.columns import Book
from kts.search.engines.entries import Entry, analysed
from kts.search.engines.segments import remembered_texts
from kts.search.engines.similar import similar
from kts.search.engines.suggesting import suggest
from kts.search.engines.views import View
from kts.search.engines.whoosh.files import Files, Mapped
from kts.search.engines.whoosh.segments import WhooshSegment
from kts.search.engines.whoosh.store import Store
from kts.search.engines.whoosh.writing import ArrayWriter
from kts.search.query import parse

WAIT_FOR_LOCK = 10.0  # seconds; the worker holds it for a fraction of one
TRIES = 25  # to open an index that is being replaced, 20 milliseconds apart
UNREADABLE = "The search index is damaged. `kts index rebuild` writes it anew."

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class _Open:
    """The index as it was last read."""

    path: Path
    generation: str
    view: View


class WhooshEngine:
    """The engine over a folder; see kts.search.engine for what its methods promise."""

    name = "whoosh"

    def __init__(
        self, folder: Path, synonyms: Synonyms = tuple, wait_for_lock: float = WAIT_FOR_LOCK
    ) -> None:
        self.store = Store(folder)
        self.wait_for_lock = wait_for_lock
        self._thesaurus = Thesaurus(synonyms)
        self._book, self._texts, self._mapped = Book(), remembered_texts(), Mapped()
        self._open: _Open | None = None
        self._lock = threading.Lock()
        self._writing = threading.local()

    # Writing

    @contextmanager
    def exclusive(self, wait: float | None = None) -> Iterator[None]:
        """Hold the writer's lock; calls that write inside do not ask for it again."""
        if self._writing.__dict__.get("held"):
            yield
            return
        with self.store.writing(self.wait_for_lock if wait is None else wait):
            self._writing.held = True
            try:
                yield
            finally:
                self._writing.held = False

    def apply(self, changes: Sequence[Change]) -> None:
        """Replace what the index holds about each parent, in one commit."""
        latest = {change.parent: change for change in changes}
        if not latest:
            return
        with self.exclusive():
            path = self.store.current()
            if path is None:
                path = self.store.new()
                self.store.put_in_place(path)
            writer = ArrayWriter(FileIndex(Files(path)))
            try:
                for parent in latest:
                    writer.delete_by_term("parent", parent)
                for change in latest.values():
                    for document in change.documents:
                        writer.add(analysed(document))
            except BaseException:
                writer.cancel()
                raise
            writer.commit()

    def rebuild(self, documents: Iterable[IndexDocument], progress: Progress | None = None) -> int:
        """Write a new index and put it in place; readers go on with the old one until then."""
        with self.exclusive():
            path = self.store.new()
            try:
                written = self._write_all(path, documents, progress)
            except BaseException:
                self.store.discard(path)
                raise
            self.store.put_in_place(path)
        return written

    def _write_all(
        self, path: Path, documents: Iterable[IndexDocument], progress: Progress | None
    ) -> int:
        writer = ArrayWriter(FileIndex(Files(path)))
        written = 0
        try:
            with german.remembering_more():
                for document in documents:
                    writer.add(analysed(document))
                    written += 1
                    if progress is not None:
                        progress(written)
        except BaseException:
            writer.cancel()
            raise
        writer.commit()
        return written

    # Reading

    def _view(self) -> View:
        """Give the current generation of the index; raise IndexMissingError without one.

        An index that cannot be read is as good as none: the worker writes it anew.
        """
        with self._lock:
            for attempt in range(TRIES):
                try:
                    return self._refreshed()
                except (IndexMissingError, MemoryError):
                    raise
                except (FileNotFoundError, EmptyIndexError) as error:
                    if attempt == TRIES - 1:
                        raise IndexMissingError(UNREADABLE) from error
                    time.sleep(0.02)  # a commit removed files between our two looks
                except Exception as error:  # damaged files fail in any way
                    log.error("the search index cannot be read: %r", error)
                    raise IndexMissingError(UNREADABLE) from error
        raise AssertionError("unreachable")

    def _refreshed(self) -> View:
        generation = self.store.generation()  # before reading: a commit meanwhile is seen later
        if self._open is not None and self._open.generation == generation:
            return self._open.view
        path = self.store.current()
        if path is None:
            self._open = None
            raise IndexMissingError("There is no search index yet. `kts index rebuild` makes one.")
        before = self._open if self._open is not None and self._open.path == path else None
        self._open = _Open(path, generation, self._read(path, before))
        return self._open.view

    def _read(self, path: Path, before: _Open | None) -> View:
        """Read the segments that are new; the others stay as they were read."""
        if before is None:
            self._book, self._texts = Book(), remembered_texts()
        known = {segment.name: segment for segment in before.view.segments} if before else {}
        files = Files(path)
        found = TOC.read(files, _DEF_INDEX_NAME).segments
        return View(
            [known.get(segment.segment_id()) or self._segment(files, segment) for segment in found],
            [segment.deleted_docs() for segment in found],
            self._book,
            before.view if before else None,
        )

    def _segment(self, files: Files, segment: Any) -> WhooshSegment:
        return WhooshSegment(files, segment, self._texts, self._mapped)

    def _reading(self, read: Callable[[View], T], without_index: T) -> T:
        """Read; once more when a commit took away a file that was still to be opened."""
        for attempt in range(TRIES):
            try:
                return read(self._view())
            except IndexMissingError:
                return without_index
            except FileNotFoundError:
                self._open = None
                if attempt == TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    def check(self) -> Mapping[str, Mapping[str, str]]:
        """Give each parent's keys with the documents' fingerprints."""

        def read(view: View) -> dict[str, dict[str, str]]:
            keys: dict[str, dict[str, str]] = {}
            for entry in _living(view):
                keys.setdefault(entry.parent, {})[entry.key] = entry.fingerprint
            return keys

        return self._reading(read, {})

    def status(self) -> IndexStatus:
        """Say what the index holds."""

        def read(view: View) -> IndexStatus:
            latest = float(view.updated[view.alive].max()) if view.alive.any() else None
            return IndexStatus(
                engine=self.name,
                ready=True,
                documents=int(view.alive.sum()),
                parents=int(np.count_nonzero(np.bincount(view.codes["parent"][view.alive]))),
                bytes=self.store.size(),
                updated=datetime.fromtimestamp(latest, UTC) if latest else None,
                detail=f"{len(view.segments)} segments in {self.store.current()}",
            )

        missing = IndexStatus(
            engine=self.name, ready=False, detail=f"no index in {self.store.folder}"
        )
        return self._reading(read, missing)

    def generation(self) -> str:
        """Name the state of the index as every process sees it now."""
        return self.store.generation()

    # Searching

    def search(self, request: SearchRequest) -> SearchResponse:
        """Answer a request; an empty answer where there is no index."""
        started = time.perf_counter()
        parsed = parse(request.query)

        def read(view: View) -> SearchResponse:
            return Answer(view, self._thesaurus.table(), request, parsed).response(started)

        if not is_asked(request, parsed):
            return SearchResponse(0, milliseconds(started), ())
        return self._reading(read, SearchResponse(0, milliseconds(started), ()))

    def suggest(self, prefix: str, visibility: frozenset[str], limit: int = 8) -> list[Suggestion]:
        """Give titles in which every word typed begins a word."""
        return self._reading(lambda view: suggest(view, prefix, visibility, limit), [])

    def similar(self, parent: str, visibility: frozenset[str], limit: int = 5) -> list[Hit]:
        """Give other things of the same kind that speak of the same."""
        return self._reading(lambda view: similar(view, parent, visibility, limit), [])


def _living(view: View) -> Iterator[Entry]:
    for segment, base in zip(view.segments, view.bases, strict=False):
        for number, entry in enumerate(cast(WhooshSegment, segment).all_entries()):
            if view.alive[base + number]:
                yield entry
