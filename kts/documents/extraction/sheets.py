"""Reads XLSX: each sheet is a chapter with its table; long ones become several.

Values are read as they were last calculated; formulas and programs are not looked at. The file is
read row by row and no further than the limits, however large a sheet says that it is.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from lxml.etree import LxmlError
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from .chapters import MAX_CHAPTER, Chapter
from .cleaning import clean_label
from .marking import MAX_COLUMNS, MAX_TABLE_ROWS, heading_block, table_block
from .refusals import Reason, Refusal

# A workbook with more sheets is a database; what is beyond is left out.
MAX_SHEETS = 100
# Rows that are looked at to find those that hold something: sheets have thousands of empty ones.
MAX_ROWS_SEEN = 50_000
# A text in a cell; longer ones are whole documents.
MAX_CELL = 2_000
# The rows of one chapter: a table of this length is still read, not only searched.
ROWS_OF_A_CHAPTER = 100


def read(path: Path) -> tuple[str, list[Chapter]]:
    """Give the title of the file's properties and its sheets."""
    try:
        with path.open("rb") as file:  # by its name the file would be refused: it has none
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            title = clean_label(book.properties.title or "")
            shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            chapters = [part for sheet in shown[:MAX_SHEETS] for part in _chapters(sheet)]
    except (
        InvalidFileException,
        BadZipFile,
        LxmlError,
        SyntaxError,  # what the parser of the standard library raises
        KeyError,
        ValueError,
        AttributeError,
        TypeError,
        IndexError,
        NotImplementedError,
        OSError,
    ) as error:
        raise Refusal(Reason.BROKEN, "XLSX") from error
    return title, chapters


def _chapters(sheet) -> Iterator[Chapter]:
    heading = clean_label(sheet.title)
    rows = _without_empty_columns(list(_rows(sheet)))
    head, *body = rows or [[]]
    for part in _parts(head, body):
        table = table_block([head, *part])
        yield Chapter(heading, f"{heading_block(heading, 2)}\n\n{table}".strip())


def _parts(head: Sequence[str], body: list[list[str]]) -> Iterator[list[list[str]]]:
    """Cut the rows below the head so that each chapter can be read; the head is repeated."""
    part: list[list[str]] = []
    size = 0
    for row in body:
        length = sum(map(len, row))
        if part and (size + length > MAX_CHAPTER or len(part) >= ROWS_OF_A_CHAPTER):
            yield part
            part, size = [], 0
        part.append(row)
        size += length
    if part or any(head):
        yield part


def _rows(sheet) -> Iterator[list[str]]:
    """Give the rows that hold something, as text."""
    sheet.reset_dimensions()  # what the file says about its size is not believed
    found = 0
    seen = sheet.iter_rows(max_row=MAX_ROWS_SEEN, max_col=MAX_COLUMNS)
    for cells in seen:
        row = [_shown(cell.value, cell.number_format if cell.value else "") for cell in cells]
        if any(row):
            yield row
            found += 1
        if found >= MAX_TABLE_ROWS:
            return


def _without_empty_columns(rows: list[list[str]]) -> list[list[str]]:
    width = max(map(len, rows), default=0)
    used = [n for n in range(width) if any(len(row) > n and row[n] for row in rows)]
    return [[row[n] if n < len(row) else "" for n in used] for row in rows]


def _shown(value: Any, number_format: str = "") -> str:
    """Give the value as a German spreadsheet shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, int | float):
        return _number(value, number_format)
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.strftime("%d.%m.%Y" if midnight else "%d.%m.%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d.%m.%Y")
    if isinstance(value, time | timedelta):
        return str(value)
    return clean_label(str(value), MAX_CELL)


def _number(value: float, number_format: str) -> str:
    percent = "%" in number_format
    shown = f"{value * 100 if percent else value:.10g}"
    return shown.replace(".", ",") + (" %" if percent else "")
