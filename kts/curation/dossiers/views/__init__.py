"""The pages of dossiers: reading, editing, and what moderators decide."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kts.core.access import require
from kts.core.errors import NotFound
from kts.core.forms import ActionForm
from kts.curation.dossiers import queries
from kts.curation.dossiers.models import Dossier
from kts.curation.dossiers.policies import can_edit_dossier

dossiers = Blueprint("dossiers", __name__, url_prefix="/dossiers")


def find_to_edit(dossier_id: int) -> Dossier:
    """Give a dossier that the person may work on; raise NotFound or Denied."""
    dossier = queries.get_dossier(dossier_id, current_user, lock=request.method == "POST")
    require(
        can_edit_dossier(current_user, dossier),
        _("Only moderators and the editors of this dossier can change it."),
    )
    return dossier


def require_token() -> None:
    """Refuse a button that was pressed without its token."""
    if not ActionForm().validate_on_submit():
        raise NotFound


def editor_url(dossier: Dossier, anchor: str | None = None, **values: object) -> str:
    """Give the address of the page on which the draft is changed."""
    return url_for("dossiers.edit", dossier_id=dossier.id, _anchor=anchor, **values)


def wants_json() -> bool:
    """Say whether a script asks, which goes on without loading the page anew."""
    return request.accept_mimetypes.best == "application/json"


from kts.curation.dossiers.views import (  # noqa: E402 - they add to the blueprint
    deciding,
    editing,
    exporting,
    parts,
    reading,
    suggesting,
)

__all__ = [
    "deciding",
    "dossiers",
    "editing",
    "editor_url",
    "exporting",
    "find_to_edit",
    "parts",
    "reading",
    "require_token",
    "suggesting",
    "wants_json",
]
