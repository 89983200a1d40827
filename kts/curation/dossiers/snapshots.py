"""A dossier as plain data: the draft and every published version have the same shape.

A snapshot is JSON with the editors' words and with references. It never holds what is referred to:
who may read that is decided anew for each reader, each time. ``seen`` notes which version of a
document was the newest when the dossier was published, so that a citation stays right.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from kts.core.text import RENDER_VERSION, render_markdown
from kts.curation.dossiers.models import DOCUMENT, Dossier, DossierItem, DossierVersion

WORDS = ("title", "summary", "text")
REFERENCE = ("kind", "object_id", "version_number", "page", "last_page", "title", "url")
PART = ("id", *REFERENCE, "quote", "note")


@dataclass(frozen=True)
class Part:
    """One part: what it refers to, and the words of the editors; see ``DossierItem``."""

    id: int
    kind: str
    object_id: int | None = None
    version_number: int | None = None
    page: int | None = None
    last_page: int | None = None
    title: str = ""
    url: str = ""
    accessed: date | None = None
    quote: str = ""
    note: str = ""
    html: str = ""

    @property
    def is_heading(self) -> bool:
        """Say whether a chapter begins here."""
        return self.kind == "heading"

    @property
    def is_text(self) -> bool:
        """Say whether it is a text of the editors and nothing else."""
        return self.kind == "text"


@dataclass(frozen=True)
class Book:
    """A state of a dossier: the draft, or the version with that ``number``."""

    dossier_id: int
    title: str
    summary: str
    text: str
    html: str
    topics: tuple[int, ...] = ()
    cover: dict[str, Any] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    seen: dict[int, int] = field(default_factory=dict)
    number: int | None = None
    published: datetime | None = None

    @property
    def is_draft(self) -> bool:
        """Say whether it is what editors work on."""
        return self.number is None

    def ids(self, *kinds: str) -> set[int]:
        """Give the numbers of the things of these kinds that it refers to."""
        return {p.object_id for p in self.parts if p.kind in kinds and p.object_id is not None}


def snapshot_of(dossier: Dossier, seen: dict[int, int] | None = None) -> dict[str, Any]:
    """Write the draft down as JSON."""
    return {
        **{name: getattr(dossier, name) for name in WORDS},
        "topics": sorted(topic.id for topic in dossier.topics),
        "cover": dict(dossier.cover or {}),
        "items": [_written(item) for item in dossier.items],
        "seen": {str(number): version for number, version in (seen or {}).items()},
        "html": {"": dossier.html} | {str(i.id): i.html for i in dossier.items if i.html},
        "render_version": RENDER_VERSION,
    }


def _written(item: DossierItem) -> dict[str, Any]:
    accessed = item.accessed.isoformat() if item.accessed else None
    return {**{name: getattr(item, name) for name in PART}, "accessed": accessed}


def says_the_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Say whether two snapshots hold the same words, references and order."""
    told = (*WORDS, "topics", "cover", "items")
    return all(one[name] == other[name] for name in told)


def draft_of(dossier: Dossier) -> Book:
    """Give the draft."""
    return Book(
        dossier_id=dossier.id,
        title=dossier.title,
        summary=dossier.summary,
        text=dossier.text,
        html=dossier.html,
        topics=tuple(topic.id for topic in dossier.topics),
        cover=dict(dossier.cover or {}),
        parts=tuple(_part_of(item) for item in dossier.items),
    )


def _part_of(item: DossierItem) -> Part:
    return Part(
        **{name: getattr(item, name) for name in PART}, accessed=item.accessed, html=item.html
    )


def book_of(version: DossierVersion) -> Book:
    """Give a published version; texts that an older rule rendered are rendered anew."""
    told = version.snapshot
    kept = told.get("html", {}) if told.get("render_version") == RENDER_VERSION else {}
    return Book(
        dossier_id=version.dossier_id,
        **{name: told[name] for name in WORDS},
        html=kept[""] if "" in kept else render_markdown(told["text"]),
        topics=tuple(told["topics"]),
        cover=told["cover"],
        parts=tuple(read_part(item, kept.get(str(item["id"]))) for item in told["items"]),
        seen={int(number): seen for number, seen in told["seen"].items()},
        number=version.number,
        published=version.created,
    )


def shown_book(dossier: Dossier) -> Book:
    """Give what readers see: the version that was published last, else the draft."""
    return book_of(dossier.shown) if dossier.shown else draft_of(dossier)


def read_part(told: dict[str, Any], html: str | None = None) -> Part:
    """Read one part of a snapshot."""
    accessed = date.fromisoformat(told["accessed"]) if told["accessed"] else None
    rendered = html if html is not None or not told["note"] else render_markdown(told["note"])
    return Part(**{name: told[name] for name in PART}, accessed=accessed, html=rendered or "")


def newest_versions(dossier: Dossier, versions: dict[int, int]) -> dict[int, int]:
    """Keep, by part, the number of the newest version of each document meant without a version.

    ``versions`` gives the number of the newest version by document.
    """
    return {
        item.id: versions[item.object_id]
        for item in dossier.items
        if item.kind == DOCUMENT and item.version_number is None and item.object_id in versions
    }
