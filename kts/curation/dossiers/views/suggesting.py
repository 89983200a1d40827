"""What might belong in a dossier."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.errors import Invalid, NotFound
from kts.curation.dossiers import services
from kts.curation.dossiers.forms import SuggestionForm
from kts.curation.dossiers.models import DOCUMENT, THREAD
from kts.curation.dossiers.suggesting import suggestions
from kts.curation.dossiers.views import dossiers, find_to_edit, require_token
from kts.extensions import db


@dossiers.get("/<int:dossier_id>/vorschlaege")
@access.rule("policy")
def suggest(dossier_id: int) -> ResponseReturnValue:
    """Show documents, pages and threads that might belong in the dossier."""
    dossier = find_to_edit(dossier_id)
    found = suggestions(dossier, current_user)
    return render_template("dossiers/suggestions.html", dossier=dossier, suggestions=found)


@dossiers.post("/<int:dossier_id>/vorschlaege/<any(aufnehmen, verwerfen):deed>")
@access.rule("policy")
def settle_suggestion(dossier_id: int, deed: str) -> ResponseReturnValue:
    """Add what was suggested, or do not suggest it again."""
    dossier = find_to_edit(dossier_id)
    form = SuggestionForm()
    if not form.validate_on_submit() or form.kind.data not in (DOCUMENT, THREAD):
        raise NotFound
    if deed == "aufnehmen":
        try:
            services.add_address(current_user, dossier, form.address.data or "")
        except Invalid as error:
            flash(error.message, "error")
        else:
            flash(_("Added."), "success")
    else:
        services.dismiss(dossier, form.kind.data, form.object_id.data)
        undo = url_for(
            "dossiers.undismiss",
            dossier_id=dossier.id,
            kind=form.kind.data,
            object_id=form.object_id.data,
        )
        flash({"text": _("It will not be suggested again."), "undo": undo}, "undo")
    db.session.commit()
    return redirect(url_for("dossiers.suggest", dossier_id=dossier.id), 303)


@dossiers.post("/<int:dossier_id>/vorschlaege/<any(document, thread):kind>/<int:object_id>/wieder")
@access.rule("policy")
def undismiss(dossier_id: int, kind: str, object_id: int) -> ResponseReturnValue:
    """Let it be suggested again."""
    dossier = find_to_edit(dossier_id)
    require_token()
    services.undismiss(dossier, kind, object_id)
    db.session.commit()
    return redirect(url_for("dossiers.suggest", dossier_id=dossier.id), 303)
