"""The pages on which knowledge is made of threads: beginning, writing, deciding, answering."""

from flask import Blueprint, request
from flask_babel import gettext as _
from flask_login import current_user

from kts.core.access import require
from kts.core.errors import NotFound
from kts.core.forms import ActionForm
from kts.curation.distilling import queries
from kts.curation.distilling.models import Distillate
from kts.curation.distilling.policies import can_edit_distillate

distilling = Blueprint("distilling", __name__)
contributing = Blueprint("contributing", __name__, url_prefix="/mitwirkung")


def find_to_edit(distillate_id: int) -> Distillate:
    """Give a draft that the person may work on; raise NotFound or Denied."""
    found = queries.get_distillate(current_user, distillate_id, lock=request.method == "POST")
    require(can_edit_distillate(current_user, found), _("Only moderators work on this draft."))
    return found


def require_token() -> None:
    """Refuse a button that was pressed without its token."""
    if not ActionForm().validate_on_submit():
        raise NotFound


from kts.curation.distilling.views import (  # noqa: E402 - they add to the blueprints
    answering,
    deciding,
    editing,
    starting,
    suggesting,
)

BLUEPRINTS = (distilling, contributing)

__all__ = [
    "BLUEPRINTS",
    "answering",
    "contributing",
    "deciding",
    "distilling",
    "editing",
    "find_to_edit",
    "require_token",
    "starting",
    "suggesting",
]
