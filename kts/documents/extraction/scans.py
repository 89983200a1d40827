"""Reads scanned pages: draws each as Tesseract likes it, keeps the words that it is sure of."""

import io
import os
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import pypdfium2 as pdfium

from . import tesseract
from .cleaning import clean_characters, join_hyphenation, tidy
from .pdf import open_pdf
from .places import WHOLE, Token, WordBox, pack, whole_words
from .refusals import Reason, Refusal
from .shapes import Recognised, as_text
from .tesseract import Seen

# What Tesseract's models were trained on; letters of ten points are thirty pixels tall.
DOTS_PER_INCH = 300
_POINTS_PER_INCH = 72
# A3 at that density; larger sheets are drawn coarser, they have larger letters.
MAX_PIXELS = 17_500_000
# A word below this is a speck, a line, or a row of dots that was taken for letters. Measured on a
# scanned table of contents: of the words kept 89 of 100 were right, 52 without a threshold, for a
# loss of 5 of 100 right ones; on pages of plain text it changes nothing.
SURE_WORD = 50
SURE_MARK = 75  # for what has neither letter nor number: "|", "—", "~" at the edge of a picture
SURE_PAGE = 50
# Fewer letters than this are no text: dust, a stamp, the edge of a table.
LETTERS_OF_A_PAGE = 12
# So that what people wait for goes first; setpriority(2).
NICE = 10


def recognise(path: Path, numbers: Sequence[int]) -> Iterator[Recognised]:
    """Read these pages; one that can't be drawn or read is given with an empty text."""
    known = tesseract.languages()
    if not known:
        raise Refusal(Reason.NO_RECOGNITION)
    os.nice(NICE)
    document = open_pdf(path)
    for number in numbers:
        if 1 <= number <= len(document):
            yield _recognised(document, number, known)


def _recognised(document: pdfium.PdfDocument, number: int, known: tuple[str, ...]) -> Recognised:
    drawn = _draw(document, number)
    if drawn is None:
        return Recognised(number, "", 0)
    picture, width, height, density = drawn
    seen = tesseract.recognise(picture, density, known)
    confidence = _confidence(seen)
    kept = [word for word in seen if _is_sure(word)]
    letters = sum(sum(map(str.isalnum, word.text)) for word in kept)
    if confidence < SURE_PAGE or letters < LETTERS_OF_A_PAGE:
        return Recognised(number, "", confidence)
    return Recognised(number, _text(kept), confidence, as_text(pack(_words(kept, width, height))))


def _draw(document: pdfium.PdfDocument, number: int) -> tuple[bytes, int, int, int] | None:
    """Give the page as a grey picture, its size and its density."""
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        return None
    try:
        width, height = page.get_size()
        if width < 1 or height < 1:
            return None
        scale = min(DOTS_PER_INCH / _POINTS_PER_INCH, (MAX_PIXELS / (width * height)) ** 0.5)
        image = page.render(scale=scale, grayscale=True).to_pil().convert("L")
    except (pdfium.PdfiumError, ValueError):
        return None
    finally:
        page.close()
    picture = io.BytesIO()
    image.save(picture, "PPM")  # nothing is packed and unpacked again
    return picture.getvalue(), image.width, image.height, max(70, round(scale * _POINTS_PER_INCH))


def _confidence(seen: Sequence[Seen]) -> int:
    """Give the mean over all letters, of the words thrown away too: they tell about the rest."""
    letters = sum(len(word.text) for word in seen)
    total = sum(max(0.0, word.confidence) * len(word.text) for word in seen)
    return min(100, round(total / letters)) if letters else 0


def _is_sure(word: Seen) -> bool:
    needed = SURE_WORD if any(map(str.isalnum, word.text)) else SURE_MARK
    return word.confidence >= needed


def _text(words: Sequence[Seen]) -> str:
    """Give one line for each paragraph, so that a phrase is never broken by a line end."""
    paragraphs = []
    for _, block in groupby(words, key=lambda word: word.block):
        lines = (
            " ".join(word.text for word in line)
            for _, line in groupby(block, key=lambda word: word.line)
        )
        text = tidy(join_hyphenation(clean_characters("\n".join(lines))))
        paragraphs.append(text.replace("\n", " "))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _words(words: Sequence[Seen], width: int, height: int) -> list[WordBox]:
    tokens = []
    for position, word in enumerate(words):
        after = words[position + 1] if position + 1 < len(words) else None
        broken = after is not None and after.block == word.block and after.line != word.line
        place = (
            word.left * WHOLE // width,
            word.top * WHOLE // height,
            word.width * WHOLE // width,
            word.height * WHOLE // height,
        )
        tokens.append(Token(word.text, *place, broken=broken))
    return whole_words(tokens)
