"""Draws PDF pages as pictures for the page view and the cover of the list.

The width (see :mod:`.shapes`) is that of the widest column the page is shown in; a poster is not
drawn larger than a page. The pictures are WebP, a third of the size of PNG at the same legibility.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pypdfium2 as pdfium

from .pdf import open_pdf
from .shapes import COVER_WIDTH, Rendered

# A roll of paper ten times as long as wide would fill the memory before the screen.
MAX_HEIGHT_RATIO = 3.0
QUALITY = 72
COVER_QUALITY = 50  # a cover is recognised, not read; a list shows many of them


def render(path: Path, numbers: Sequence[int], folder: Path, width: int) -> Iterator[Rendered]:
    """Write ``<number>.webp`` for each page into the folder; a damaged page is left out."""
    document = open_pdf(path)
    for number in numbers:
        if 1 <= number <= len(document) and (drawn := _draw(document, number, folder, width)):
            yield drawn


def _draw(document: pdfium.PdfDocument, number: int, folder: Path, width: int) -> Rendered | None:
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        return None
    try:
        page_width, page_height = page.get_size()
        if page_width < 1 or page_height < 1:
            return None
        scale = min(width / page_width, width * MAX_HEIGHT_RATIO / page_height)
        image = page.render(scale=scale).to_pil().convert("RGB")
    except pdfium.PdfiumError:
        return None
    finally:
        page.close()
    name = f"{number}.webp"
    if width <= COVER_WIDTH:
        image.save(folder / name, "WEBP", quality=COVER_QUALITY, method=6)
    else:
        image.save(folder / name, "WEBP", quality=QUALITY, method=2)
    return Rendered(number, name, image.width, image.height)
