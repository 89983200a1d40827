"""The members of the model projects as the register has them, delivered with the platform.

So the 73 projects can be shown before anybody has imported the register, with the real key figures
of their members and nothing else. The table is an extract of the register as of 30 November 2023
(dl-de/by-2-0) with coordinates (GeoNames, CC BY 4.0); importing the register updates its rows.
"""

from __future__ import annotations

import csv
from datetime import date
from functools import cache

from kts.municipalities.geography import DATA
from kts.municipalities.register import Entry

LatLon = tuple[float, float]


@cache
def _rows() -> tuple[dict[str, str], ...]:
    with (DATA / "members.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def entries_of_members() -> dict[str, Entry]:
    """Give the members by key."""
    return {row["key"]: _entry(row) for row in _rows() if row["ars"]}


@cache
def slugs_of_members() -> dict[str, str]:
    """Give the slugs that the whole register gives them, so that both ways lead to one address."""
    return {row["key"]: row["slug"] for row in _rows() if row["ars"]}


@cache
def coordinates_of_members() -> dict[str, LatLon]:
    """Give coordinates by key; by project title where a project has no member with a key."""
    return {row["key"]: (float(row["lat"]), float(row["lon"])) for row in _rows()}


def _entry(row: dict[str, str]) -> Entry:
    return Entry(
        key=row["key"],
        ars=row["ars"],
        name=row["name"],
        full_name=row["full_name"],
        type_code=int(row["type_code"]),
        land=row["land"],
        district_key=row["district_key"],
        district_name=row["district_name"],
        population=int(row["population"]),
        area=float(row["area"]),
        postcode=row["postcode"],
        seat=row["seat"],
        association=row["association"],
        register_date=date.fromisoformat(row["register_date"]),
    )
