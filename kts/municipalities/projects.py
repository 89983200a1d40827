"""Reads the list of model projects (CSV) and says which line it cannot take, and why.

Columns: ``cohort,type,project,land,lead_key,member_keys,note``; optional ``phase`` (A, B) and
``status`` (running, ended), which the published list does not have. Keys are AGS (8 digits) or
district keys (5), several separated by spaces.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kts.municipalities.models import PHASES, PROJECT_TYPES, STATUSES
from kts.municipalities.register import Refusal, land_code, valid_key

COLUMNS = ("cohort", "type", "project", "land", "lead_key", "member_keys", "note")


class ProjectsError(Exception):
    """The file as a whole cannot be taken; the sentence says why."""


@dataclass(frozen=True)
class ProjectRow:
    """One project as the list has it; ``None`` where the list has no such column."""

    line: int
    cohort: int
    type: str
    title: str
    land: str
    lead_key: str
    member_keys: tuple[str, ...]
    note: str
    phase: str | None = None
    status: str | None = None


@dataclass
class ProjectList:
    """The sound rows of a file and the refused lines."""

    rows: list[ProjectRow] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


def read(path: Path) -> ProjectList:
    """Read the list; raises ProjectsError when it is not one."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ProjectsError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ProjectsError(
            f"{path.name}, line {line}: not UTF-8. Save the table as UTF-8. Nothing was imported."
        ) from None
    reader = csv.DictReader(text.splitlines())
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise ProjectsError(
            f"{path.name} is not a list of model projects: line 1 has no column "
            f"{', '.join(missing)}. Nothing was imported."
        )
    found = ProjectList()
    for row in reader:
        problems = list(_problems(row))
        if problems:
            found.refusals.append(Refusal(reader.line_num, "; ".join(problems)))
        else:
            found.rows.append(_row(reader.line_num, row))
    return found


def _problems(row: dict[str, str | None]) -> Iterator[str]:
    if None in row or None in row.values():
        yield f"not {len(COLUMNS)} columns as in line 1"
        return
    if not (row["cohort"] or "").isdigit():
        yield f"cohort {row['cohort']!r} is not a year"
    if row["type"] not in PROJECT_TYPES:
        yield f"unknown type {row['type']!r} (known: {', '.join(PROJECT_TYPES)})"
    if not (row["project"] or "").strip():
        yield "no project name"
    if not land_code(row["land"] or ""):
        yield f"unknown Land {row['land']!r}"
    for key in f"{row['lead_key']} {row['member_keys']}".split():
        if not valid_key(key):
            yield f"key {key!r} is neither an AGS (8 digits) nor a district key (5)"
    if row.get("phase", "") not in PHASES:
        yield f"unknown phase {row['phase']!r} (known: A, B)"
    if row.get("status", "") not in STATUSES:
        yield f"unknown status {row['status']!r} (known: running, ended)"


def _row(line: int, row: dict[str, str]) -> ProjectRow:
    lead = row["lead_key"].strip()
    members = tuple(dict.fromkeys(([lead] if lead else []) + row["member_keys"].split()))
    return ProjectRow(
        line=line,
        cohort=int(row["cohort"]),
        type=row["type"],
        title=row["project"].strip(),
        land=land_code(row["land"]),
        lead_key=lead,
        member_keys=members,
        note=row["note"].strip(),
        phase=row.get("phase"),
        status=row.get("status"),
    )
