"""Draws sent images anew: upright, at a size that a page needs, without the camera's notes.

What comes out has been decoded and encoded here, so neither a place where a photo was taken nor a
page or program hidden behind an image survives. Dimensions are read before anything is unpacked.
"""

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from flask_babel import gettext as _

from kts.core.errors import Invalid

MOST_PIXELS = 40_000_000  # a good telephone's photo has 12 to 24 million; 160 MB when unpacked
LONGEST_SIDE = 1600  # pixels: twice the width of a text, sharp on fine screens
QUALITY = 85  # JPEG and WebP: no difference to be seen in a page
PNG, JPEG, WEBP, GIF = "png", "jpg", "webp", "gif"
MAGIC = {b"\x89PNG\r\n\x1a\n": PNG, b"\xff\xd8\xff": JPEG, b"GIF87a": GIF, b"GIF89a": GIF}
MIME = {PNG: "image/png", JPEG: "image/jpeg", WEBP: "image/webp"}

SECONDS = 60  # a person waits for it; a large photo takes one
_PROGRAM = Path(__file__).with_name("drawing.py")
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")  # no addresses, no secrets

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
    with _one_at_a_time:
        told, _, drawn = _drawn(content).partition(b"\n")
    answer = json.loads(told) if told else {"refused": "damaged"}
    if reason := answer.get("refused"):
        raise Invalid(_refusal(reason))
    return Picture(drawn, answer["format"], answer["width"], answer["height"])


def _drawn(content: bytes) -> bytes:
    """Let a process of its own draw: the memory for it is given back when it ends."""
    limits = [str(number) for number in (MOST_PIXELS, LONGEST_SIDE, QUALITY)]
    try:
        return subprocess.run(  # noqa: S603 - our own interpreter and program, no shell
            [sys.executable, "-I", str(_PROGRAM), *limits],
            input=content,
            capture_output=True,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            timeout=SECONDS,
            check=False,
        ).stdout
    except subprocess.TimeoutExpired:
        return b""


def _refusal(reason: str) -> str:
    if reason == "large":
        return _(
            "The image has more than %(number)s million pixels. Please save it smaller.",
            number=MOST_PIXELS // 1_000_000,
        )
    if reason == "moving":
        return _(
            "Moving images are not taken, since they distract from reading. Please choose a "
            "still image."
        )
    return _("The image is damaged or incomplete. Please save it again and choose the new file.")
