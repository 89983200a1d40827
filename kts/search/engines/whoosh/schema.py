"""How an index document lies in a Whoosh index.

Three searched fields (title, heading, body) hold the terms of the German analysis with their
positions. One column, ``meta``, holds in one value everything that filters, facets and hits need,
so that a segment is read once and then answered from memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from whoosh import analysis, columns, fields, formats

from kts.search import german
from kts.search.engine import IndexDocument
from kts.search.expansion import EXACT, PART

VERSION = 1  # raise it when schema or analysis change; an index of another version is rebuilt
SEARCHED = ("body", "heading", "title")


class GermanAnalyzer(analysis.Analyzer):
    """Gives Whoosh the index terms of a text; with ``everything`` stop words too (titles)."""

    def __init__(self, everything: bool = False) -> None:
        self.everything = everything

    def __call__(self, value: str, **_options: Any) -> Iterator[analysis.Token]:
        """Yield the terms of the text, all terms of a word at the word's position."""
        shared = analysis.Token(positions=True, boosts=True, mode="index")
        shared.boost = 1.0
        for position, term in terms(value, self.everything):
            shared.text, shared.pos, shared.stopped = term, position, False
            yield shared


def terms(text: str, everything: bool = False) -> Iterator[tuple[int, str]]:
    """Give (position, index term) of a text."""
    before: german.Token | None = None
    for token in german.tokens(text):
        word = token.word
        if german.is_stop_word(word):
            if everything:
                yield token.position, EXACT + word.exact
            before = None
            continue
        yield token.position, EXACT + word.exact
        yield token.position, word.stem
        for part in word.parts:
            yield token.position, PART + part
        if before is not None and (joined := german.hyphenated(text, before, token)):
            yield before.position, PART + joined
        before = token


def make_schema() -> fields.Schema:
    """Make the schema of a new index."""
    return fields.Schema(
        parent=fields.ID(stored=False),
        title=_text(everything=True),
        heading=_text(),
        body=_text(),
        meta=fields.COLUMN(columns.PickleColumn(columns.VarBytesColumn())),
        text=fields.STORED(),
    )


def _text(everything: bool = False) -> fields.TEXT:
    field = fields.TEXT(analyzer=GermanAnalyzer(everything), phrase=True, stored=False)
    field.format = formats.Positions()
    return field


class Meta(NamedTuple):
    """What is known of an index document without reading its text; times in seconds."""

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
    fingerprint: str

    @property
    def updated_at(self) -> datetime:
        """Give the moment of the last change."""
        return datetime.fromtimestamp(self.updated, UTC)

    @property
    def created_at(self) -> datetime:
        """Give the moment of creation."""
        return datetime.fromtimestamp(self.created, UTC)


def row(document: IndexDocument) -> dict[str, Any]:
    """Give what ``add_document`` takes."""
    meta = Meta(
        document.key, document.kind, document.id, document.parent, document.language,
        document.title, document.url, tuple(document.topics), document.municipality,
        document.land, document.visibility, document.created.timestamp(),
        document.updated.timestamp(), document.weight, document.page, document.heading,
        document.year, document.fingerprint,
    )  # fmt: skip
    return {
        "parent": document.parent,
        "title": document.title,
        "heading": document.heading,
        "body": document.body,
        "meta": tuple(meta),
        "text": document.body,
    }
