"""The drawing of images for :mod:`kts.forum.pictures`: a program of its own, for one image.

Unpacked, an image takes a hundred times its bytes, and what reads it has had holes. So it is read
in a process that ends with it, holds nothing worth stealing and has limits. It imports nothing of
the application. Called with ``MOST_PIXELS LONGEST_SIDE QUALITY``, it reads the image from its
standard input and writes a line of JSON and the new image; the line of a refusal names its reason.
"""

import json
import resource
import sys
import warnings
from io import BytesIO

from PIL import Image, ImageCms, ImageOps

MEMORY_BYTES = 1024 * 1024 * 1024  # 40 million pixels with transparency, drawn twice
CPU_SECONDS = 30
NAMES = {"JPEG": "jpg", "WEBP": "webp"}  # of what is kept; all others become PNG


class RefusedError(Exception):
    """An image that is not taken; the message is one of the reasons that the parent knows."""


def main(arguments: list[str]) -> int:
    """Draw one image."""
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        _soft, hard = resource.getrlimit(limit)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (most, most))
    most_pixels, longest_side, quality = (int(argument) for argument in arguments)
    image, told = b"", {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # limited below
            image, told = redrawn(sys.stdin.buffer.read(), most_pixels, longest_side, quality)
    except RefusedError as refused:
        told = {"refused": str(refused)}
    except Image.DecompressionBombError:
        told = {"refused": "large"}
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError):
        told = {"refused": "damaged"}
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + image)
    return 0


def redrawn(
    content: bytes, most_pixels: int, longest_side: int, quality: int
) -> tuple[bytes, dict[str, object]]:
    """Draw the image anew, and tell its kind and size; raises RefusedError and Pillow's errors."""
    with Image.open(BytesIO(content), formats=("PNG", "JPEG", "WEBP", "GIF")) as image:
        if image.width * image.height > most_pixels:
            raise RefusedError("large")
        if getattr(image, "is_animated", False):
            raise RefusedError("moving")
        if image.format == "JPEG":  # decodes at a smaller size, which saves time and memory
            image.draft("RGB", (longest_side * 2, longest_side * 2))
        name = NAMES.get(image.format or "", "png")
        drawn = _plain(image, keeps_alpha=name != "jpg")
    drawn.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
    told = {"format": name, "width": drawn.width, "height": drawn.height}
    return _encoded(drawn, name, quality), told


def _plain(image: Image.Image, *, keeps_alpha: bool) -> Image.Image:
    """Give the pixels upright in the web's colours, and nothing besides them."""
    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    has_alpha = keeps_alpha and upright.has_transparency_data
    upright = upright.convert("RGBA" if has_alpha else "RGB")
    if profile:
        upright = _in_web_colours(upright, profile)
    upright.info.clear()
    return upright


def _in_web_colours(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError):  # a profile that fits another kind of image
        return image
    return converted or image


def _encoded(image: Image.Image, name: str, quality: int) -> bytes:
    target = BytesIO()
    if name == "png":
        image.save(target, "PNG", optimize=True)
    elif name == "webp":
        image.save(target, "WEBP", quality=quality)
    else:
        image.save(target, "JPEG", quality=quality, optimize=True, progressive=True)
    return target.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
