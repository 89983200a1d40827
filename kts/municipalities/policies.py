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
