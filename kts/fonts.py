"""Fonts cut to the letters that nearly every page needs, for the build of front-end files."""

import io
import logging
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

# What German and its neighbours write with, and the signs of their typography. A font of these is a
# tenth of the whole one; a page with other letters loads the whole one too.
LATIN = (
    *((0x0, 0x7E), (0xA0, 0x17F), (0x2BC, 0x2BC), (0x2C6, 0x2C6), (0x2DA, 0x2DA), (0x2DC, 0x2DC)),
    *((0x2010, 0x2015), (0x2018, 0x201E), (0x2020, 0x2022), (0x2026, 0x2026), (0x202F, 0x202F)),
    *((0x2030, 0x2030), (0x2032, 0x2033), (0x2039, 0x203A), (0x20AC, 0x20AC), (0x2122, 0x2122)),
    *((0x2190, 0x2193), (0x2212, 0x2212), (0x2215, 0x2215)),
)
FONT_FEATURES = ["liga", "ccmp", "locl", "mark", "mkmk", "tnum"]
KERNING = "kern"  # a sixth of such a font: too much for the few words of a page that are in italics

logging.getLogger("fontTools").setLevel(logging.ERROR)  # it remarks on the age of Fira's tables


def other_letters(source: Path) -> list[tuple[int, int]]:
    """Give the ranges of what the whole font has beyond LATIN, such as Greek and Cyrillic."""
    ranges: list[tuple[int, int]] = []
    for code in sorted(TTFont(source).getBestCmap()):
        if any(first <= code <= last for first, last in LATIN):
            continue
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    return ranges


def latin_only(source: Path) -> bytes:
    """Give the font with the letters of LATIN alone, as WOFF2."""
    features = [*FONT_FEATURES, *([] if "Italic" in source.stem else [KERNING])]
    options = subset.Options(flavor="woff2", layout_features=features, hinting=False)
    font = subset.load_font(source, options)
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=[code for first, last in LATIN for code in range(first, last + 1)])
    chosen.subset(font)
    made = io.BytesIO()
    subset.save_font(font, made, options)
    return made.getvalue()
