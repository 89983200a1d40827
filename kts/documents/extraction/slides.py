"""Reads PPTX: each slide is a chapter, with its title, its text, its tables and its notes.

A slide without text stays as an empty chapter, so that chapter 12 is slide 12. Of the notes only
what was typed is taken; programs and links to other files are not looked at.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from zipfile import BadZipFile

from lxml.etree import LxmlError
from pptx import Presentation
from pptx.exc import PythonPptxError
from pptx.slide import Slide

from .chapters import Chapter
from .cleaning import clean_label
from .marking import escape, heading_block, table_block
from .refusals import Reason, Refusal

# Groups in groups: drawing programs nest three or four deep.
MAX_DEPTH = 10
# Shapes of one slide; a map drawn of lines has thousands, and no text beyond this is readable.
MAX_SHAPES = 3_000


def read(path: Path) -> tuple[str, list[Chapter]]:
    """Give the title of the file's properties and its slides."""
    try:
        show = Presentation(str(path))
        title = clean_label(show.core_properties.title or "")
        slides = [_chapter(slide) for slide in show.slides]
    except (
        PythonPptxError,
        BadZipFile,
        LxmlError,
        KeyError,
        ValueError,
        AttributeError,
        TypeError,
        IndexError,
        NotImplementedError,
        OSError,
    ) as error:
        raise Refusal(Reason.BROKEN, "PPTX") from error
    return title, slides


def _chapter(slide: Slide) -> Chapter:
    title = slide.shapes.title
    heading = clean_label(title.text_frame.text) if title is not None else ""
    blocks = [heading_block(heading, 2)] if heading else []
    own_id = title.shape_id if title is not None else None
    for number, shape in enumerate(_flat(slide.shapes)):
        if number >= MAX_SHAPES:
            break
        if shape.shape_id != own_id:
            blocks.extend(_blocks(shape))
    blocks.extend(_notes(slide))
    return Chapter(heading, "\n\n".join(blocks))


def _flat(shapes: Iterable, depth: int = 0) -> Iterator:
    for shape in shapes:
        inner = getattr(shape, "shapes", None)
        if inner is None:
            yield shape
        elif depth < MAX_DEPTH:
            yield from _flat(inner, depth + 1)


def _blocks(shape) -> Iterator[str]:
    if getattr(shape, "has_table", False):
        rows = ([cell.text for cell in row.cells] for row in shape.table.rows)
        if table := table_block(rows):
            yield table
    elif getattr(shape, "has_text_frame", False):
        yield from _paragraphs(shape)


def _paragraphs(shape) -> Iterator[str]:
    """Give the text of a shape; more than one paragraph is a list, as slides are."""
    lines = [escape(paragraph.text.replace("\v", " ")) for paragraph in shape.text_frame.paragraphs]
    lines = [" ".join(line.split()) for line in lines if line]
    if len(lines) == 1:
        yield lines[0]
    elif lines:
        yield "\n".join(f"- {line}" for line in lines)


def _notes(slide: Slide) -> Iterator[str]:
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    for paragraph in frame.paragraphs if frame is not None else ():
        if text := escape(paragraph.text.replace("\v", " ")):
            yield f"> {' '.join(text.split())}"
