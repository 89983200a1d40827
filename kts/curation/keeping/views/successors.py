"""Naming what replaces a piece of content: found by its address or its title."""

import re

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import shelf_life, succession
from kts.core.access import rule
from kts.core.errors import Conflict, Invalid
from kts.core.shelf_life import KINDS, Thing
from kts.core.web import whole_number
from kts.curation.keeping import services
from kts.curation.keeping.forms import SuccessorForm
from kts.curation.keeping.views.keeping import done, find, keeping
from kts.extensions import db

MOST_FOUND = 10  # of each kind; who sees more types more of the title
ADDRESS = re.compile(r"/(\w+)/(\d+)")


@keeping.get("/<int:row_id>/nachfolge")
@rule("policy")
def choose_successor(row_id: int) -> ResponseReturnValue:
    """Look for what replaces it, and show it before it is named."""
    kept = find(row_id)
    text = request.args.get("q", "").strip()[:500]
    named = succession.find((kept.row.kind, kept.row.subject_id))
    successor, _predecessors = succession.around(current_user, kept.row.kind, kept.row.subject_id)
    return render_template(
        "keeping/successor.html",
        row=kept.row,
        thing=kept.thing,
        q=text,
        found=[thing for thing in look_for(text) if thing != kept.thing],
        successor=successor,
        has_successor=named is not None,
        form=SuccessorForm(formdata=None, seen=named.id if named else None),
        labels={key: kind.label for key, kind in KINDS.items()},
    )


def look_for(text: str) -> list[Thing]:
    """Give what has this address or such a title, as far as the viewer may see it."""
    if not text:
        return []
    if address := ADDRESS.search(text):
        section, number = address[1], whole_number(address[2])
        kinds = [kind for kind in KINDS.values() if kind.section == section]
        return [thing for kind in kinds for thing in kind.load(current_user, [number]).values()]
    return [thing for kind in KINDS.values() for thing in kind.find(current_user, text, MOST_FOUND)]


@keeping.post("/<int:row_id>/nachfolge")
@rule("policy")
def name_successor(row_id: int) -> ResponseReturnValue:
    """Name the successor, or none any more."""
    kept = find(row_id)
    form = SuccessorForm()
    address = url_for("keeping.choose_successor", row_id=row_id)
    newer = _chosen(form.newer.data or "")
    if not form.validate_on_submit() or (form.newer.data and newer is None):
        flash(_("Please choose what replaces it from the list. Nothing was changed."), "warning")
        return redirect(address, 303)
    actor = current_user._get_current_object()
    if newer is None:
        told = _("It has no successor any more.")
    else:
        told = _("“%(title)s” is named as the successor.", title=newer.title)
    try:
        return done(kept, lambda: services.name_successor(actor, kept, newer, form.seen.data), told)
    except (Invalid, Conflict) as error:
        db.session.rollback()
        flash(error.message, "warning")
        return redirect(address, 303)


def _chosen(name: str) -> Thing | None:
    kind, _sign, number = name.partition(":")
    if kind not in KINDS or not number.isdigit():
        return None
    end = (kind, whole_number(number))
    return shelf_life.load_all(current_user, [end]).get(end)
