"""What a search engine is asked and what it answers, whichever engine it is.

The rest of the platform knows only this module. Engines live in ``engines/`` and share one
contract test suite. The permission filter is part of the request and applied inside the query:
an engine never counts, suggests or corrects with what the viewer may not see.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import Literal, Protocol

FACETS = ("kind", "land", "topic", "municipality", "year")

Sort = Literal["relevance", "newest", "oldest", "title"]
Synonyms = Callable[[], Sequence[Sequence[str]]]


class SearchError(Exception):
    """The engine cannot do what was asked; the message says why and what helps."""


class IndexLockedError(SearchError):
    """Another process writes the index; only one may."""


class IndexMissingError(SearchError):
    """There is no index yet; ``kts index rebuild`` makes one."""


@dataclass(frozen=True)
class IndexDocument:
    """One searchable piece: a page of a document, a post, a municipality.

    ``parent`` names the thing that a hit leads to (``document:7``); all pieces of one thing share
    it. ``land`` is the two-digit Land code, ``visibility`` the token that a viewer must hold.
    ``superseded``: a newer ``version`` of the same thing is in the index; it is found only where
    the newer one does not hold as much of what was asked.
    """

    key: str
    kind: str
    id: int
    parent: str
    language: str
    title: str
    body: str
    url: str
    topics: tuple[str, ...]
    municipality: str
    land: str
    visibility: str
    created: datetime
    updated: datetime
    weight: float = 1.0
    page: int | None = None
    heading: str = ""
    year: int | None = None
    version: int | None = None
    superseded: bool = False

    @property
    def fingerprint(self) -> str:
        """Give a short value that differs when anything of the document does."""
        return hashlib.blake2b(repr(_VALUES(self)).encode(), digest_size=8).hexdigest()


_VALUES = attrgetter(*(attribute.name for attribute in fields(IndexDocument)))


@dataclass(frozen=True)
class Change:
    """Everything that the index shall hold about one parent; no documents means: forget it."""

    parent: str
    documents: Sequence[IndexDocument] = ()


@dataclass(frozen=True)
class SearchRequest:
    """A query and who asks; empty filters do not restrict.

    ``within`` is the parent of the one thing to look in, ``version`` the one version of it. Without
    ``passages`` hits quote nothing, which is much quicker for many pages.
    """

    query: str
    visibility: frozenset[str]
    kinds: frozenset[str] = frozenset()
    municipalities: frozenset[str] = frozenset()
    lands: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    years: frozenset[int] = frozenset()
    year_from: int | None = None
    year_to: int | None = None
    language: str = ""
    within: str = ""
    version: int | None = None
    updated_after: datetime | None = None
    sort: Sort = "relevance"
    limit: int = 20
    offset: int = 0
    pages_per_hit: int = 3
    passages: bool = True


@dataclass(frozen=True)
class PageHit:
    """A further good page of the same hit."""

    page: int | None
    url: str
    snippet: str
    heading: str = ""
    superseded: bool = False


@dataclass(frozen=True)
class Hit:
    """A thing found, with its best page; ``snippet`` is safe HTML that marks the words found."""

    kind: str
    id: int
    url: str
    title: str
    snippet: str
    score: float
    page: int | None
    document_id: int | None
    municipality: str
    updated: datetime
    created: datetime | None = None
    land: str = ""
    year: int | None = None
    topics: tuple[str, ...] = ()
    heading: str = ""
    title_html: str = ""
    key: str = ""
    parent: str = ""
    pages: tuple[PageHit, ...] = ()
    matching_pages: int = 1
    version: int | None = None
    superseded: bool = False


@dataclass(frozen=True)
class SearchResponse:
    """What was found. ``loosened``: some hits lack some of the words."""

    total: int
    took_ms: float
    hits: tuple[Hit, ...]
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    did_you_mean: str = ""
    loosened: bool = False
    only_common_words: bool = False


@dataclass(frozen=True)
class Suggestion:
    """A title that begins like what the viewer typed."""

    text: str
    kind: str
    url: str


@dataclass(frozen=True)
class IndexStatus:
    """What the index holds; ``detail`` is for the person who runs it."""

    engine: str
    ready: bool
    documents: int = 0
    parents: int = 0
    bytes: int = 0
    updated: datetime | None = None
    detail: str = ""


Progress = Callable[[int], None]


class SearchEngine(Protocol):
    """What every engine can do. Methods that write raise IndexLockedError when another writes."""

    name: str

    def exclusive(self, wait: float | None = None) -> AbstractContextManager[None]:
        """Hold the only right to write for several calls; wait so many seconds for it."""

    def apply(self, changes: Sequence[Change]) -> None:
        """Replace what the index holds about each parent; all or nothing, visible on return."""

    def search(self, request: SearchRequest) -> SearchResponse:
        """Answer any input, in bounded time, without an exception for what someone typed."""

    def suggest(self, prefix: str, visibility: frozenset[str], limit: int = 8) -> list[Suggestion]:
        """Give titles with a word that begins so."""

    def similar(self, parent: str, visibility: frozenset[str], limit: int = 5) -> list[Hit]:
        """Give other things of the same kind that speak of the same, without passages."""

    def rebuild(self, documents: Iterable[IndexDocument], progress: Progress | None = None) -> int:
        """Write a new index beside the old one and put it in its place; give the number written."""

    def check(self) -> Mapping[str, Mapping[str, str]]:
        """Give, for each parent in the index, its keys with the documents' fingerprints."""

    def status(self) -> IndexStatus:
        """Say what the index holds, without an exception when there is none."""

    def generation(self) -> str:
        """Name the state of the index as every process sees it now; "" where there is none.

        While it stays the same, and the synonyms do, so does every answer. Asked with each
        question, so it looks at no entry.
        """
