"""An index document as every engine keeps it: its index terms with their places, and the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from kts.search import german
from kts.search.engine import IndexDocument
from kts.search.german import EXACT, PART

FIELDS = ("body", "heading", "title")
LAST_PLACE = 65_535  # places are kept in two bytes; a page of more words is a whole book

Terms = dict[str, list[int]]  # index term -> places of the words it stands for, ascending


class Entry(NamedTuple):
    """What is known of an index document besides its terms and its text; times in seconds."""

    key: str
    kind: str
    id: int
    parent: str
    language: str
    title: str
    url: str
    topics: tuple[str, ...]
    municipality: str
    land: str
    visibility: str
    created: float
    updated: float
    weight: float
    page: int | None
    heading: str
    year: int | None
    version: int | None
    superseded: bool
    fingerprint: str
    lengths: tuple[int, ...]

    @property
    def updated_at(self) -> datetime:
        """Give the moment of the last change."""
        return datetime.fromtimestamp(self.updated, UTC)

    @property
    def created_at(self) -> datetime:
        """Give the moment of creation."""
        return datetime.fromtimestamp(self.created, UTC)


@dataclass(frozen=True)
class Analysed:
    """An index document ready to be written: ``terms`` in the order of FIELDS."""

    entry: Entry
    text: str
    terms: tuple[Terms, ...]


def analysed(document: IndexDocument) -> Analysed:
    """Analyse a document; the length of a field is its number of terms."""
    found = _all_terms(document.body, document.heading, document.title)
    entry = Entry(
        document.key, document.kind, document.id, document.parent, document.language,
        document.title, document.url, tuple(document.topics), document.municipality,
        document.land, document.visibility, document.created.timestamp(),
        document.updated.timestamp(), document.weight, document.page, document.heading,
        document.year, document.version, document.superseded, document.fingerprint,
        tuple(sum(map(len, terms.values())) for terms in found),
    )  # fmt: skip
    return Analysed(entry, document.body, found)


def analysed_again(entry: Entry, text: str) -> Analysed:
    """Analyse what an index holds, to write it once more."""
    return Analysed(entry, text, _all_terms(text, entry.heading, entry.title))


def _all_terms(body: str, heading: str, title: str) -> tuple[Terms, ...]:
    return _terms(body, False), _terms(heading, False), _terms(title, True)


def _terms(text: str, everything: bool) -> Terms:
    """Give the index terms of a text; with ``everything`` stop words too (titles)."""
    found: Terms = {}
    before: re.Match[str] | None = None
    place_before = 0
    for number, match in enumerate(german.words(text)):
        place = min(number, LAST_PLACE)
        word = german.analyse(match.group())
        if word.terms or everything:
            found.setdefault(EXACT + word.exact, []).append(place)
        for term in word.terms:
            found.setdefault(term, []).append(place)
        if word.terms and before is not None and text[before.end() : match.start()] == "-":
            joined = PART + german.joined(before.group(), match.group())
            found.setdefault(joined, []).append(place_before)
        before, place_before = (match, place) if word.terms else (None, 0)
    return found
