"""What became of a model project after its funding: said by its municipalities or the KTS."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from flask_babel import format_datetime
from flask_babel import gettext as _

from kts.core import audit
from kts.core.audit import AuditEntry
from kts.core.errors import Conflict
from kts.extensions import db
from kts.municipalities.models import ModelProject
from kts.municipalities.operating import look_again
from kts.municipalities.search import note_changes

FIELDS = ("operating", "operating_on", "operating_note", "operating_office")


@dataclass(frozen=True)
class Told:
    """What is said of a project's operation."""

    operating: str
    operating_on: date | None
    operating_note: str
    operating_office: str


def tell_operating(
    actor: Any, project: ModelProject, told: Told, *, version: int
) -> AuditEntry | None:
    """Say what became of the project; give the entry, None where nothing changed.

    Raises Conflict with the name of who was first.
    """
    db.session.refresh(project, with_for_update={"of": ModelProject})
    if project.version != version:
        raise Conflict(_who_was_first(project))
    before = {name: getattr(project, name) for name in FIELDS}
    if before == asdict(told):
        return None
    for name, value in asdict(told).items():
        setattr(project, name, value)
    project.version += 1
    changes: dict[str, Any] = {
        name: [_written(before[name]), _written(value)]
        for name, value in asdict(told).items()
        if before[name] != value
    }
    changes["version"] = [version, project.version]
    changes["before"] = {name: _written(value) for name, value in before.items()}
    entry = audit.record(actor, "model_project.operating", project, changes=changes)
    note_changes([member.id for member in project.members])
    look_again(actor, project)
    return entry


def undo_operating(actor: Any, project: ModelProject, entry: AuditEntry) -> None:
    """Take an own deed back; raise Conflict where the project was changed since."""
    before = entry.changes.get("before", {})
    own = entry.actor_id == actor.id and entry.object_id == project.id
    told_so = entry.action == "model_project.operating"
    if not own or not told_so or entry.changes["version"][1] != project.version:
        raise Conflict(_("This can no longer be undone: somebody has changed it since."))
    day = before["operating_on"]
    told = Told(**{**before, "operating_on": date.fromisoformat(day) if day else None})
    tell_operating(actor, project, told, version=project.version)


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _who_was_first(project: ModelProject) -> str:
    entries = audit.history(ModelProject.__tablename__, project.id)[:1]
    if not entries:
        return _("The project was changed meanwhile. What you typed is kept below.")
    name, moment = entries[0].actor_name, format_datetime(entries[0].at, "medium")
    return _(
        "%(name)s was first (%(moment)s). What you typed is kept below; saving again replaces it.",
        name=name or _("The site"),
        moment=moment,
    )
