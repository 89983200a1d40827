"""Who speaks in the name of a municipality; everything else is a personal opinion."""

from typing import Any

from flask_babel import gettext as _

from kts.core.errors import Denied
from kts.core.web import whole_number


def official_for(actor: Any, value: str | int | None) -> int | None:
    """Give the municipality in whose name the actor speaks; None for herself.

    ``value`` is what the form's select sent. Raises Denied where she is not its editor.
    """
    if value in (None, ""):
        return None
    try:
        municipality_id = whole_number(str(value))
    except ValueError:
        municipality_id = None
    if not actor.edits(municipality_id):
        raise Denied(_("Only editors of a municipality can speak in its name."))
    return municipality_id
