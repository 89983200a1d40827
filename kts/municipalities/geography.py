"""The map of Germany: outlines of the 16 Länder and where a place lies on them.

The outlines are drawn once by ``scripts/draw_laender.py`` and kept in ``data/laender.json``; both
the script and the marks use :func:`project`, so a mark lands where the outline says it should.
Nothing is fetched from another host. Sources and licences: ``data/README.md``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"

#: Official keys of the Länder with short code and name; the order is that of the register.
LAENDER: dict[str, tuple[str, str]] = {
    "01": ("SH", "Schleswig-Holstein"),
    "02": ("HH", "Hamburg"),
    "03": ("NI", "Niedersachsen"),
    "04": ("HB", "Bremen"),
    "05": ("NW", "Nordrhein-Westfalen"),
    "06": ("HE", "Hessen"),
    "07": ("RP", "Rheinland-Pfalz"),
    "08": ("BW", "Baden-Württemberg"),
    "09": ("BY", "Bayern"),
    "10": ("SL", "Saarland"),
    "11": ("BE", "Berlin"),
    "12": ("BB", "Brandenburg"),
    "13": ("MV", "Mecklenburg-Vorpommern"),
    "14": ("SN", "Sachsen"),
    "15": ("ST", "Sachsen-Anhalt"),
    "16": ("TH", "Thüringen"),
}
LAND_BY_SHORT = {short: code for code, (short, _name) in LAENDER.items()}

# Lambert conformal conic, the projection of the federal mapping agency for maps of the whole
# country (ETRS89-LCC, EPSG:4839). On a sphere: the difference to the ellipsoid is well below the
# width of a mark. Formulas: J. P. Snyder, Map Projections - A Working Manual, p. 106.
_PARALLEL_1, _PARALLEL_2 = math.radians(48 + 40 / 60), math.radians(53 + 40 / 60)
_LAT0, _LON0 = math.radians(51.0), math.radians(10.5)
_N = math.log(math.cos(_PARALLEL_1) / math.cos(_PARALLEL_2)) / math.log(
    math.tan(math.pi / 4 + _PARALLEL_2 / 2) / math.tan(math.pi / 4 + _PARALLEL_1 / 2)
)
_F = math.cos(_PARALLEL_1) * math.tan(math.pi / 4 + _PARALLEL_1 / 2) ** _N / _N
_RHO0 = _F / math.tan(math.pi / 4 + _LAT0 / 2) ** _N

#: Size of the drawing in its own units, and how the projected plane is fitted into it.
WIDTH, HEIGHT = 600, 800
_SCALE, _LEFT, _TOP = 5720.0, 306.0, 415.0


def project(lat: float, lon: float) -> tuple[float, float]:
    """Return the place of a WGS 84 coordinate in drawing units (x right, y down)."""
    rho = _F / math.tan(math.pi / 4 + math.radians(lat) / 2) ** _N
    theta = _N * (math.radians(lon) - _LON0)
    x, y = rho * math.sin(theta), _RHO0 - rho * math.cos(theta)
    return _LEFT + x * _SCALE, _TOP - y * _SCALE


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return the great-circle distance in kilometres (haversine)."""
    p1, p2 = math.radians(lat1), math.radians(lat2)
    h = (
        math.sin((p2 - p1) / 2) ** 2
        + math.cos(p1) * math.cos(p2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    )
    return 6371.0 * 2 * math.asin(math.sqrt(h))


@dataclass(frozen=True)
class Outline:
    """One Land as it is drawn: key, name and the ``d`` attribute of its path."""

    code: str
    short: str
    name: str
    path: str


@cache
def outlines() -> tuple[Outline, ...]:
    """Return the 16 outlines; large ones first, so that Berlin lies on top of Brandenburg."""
    paths = json.loads((DATA / "laender.json").read_text(encoding="utf-8"))["paths"]
    last = ("04", "02", "11")
    order = sorted(LAENDER, key=lambda code: (code in last, code))
    return tuple(Outline(code, *LAENDER[code], paths[code]) for code in order)


def land_name(code: str | None) -> str:
    """Return the name of a Land, or an empty text for an unknown key."""
    return LAENDER[code][1] if code in LAENDER else ""


@dataclass
class Place:
    """A mark's place on the drawing; ``x, y`` may be moved a little off the exact ``lat, lon``."""

    x: float
    y: float


def spread(points: Sequence[tuple[float, float]], gap: float, rounds: int = 60) -> list[Place]:
    """Move marks apart that would cover one another, so that each can be hit and seen.

    ``gap`` is the least distance between two centres in drawing units. Marks move as little as
    needed and equally, so a cluster stays around its true place. The result does not depend on
    chance.
    """
    places = [Place(x, y) for x, y in points]
    for _ in range(rounds):
        if not any(_push(a, b, gap, i) for i, (a, b) in enumerate(_pairs(places))):
            break
    return places


def _pairs(places: Sequence[Place]) -> Iterable[tuple[Place, Place]]:
    return ((a, b) for i, a in enumerate(places) for b in places[i + 1 :])


def _push(a: Place, b: Place, gap: float, seed: int) -> bool:
    dx, dy = b.x - a.x, b.y - a.y
    if abs(dx) >= gap or abs(dy) >= gap:
        return False
    apart = math.hypot(dx, dy)
    if apart >= gap - 0.05:
        return False
    if apart < 0.01:  # Same place: a direction is chosen by position in the list.
        angle = seed * 2.4
        dx, dy, apart = math.cos(angle), math.sin(angle), 1.0
        step = gap / 2
    else:
        step = (gap - apart) / 2
    a.x -= dx / apart * step
    a.y -= dy / apart * step
    b.x += dx / apart * step
    b.y += dy / apart * step
    return True
