"""Draws sent images anew: upright, at a size that a page needs, without the camera's notes.

What comes out has been decoded and encoded here, so neither a place where a photo was taken nor a
page or program hidden behind an image survives. Dimensions are read before anything is unpacked.
"""

import threading
from dataclasses import dataclass

MOST_PIXELS = 40_000_000  # a good telephone's photo has 12 to 24 million; 160 MB when unpacked
LONGEST_SIDE = 1600  # pixels: twice the width of a text, sharp on fine screens
QUALITY = 85  # JPEG and WebP: no difference to be seen in a page
PNG, JPEG, WEBP, GIF = "png", "jpg", "webp", "gif"
MAGIC = {b"\x89PNG\r\n\x1a\n": PNG, b"\xff\xd8\xff": JPEG, b"GIF87a": GIF, b"GIF89a": GIF}
MIME = {PNG: "image/png", JPEG: "image/jpeg", WEBP: "image/webp"}

_one_at_a_time = threading.BoundedSemaphore(1)  # so that the memory of one image is the most


@dataclass(frozen=True)
class Picture:
    """An image as it is kept."""

    content: bytes
    format: str
    width: int
    height: int


def image_format(head: bytes) -> str | None:
    """Tell by the first bytes which kind of image it is; None for everything else."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    return next((name for magic, name in MAGIC.items() if head.startswith(magic)), None)


def redraw(content: bytes) -> Picture:
    """Draw the image anew; raise Invalid with a sentence for one that cannot be taken."""
    from kts.forum import drawing  # with Pillow, which pages have no use for

    with _one_at_a_time:
        return drawing.redrawn(content)
