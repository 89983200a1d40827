"""Reads the manifest of ``kts import documents``: a CSV file that lists files and what they are.

Columns: ``file, title, municipality, year, language, licence, topics, source_url, group_with``;
further ones that are understood: ``id, kind, label, visibility, description, publisher``. Only
``file`` must be there.
Commas or semicolons part the columns, semicolons the topics. ``group_with`` names an earlier row,
by its ``id`` or its ``file``, of whose document this row is a newer version.

A row that can't be understood is refused with its line; the others are given.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from kts.documents.kinds import KINDS, all_kinds

COLUMNS = (
    "file",
    "title",
    "municipality",
    "year",
    "language",
    "licence",
    "topics",
    "source_url",
    "group_with",
    "id",
    "kind",
    "label",
    "visibility",
    "description",
    "publisher",
)
YEARS = range(1900, 2101)
LONGEST_TITLE = 300


class ManifestError(Exception):
    """The file is no manifest at all."""


@dataclass(frozen=True)
class Refused:
    """A line that was not taken, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Row:
    """One line; ``key`` is how other rows and later runs know it."""

    line: int
    key: str
    file: str
    path: Path
    title: str = ""
    municipality: str = ""
    year: int | None = None
    language: str = ""
    licence: str = ""
    topics: tuple[str, ...] = ()
    source_url: str = ""
    group_with: str = ""
    kind: str = ""
    label: str = ""
    visibility: str = ""
    description: str = ""
    publisher: str = ""


@dataclass
class Manifest:
    """The rows in order and the lines that were refused."""

    rows: list[Row] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def read(path: Path) -> Manifest:
    """Read the manifest; raises ManifestError where the columns are not recognised."""
    manifest = Manifest()
    seen: dict[str, int] = {}
    for line, values in _lines(_decoded(path)):
        try:
            row = _row(line, values, path.parent)
            if row.key in seen:
                raise ValueError(f"“{row.key}” stands in line {seen[row.key]} already")
        except ValueError as error:
            manifest.refused.append(Refused(line, str(error)))
            continue
        seen[row.key] = line
        if row.file != row.key:
            seen.setdefault(row.file, line)
        manifest.rows.append(row)
    return manifest


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")  # what older office programs write


def _lines(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    head = text.partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    names = {name: (name or "").strip().lower() for name in reader.fieldnames or ()}
    if "file" not in names.values():
        raise ManifestError(
            "The first line must name the columns, among them “file”: " + ",".join(COLUMNS[:9])
        )
    for values in reader:
        known = {
            names[name]: value.strip()
            for name, value in values.items()
            if name in names and isinstance(value, str)
        }
        if any(known.values()):
            yield reader.line_num, known


def _row(line: int, values: dict[str, str], folder: Path) -> Row:
    file = values.get("file", "")
    if not file:
        raise ValueError("the column “file” is empty")
    path = folder / file
    if not path.is_file():
        raise ValueError(f"there is no file {file}")
    kind = values.get("kind", "")
    if kind and kind not in KINDS and kind not in all_kinds():
        raise ValueError(f"kind “{kind}” is none of {', '.join(all_kinds())}")
    if len(values.get("title", "")) > LONGEST_TITLE:
        raise ValueError(f"the title is longer than {LONGEST_TITLE} characters")
    return Row(
        line=line,
        key=values.get("id") or file,
        file=file,
        path=path,
        year=_year(values.get("year", "")),
        topics=tuple(t.strip() for t in values.get("topics", "").split(";") if t.strip()),
        source_url=_address(values.get("source_url", "")),
        language=values.get("language", "").lower()[:5],
        kind=kind,
        visibility=_visibility(values.get("visibility", "")),
        **{
            name: values.get(name, "")
            for name in (
                *("title", "municipality", "licence", "group_with", "label"),
                *("description", "publisher"),
            )
        },
    )


def _year(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or int(text) not in YEARS:
        raise ValueError(f"“{text}” is not a year")
    return int(text)


def _address(text: str) -> str:
    if text and urlsplit(text).scheme not in ("http", "https"):
        raise ValueError(f"source_url “{text}” does not begin with https://")
    return text


def _visibility(text: str) -> str:
    if text not in ("", "public", "members"):
        raise ValueError(f"visibility “{text}” is neither public nor members")
    return text
