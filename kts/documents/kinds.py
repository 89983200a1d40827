"""Kinds of documents: a list that comes with the software, and what the moderators made of it.

A kind that nobody has changed needs no row, so an empty database has the built-in list. A row with
the key of a built-in kind gives it other names, an order, or an end; a row with another key adds
a kind. ``NAMES`` reads as a mapping from key to name in the language of the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import g, has_app_context, has_request_context
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from kts.core.models import TimestampMixin
from kts.core.terms import TermMixin, successor
from kts.extensions import db

BUILT_IN: dict[str, LazyString] = {
    "strategy": _l("Strategy"),
    "concept": _l("Concept"),
    "report": _l("Report or evaluation"),
    "guideline": _l("Guideline"),
    "factsheet": _l("Fact sheet"),
    "study": _l("Study or expertise"),
    "resolution": _l("Council resolution"),
    "statute": _l("By-law"),
    "presentation": _l("Presentation"),
    "dataset": _l("Table or data set"),
    "other": _l("Other document"),
}
KINDS = tuple(BUILT_IN)
STEP = 10  # between the places of two built-in kinds, so that others fit in


class DocumentKind(TermMixin, TimestampMixin, db.Model):
    """A kind of document that the moderators changed or added; ``name`` is the German one."""

    __tablename__ = "document_kind"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(20), unique=True)


@dataclass(frozen=True)
class Kind:
    """A kind as it stands today; ``name`` is lazy where nobody changed a built-in one."""

    key: str
    name: str | LazyString
    sort: int
    is_offered: bool = True
    successor: str = ""  # the key of what it was merged into


def all_kinds() -> dict[str, Kind]:
    """Give every kind by its key, in order, also the retired and merged ones."""
    if not has_request_context():
        return _read()
    if "document_kinds" not in g:
        g.document_kinds = _read()
    found: dict[str, Kind] = g.document_kinds
    return found


def forget() -> None:
    """Read the kinds anew at the next question, after a change."""
    if has_request_context():
        g.pop("document_kinds", None)


def _rows() -> list[DocumentKind]:
    if not has_app_context():
        return []
    with db.session.no_autoflush:
        return list(db.session.scalars(select(DocumentKind)))


def _read() -> dict[str, Kind]:
    rows = _rows()
    keys = {row.id: row.key for row in rows}
    merged = {row.id: row.merged_into_id for row in rows if row.merged_into_id is not None}
    kinds = {
        key: Kind(key, name, place * STEP) for place, (key, name) in enumerate(BUILT_IN.items())
    }
    for row in rows:
        into = keys.get(successor(merged, row.id), "") if row.is_merged else ""
        kinds[row.key] = Kind(row.key, row.label, row.sort, row.is_offered, into)
    return dict(sorted(kinds.items(), key=lambda item: item[1].sort))


def current(key: str) -> str:
    """Give the key of what stands for this kind today; raise ValueError for an unknown one."""
    kind = all_kinds().get(key)
    if kind is None:
        raise ValueError(f"{key!r} is no kind of document")
    return kind.successor or key


def offered(also: str = "") -> dict[str, str]:
    """Give the names of the kinds that can be chosen, and of the one that a document has."""
    return {
        key: str(kind.name) for key, kind in all_kinds().items() if kind.is_offered or key == also
    }


class _Names(Mapping[str, str]):
    """The name of each kind that a document can have, by key; a merged one has its successor's."""

    def __getitem__(self, key: str) -> str:
        kinds = all_kinds()
        kind = kinds[key]
        return str(kinds[kind.successor].name if kind.successor else kind.name)

    def __iter__(self) -> Iterator[str]:
        return (key for key, kind in all_kinds().items() if not kind.successor)

    def __len__(self) -> int:
        return sum(not kind.successor for kind in all_kinds().values())

    def __contains__(self, key: object) -> bool:
        return key in all_kinds()


NAMES: Mapping[str, str] = _Names()
