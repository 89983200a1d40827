"""The map: places land where the outlines say they should."""

import re

import pytest

from kts.municipalities import geography
from kts.municipalities.members import coordinates_of_members, entries_of_members

# Towns near a border, with their Land: a wrong projection puts them outside.
TOWNS = {
    "Flensburg": (54.7833, 9.4333, "01"),
    "Sassnitz": (54.5167, 13.6333, "13"),
    "Aachen": (50.7753, 6.0839, "05"),
    "Görlitz": (51.1526, 14.9782, "14"),
    "Garmisch-Partenkirchen": (47.4921, 11.0955, "09"),
    "Saarbrücken": (49.2402, 6.9969, "10"),
    "Berlin": (52.52, 13.405, "11"),
    "Bremerhaven": (53.55, 8.585, "04"),
    "Freiburg": (47.9959, 7.8522, "08"),
}


def rings(path):
    """Give the closed rings of relative path data as lists of points."""
    for part in re.findall(r"M([^Mz]+)z", path):
        start, _, steps = part.partition("l")
        numbers = [float(n) for n in re.findall(r"-?\d*\.?\d+", start)]
        x, y = numbers
        points = [(x, y)]
        values = [float(n) for n in re.findall(r"-?\d*\.?\d+", steps)]
        for dx, dy in zip(values[::2], values[1::2], strict=True):
            x, y = x + dx, y + dy
            points.append((x, y))
        yield points


def inside(x, y, path):
    """Say whether a point lies in the path (even-odd rule)."""
    crossings = 0
    for points in rings(path):
        for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                crossings += 1
    return crossings % 2 == 1


def near(x, y, path, reach=2.5):
    """Allow for thinned outlines: some point close by lies inside."""
    steps = (-reach, 0, reach)
    return any(inside(x + dx, y + dy, path) for dx in steps for dy in steps)


@pytest.mark.parametrize("name", TOWNS)
def test_a_town_lies_in_the_outline_of_its_land(name):
    lat, lon, land = TOWNS[name]
    x, y = geography.project(lat, lon)
    outline = next(o for o in geography.outlines() if o.code == land)
    assert near(x, y, outline.path)


def test_all_members_of_model_projects_lie_in_their_land():
    outlines = {outline.code: outline.path for outline in geography.outlines()}
    coordinates = coordinates_of_members()
    astray = [
        entry.name
        for key, entry in entries_of_members().items()
        if not near(*geography.project(*coordinates[key]), outlines[entry.land], 4)
    ]
    assert astray == []


def test_there_are_16_outlines_inside_the_drawing():
    outlines = geography.outlines()
    assert len(outlines) == 16
    for outline in outlines:
        for points in rings(outline.path):
            assert all(0 <= x <= geography.WIDTH and 0 <= y <= geography.HEIGHT for x, y in points)


def test_marks_that_would_overlap_are_moved_apart():
    places = geography.spread([(100, 100), (100, 100), (104, 100), (300, 300)], 17)
    pairs = [(a, b) for i, a in enumerate(places) for b in places[i + 1 :]]
    assert all((a.x - b.x) ** 2 + (a.y - b.y) ** 2 > 16.5**2 for a, b in pairs)
    assert (places[3].x, places[3].y) == (300, 300)


def test_distance_between_two_cities_is_right():
    assert geography.distance_km(52.52, 13.405, 48.137, 11.575) == pytest.approx(504, abs=5)
