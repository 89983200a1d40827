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
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from whoosh import index as whoosh_index

from kts.search import german
from kts.search.engine import (
    Change,
    IndexDocument,
    IndexMissingError,
    IndexStatus,
    Progress,
    SearchRequest,
    SearchResponse,
    Suggestion,
    Synonyms,
)
from kts.search.engines.whoosh import results, spelling
from kts.search.engines.whoosh.ranking import Ranker, Ranking
from kts.search.engines.whoosh.results import Group
from kts.search.engines.whoosh.schema import row
from kts.search.engines.whoosh.segments import Audience, View
from kts.search.engines.whoosh.store import Store
from kts.search.expansion import SynonymTable, expand, variants_of
from kts.search.expansion import loosened as loosened_concepts
from kts.search.query import ParsedQuery, parse

ENOUGH = 10  # things with all words; with fewer, things with some of the words follow
PARTLY_AT_LEAST = 0.35  # of what the words are worth, for a thing that lacks some
FILLED_UP_TO = 10  # things, with such as hold even less
WAIT_FOR_LOCK = 10.0  # seconds; the worker holds it for a fraction of one
WRITER_MEGABYTES = 128
TRIES = 5  # to open an index that is being replaced
LONGEST_PREFIX = 100
UNREADABLE = "The search index is damaged. `kts index rebuild` writes it anew."

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class _Open:
    """The index as it was last read."""

    path: Path
    index: Any
    generation: int
    view: View


class WhooshEngine:
    """The engine over a folder; see kts.search.engine for what its methods promise."""

    name = "whoosh"

    def __init__(
        self, folder: Path, synonyms: Synonyms = tuple, wait_for_lock: float = WAIT_FOR_LOCK
    ) -> None:
        self.store = Store(folder)
        self.wait_for_lock = wait_for_lock
        self._synonyms = synonyms
        self._table: tuple[Any, SynonymTable] = ((), SynonymTable())
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
            index = whoosh_index.open_dir(path)
            writer = index.writer(limitmb=WRITER_MEGABYTES)
            try:
                for parent in latest:
                    writer.delete_by_term("parent", parent)
                for change in latest.values():
                    for document in change.documents:
                        writer.add_document(**row(document))
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
        writer = whoosh_index.open_dir(path).writer(limitmb=WRITER_MEGABYTES)
        written = 0
        try:
            for document in documents:
                writer.add_document(**row(document))
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
                except (FileNotFoundError, whoosh_index.EmptyIndexError) as error:
                    if attempt == TRIES - 1:
                        raise IndexMissingError(UNREADABLE) from error
                    time.sleep(0.02)  # a commit removed files between our two looks
                except Exception as error:  # damaged files fail in any way
                    log.error("the search index cannot be read: %r", error)
                    raise IndexMissingError(UNREADABLE) from error
        raise AssertionError("unreachable")

    def _refreshed(self) -> View:
        path = self.store.current()
        if path is None:
            self._open = None
            raise IndexMissingError("There is no search index yet. `kts index rebuild` makes one.")
        before = self._open if self._open is not None and self._open.path == path else None
        index = before.index if before else whoosh_index.open_dir(path)
        generation = index.latest_generation()  # before reading: a commit meanwhile is seen later
        if before is None or before.generation != generation:
            view = View(index.reader(), before.view if before else None)
            self._open = _Open(path, index, generation, view)
        return self._open.view

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
        return self._reading(_keys, {})

    def status(self) -> IndexStatus:
        """Say what the index holds."""

        def read(view: View) -> IndexStatus:
            metas = list(view.metas())
            latest = max((meta.updated for meta in metas), default=None)
            return IndexStatus(
                engine=self.name,
                ready=True,
                documents=len(metas),
                parents=len({meta.parent for meta in metas}),
                bytes=self.store.size(),
                updated=datetime.fromtimestamp(latest, UTC) if latest else None,
                detail=f"{len(view.segments)} segments in {self.store.current()}",
            )

        missing = IndexStatus(
            engine=self.name, ready=False, detail=f"no index in {self.store.folder}"
        )
        return self._reading(read, missing)

    # Searching

    def search(self, request: SearchRequest) -> SearchResponse:
        """Answer a request; an empty answer where there is no index."""
        started = time.perf_counter()
        parsed = parse(request.query)

        def read(view: View) -> SearchResponse:
            return _Search(view, self._synonym_table(), request, parsed).response(started)

        if not parsed.words:
            return SearchResponse(0, _milliseconds(started), ())
        return self._reading(read, SearchResponse(0, _milliseconds(started), ()))

    def _synonym_table(self) -> SynonymTable:
        groups = tuple(map(tuple, self._synonyms()))
        if groups != self._table[0]:
            self._table = (groups, SynonymTable(groups))
        return self._table[1]

    def suggest(self, prefix: str, visibility: frozenset[str], limit: int = 8) -> list[Suggestion]:
        """Give titles in which every word typed begins a word."""
        typed = [token.word.exact for token in german.tokens(prefix[:LONGEST_PREFIX])]
        if not typed:
            return []
        return self._reading(lambda view: _suggest(view, typed, visibility, limit), [])


class _Search:
    """One request being answered on one generation of the index."""

    def __init__(
        self, view: View, table: SynonymTable, request: SearchRequest, parsed: ParsedQuery
    ) -> None:
        self.view = view
        self.request = request
        self.parsed = parsed
        self.audience = _audience(view, request)
        self.ranker = Ranker(view, self.audience)
        self.concepts = expand(parsed, table)
        self.corrected: dict[str, str] = {}

    def response(self, started: float) -> SearchResponse:
        """Find, correct what nothing holds, loosen, group, filter, sort."""
        groups, loosened = self._groups()
        groups, facets = results.filtered(groups, self.request)
        if self.request.sort == "newest":
            groups.sort(key=lambda found: (-found.meta.updated, -found.score))
        shown = groups[self.request.offset : self.request.offset + self.request.limit]
        return SearchResponse(
            total=len(groups),
            took_ms=_milliseconds(started),
            hits=tuple(
                results.hit(self.view, found, self.concepts, self.request) for found in shown
            ),
            facets=facets,
            did_you_mean=self._meant(),
            loosened=loosened,
            only_common_words=self.parsed.only_common,
        )

    def _groups(self) -> tuple[list[Group], bool]:
        """Give what holds all words; when that is too little, also what holds most of them."""
        ranking = self._ranking()
        found = self._grouped(ranking)
        full = [group for group in found if group.concepts & ranking.required == ranking.required]
        if len(full) >= ENOUGH:
            return full, False
        self.concepts = loosened_concepts(self.concepts)
        partly = self._grouped(self.ranker.rank(self.concepts))
        known = {group.parent for group in full}
        more = [group for group in partly if group.parent not in known]
        near = sum(group.coverage >= PARTLY_AT_LEAST for group in more)
        more = more[: max(near, FILLED_UP_TO - len(full))]
        return full + more, bool(more)

    def _grouped(self, ranking: Ranking) -> list[Group]:
        matches = self.ranker.with_phrases(ranking.matches, self.parsed.phrases)
        matches = self.ranker.without(matches, self.parsed.excluded)
        groups = results.group(self.view, matches, ranking.required)
        groups.sort(key=lambda found: (-found.score, found.parent))
        return groups

    def _ranking(self) -> Ranking:
        ranking = self.ranker.rank(self.concepts)
        if ranking.unknown and self._correct(ranking.unknown):
            ranking = self.ranker.rank(self.concepts)
        return ranking

    def _correct(self, unknown: list[int]) -> bool:
        """Let words that nothing holds be found by what they may have meant."""
        for number in unknown:
            concept = self.concepts[number]
            found = spelling.corrections(concept.query_word.word, self.view, self.ranker)
            for folded, _distance in found:
                concept.variants.extend(variants_of(german.analyse(folded)))
            if found:
                written = spelling.spelling_in_texts(found[0][0], self.view, self.audience.masks)
                self.corrected[concept.query_word.text] = written
        return bool(self.corrected)

    def _meant(self) -> str:
        meant = self.request.query
        for typed, written in self.corrected.items():
            meant = meant.replace(typed, written, 1)
        return meant if self.corrected else ""


def _audience(view: View, request: SearchRequest) -> Audience:
    """Give what may be found at all: what the viewer may see, in the language, within a thing."""
    audience = view.audience(request.visibility)
    if not request.language and not request.within:
        return audience
    masks = [
        bytearray(
            seen
            and (not request.language or meta.language == request.language)
            and (not request.within or meta.parent == request.within)
            for seen, meta in zip(mask, segment.metas, strict=True)
        )
        for segment, mask in zip(view.segments, audience.masks, strict=True)
    ]
    return replace(audience, masks=masks)


def _keys(view: View) -> dict[str, dict[str, str]]:
    keys: dict[str, dict[str, str]] = {}
    for meta in view.metas():
        keys.setdefault(meta.parent, {})[meta.key] = meta.fingerprint
    return keys


def _suggest(
    view: View, typed: list[str], visibility: frozenset[str], limit: int
) -> list[Suggestion]:
    found: dict[tuple[str, str], tuple[tuple[bool, int, str], Suggestion]] = {}
    masks = view.audience(visibility).masks
    for segment, mask in zip(view.segments, masks, strict=True):
        for number, words in segment.titles():
            if not mask[number] or not _begins(words, typed):
                continue
            meta = segment.metas[number]
            order = (not words[0].startswith(typed[0]), len(meta.title), meta.title)
            key = (meta.kind, meta.title)
            url = meta.url if meta.page is None else meta.url.partition("/seite/")[0]
            found.setdefault(key, (order, Suggestion(meta.title, meta.kind, url)))
    return [suggestion for _order, suggestion in sorted(found.values(), key=_order)[:limit]]


def _order(row: tuple[tuple[bool, int, str], Suggestion]) -> tuple[bool, int, str]:
    return row[0]


def _begins(words: Sequence[str], typed: Sequence[str]) -> bool:
    return all(any(word.startswith(start) for word in words) for start in typed)


def _milliseconds(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)
