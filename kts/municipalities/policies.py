"""Who may change what about municipalities. Reading is open to everybody."""

from kts.core.access import Viewer
from kts.municipalities.models import ModelProject, Municipality


def can_edit_municipality(viewer: Viewer, municipality: Municipality) -> bool:
    """Let its editors and moderators edit the profile and see its history."""
    return viewer.is_moderator or viewer.edits(municipality.id)


def can_manage_municipality(viewer: Viewer, municipality: Municipality) -> bool:
    """Let its editors and moderators decide on members."""
    return viewer.is_moderator or viewer.edits(municipality.id)


def can_edit_model_project(viewer: Viewer, project: ModelProject) -> bool:
    """Let moderators record where a project stands; it is the KTS that knows."""
    return viewer.is_moderator


def can_tell_model_project(viewer: Viewer, project: ModelProject) -> bool:
    """Let editors of its municipalities and moderators say what became of it."""
    places = {project.lead_id, *(member.id for member in project.members)}
    return viewer.is_moderator or any(viewer.edits(number) for number in places)
