"""The drawing of images for :mod:`kts.forum.pictures`, which loads it with the first image."""

import warnings
from io import BytesIO

from flask_babel import gettext as _
from PIL import Image, ImageCms, ImageOps

from kts.core.errors import Invalid
from kts.forum.pictures import JPEG, LONGEST_SIDE, MOST_PIXELS, PNG, QUALITY, WEBP, Picture


def redrawn(content: bytes) -> Picture:
    """Draw the image anew; raise Invalid with a sentence for one that cannot be taken."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # limited below
            return _redrawn(content)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise Invalid(
            _("The image is damaged or incomplete. Please save it again and choose the new file.")
        ) from error


def _redrawn(content: bytes) -> Picture:
    with Image.open(BytesIO(content), formats=("PNG", "JPEG", "WEBP", "GIF")) as image:
        _check(image)
        if image.format == "JPEG":  # decodes at a smaller size, which saves time and memory
            image.draft("RGB", (LONGEST_SIDE * 2, LONGEST_SIDE * 2))
        name = {"JPEG": JPEG, "WEBP": WEBP}.get(image.format or "", PNG)
        drawn = _plain(image, keeps_alpha=name != JPEG)
    drawn.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return Picture(_encoded(drawn, name), name, drawn.width, drawn.height)


def _check(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise Invalid(
            _(
                "The image has more than %(number)s million pixels. Please save it smaller.",
                number=MOST_PIXELS // 1_000_000,
            )
        )
    if getattr(image, "is_animated", False):
        raise Invalid(
            _(
                "Moving images are not taken, since they distract from reading. Please choose a "
                "still image."
            )
        )


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


def _encoded(image: Image.Image, name: str) -> bytes:
    target = BytesIO()
    if name == PNG:
        image.save(target, "PNG", optimize=True)
    elif name == WEBP:
        image.save(target, "WEBP", quality=QUALITY)
    else:
        image.save(target, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return target.getvalue()
