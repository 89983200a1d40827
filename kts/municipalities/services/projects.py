"""Model projects: the imported list, and what the KTS records about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import selectinload

from kts.core import audit
from kts.core.text import slugify
from kts.extensions import db
from kts.municipalities.members import coordinates_of_members, entries_of_members
from kts.municipalities.models import ModelProject, Municipality
from kts.municipalities.projects import ProjectRow
from kts.municipalities.register import Refusal
from kts.municipalities.search import note_changes
from kts.municipalities.services.register import write_entries


@dataclass
class ProjectCounts:
    """How an import ended."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refusals: list[Refusal] = field(default_factory=list)


def import_projects(
    rows: Iterable[ProjectRow], progress: Callable[[int], None] = lambda rows: None
) -> ProjectCounts:
    """Write the projects; a row with a key that nobody knows is refused by its line.

    Members that are not there yet come from the table that the platform brings along. Phase and
    status are kept unless the list has columns for them.
    """
    rows = list(rows)
    _add_known_members(rows)
    members = _municipalities(rows)
    projects = {
        (project.cohort, project.title): project
        for project in db.session.scalars(
            db.select(ModelProject).options(selectinload(ModelProject.members))
        )
    }
    slugs = {project.slug for project in projects.values()}
    counts = ProjectCounts()
    touched: set[int] = set()
    for row in rows:
        progress(1)
        missing = [key for key in row.member_keys if key not in members]
        if missing:
            reason = f"key {', '.join(missing)} is not in the register (kts import gv100ad)"
            counts.refusals.append(Refusal(row.line, reason))
            continue
        project = projects.get((row.cohort, row.title))
        values = _values(row, members)
        if project is None:
            project = ModelProject(slug=_slug(row, slugs), **values)
            projects[row.cohort, row.title] = project
            db.session.add(project)
            counts.new += 1
        elif any(getattr(project, name) != value for name, value in values.items()):
            touched |= {member.id for member in project.members}
            for name, value in values.items():
                setattr(project, name, value)
            counts.changed += 1
        else:
            counts.unchanged += 1
            continue
        touched |= {member.id for member in values["members"]}
    db.session.flush()
    note_changes(sorted(touched))
    return counts


def _add_known_members(rows: list[ProjectRow]) -> None:
    known = entries_of_members()
    there = set(db.session.scalars(db.select(Municipality.ags)))
    wanted = {key for row in rows for key in row.member_keys}
    write_entries(
        [known[key] for key in sorted(wanted - there) if key in known], coordinates_of_members()
    )


def _municipalities(rows: list[ProjectRow]) -> dict[str, Municipality]:
    keys = {key for row in rows for key in row.member_keys}
    found = db.session.scalars(db.select(Municipality).where(Municipality.ags.in_(keys)))
    return {municipality.ags or "": municipality for municipality in found}


def _values(row: ProjectRow, members: dict[str, Municipality]) -> dict[str, Any]:
    lead = members.get(row.lead_key)
    lat, lon = (None, None) if lead else coordinates_of_members().get(row.title, (None, None))
    values: dict[str, Any] = {
        "cohort": row.cohort,
        "type": row.type,
        "title": row.title,
        "land": row.land,
        "lead": lead,
        "members": sorted((members[key] for key in row.member_keys), key=lambda m: m.name),
        "note": row.note,
        "lat": lat,
        "lon": lon,
    }
    values |= {
        name: value
        for name, value in (("phase", row.phase), ("status", row.status))
        if value is not None
    }
    return values


def _slug(row: ProjectRow, used: set[str]) -> str:
    slug = slugify(row.title)
    if slug in used:
        slug = f"{slug}-{row.cohort}"
    used.add(slug)
    return slug


def update_project(
    actor: Any,
    project: ModelProject,
    *,
    phase: str,
    status: str,
    website: str,
    note: str | None = None,
) -> bool:
    """Record where a project stands, and its remark where one is given; says whether it changed."""
    values = {"phase": phase, "status": status, "website": website.strip()}
    if note is not None:
        values["note"] = note
    changes = {
        name: [getattr(project, name), value]
        for name, value in values.items()
        if getattr(project, name) != value
    }
    for name, (_old, value) in changes.items():
        setattr(project, name, value)
    if changes:
        project.version += 1
        audit.record(actor, "model_project.update", project, changes=changes)
        note_changes([member.id for member in project.members])
    return bool(changes)
