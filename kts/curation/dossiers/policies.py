"""Who may work on a dossier: moderators on all, others on those they were named for."""

from sqlalchemy import bindparam

from kts.core.access import Viewer
from kts.core.prepared import Prepared
from kts.curation.dossiers.models import Dossier, DossierEditor
from kts.extensions import db

_NAMED = Prepared(
    lambda: db.select(DossierEditor.dossier_id).where(DossierEditor.user_id == bindparam("person"))
)


def edited_ids(viewer: Viewer) -> set[int]:
    """Give the numbers of the dossiers that the person was named for."""
    if not viewer.is_authenticated or not viewer.id:
        return set()
    return {row[0] for row in _NAMED(person=viewer.id)}


def can_create_dossier(viewer: Viewer) -> bool:
    """Let moderators begin one: a dossier speaks for the KTS."""
    return viewer.is_moderator


def can_edit_dossier(viewer: Viewer, dossier: Dossier) -> bool:
    """Let moderators and the dossier's own editors work on the draft."""
    return viewer.is_moderator or dossier.id in edited_ids(viewer)


def can_publish_dossier(viewer: Viewer, dossier: Dossier) -> bool:
    """Let moderators publish, withdraw, retire, delete and name editors."""
    return viewer.is_moderator
