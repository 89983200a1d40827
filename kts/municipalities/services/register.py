"""Brings the table of municipalities into line with the official register.

Only the register's own columns are written, profiles are never touched. A municipality that the
new register no longer has is kept, since documents and threads belong to it; its older
``register_date`` tells. Running the import again with the same file changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, update

from kts.core.clock import now
from kts.extensions import db
from kts.municipalities.coordinates import LatLon
from kts.municipalities.members import slugs_of_members
from kts.municipalities.models import Municipality, search_name
from kts.municipalities.names import assign_slugs
from kts.municipalities.register import Entry, Register, RegisterError
from kts.municipalities.search import note_changes

BATCH = 1000  # rows a statement; large enough to be fast, small enough to show progress

#: Columns that belong to the register.
COLUMNS = (
    "ars",
    "kind",
    "name",
    "full_name",
    "search_name",
    "land",
    "district_key",
    "district_name",
    "type_text",
    "association",
    "seat",
    "population",
    "area",
    "postcode",
    "lat",
    "lon",
    "register_date",
)
Progress = Callable[[int], None]


@dataclass(frozen=True)
class ImportCounts:
    """How an import ended."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0


def import_register(
    register: Register,
    coordinates: Mapping[str, LatLon],
    progress: Progress = lambda rows: None,
) -> ImportCounts:
    """Write the register; raises RegisterError for one that is older than what is there."""
    latest = db.session.scalar(db.select(db.func.max(Municipality.register_date)))
    if latest and latest > register.date:
        raise RegisterError(
            f"The file is the register of {register.date}, but that of {latest} has been imported "
            "already. Nothing was changed."
        )
    counts = write_entries(register.entries, coordinates, progress)
    gone = db.session.scalar(
        db.select(db.func.count()).where(
            Municipality.ags.is_not(None), Municipality.register_date < register.date
        )
    )
    return ImportCounts(counts.new, counts.changed, counts.unchanged, gone or 0)


def write_entries(
    entries: Iterable[Entry],
    coordinates: Mapping[str, LatLon],
    progress: Progress = lambda rows: None,
) -> ImportCounts:
    """Insert and update rows in batches; gives the counts."""
    entries = list(entries)
    known = _known()
    slugs = assign_slugs(entries, _taken_slugs())
    new, changed, unchanged = [], [], 0
    for entry in entries:
        row = known.get(entry.key)
        values = _values(entry, coordinates.get(entry.key))
        if row is None:
            new.append({"ags": entry.key, "slug": slugs[entry.key], **values})
        elif changes := _changes(row, values):
            changed.append({"id": row.id, "updated": now(), **changes})
        else:
            unchanged += 1
    progress(unchanged)
    _insert(new, progress)
    _update(changed, progress)
    return ImportCounts(len(new), len(changed), unchanged)


def _known() -> dict[str, Any]:
    columns = [getattr(Municipality, name) for name in ("id", "ags", *COLUMNS)]
    rows = db.session.execute(db.select(*columns).where(Municipality.ags.is_not(None)))
    return {row.ags: row for row in rows}


def _taken_slugs() -> dict[str, str]:
    """Give the slugs in use by key; reserved ones, and those of rows without a key, by row."""
    rows = db.session.execute(db.select(Municipality.id, Municipality.ags, Municipality.slug))
    return slugs_of_members() | {ags or f"row {row_id}": slug for row_id, ags, slug in rows}


def _values(entry: Entry, latlon: LatLon | None) -> dict[str, Any]:
    lat, lon = latlon or (None, None)
    own = {"search_name": search_name(entry.name, entry.full_name), "lat": lat, "lon": lon}
    return {name: own[name] if name in own else getattr(entry, name) for name in COLUMNS}


def _changes(row: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Give what is new; coordinates that are known are not forgotten."""
    return {
        name: value
        for name, value in values.items()
        if value != getattr(row, name) and not (name in ("lat", "lon") and value is None)
    }


def _insert(rows: list[dict[str, Any]], progress: Progress) -> None:
    moment = now()
    for start in range(0, len(rows), BATCH):
        batch = [{**row, "created": moment, "updated": moment} for row in rows[start:][:BATCH]]
        ids = db.session.scalars(insert(Municipality).returning(Municipality.id), batch).all()
        note_changes(ids)
        progress(len(batch))


def _update(rows: list[dict[str, Any]], progress: Progress) -> None:
    """Update one by one the columns that changed; rows with the same columns go together."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(sorted(row)), []).append(row)
    for group in groups.values():
        for start in range(0, len(group), BATCH):
            batch = group[start : start + BATCH]
            db.session.execute(update(Municipality), batch)
            note_changes([row["id"] for row in batch])
            progress(len(batch))
