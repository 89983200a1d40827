"""Saying what became of a model project after its funding."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.access import require
from kts.core.audit import AuditEntry
from kts.core.errors import Conflict, NotFound
from kts.core.forms import ActionForm
from kts.extensions import db
from kts.municipalities import policies, queries
from kts.municipalities.forms import OperatingForm
from kts.municipalities.models import ModelProject
from kts.municipalities.services.operating import Told, tell_operating, undo_operating
from kts.municipalities.views.projects import projects


def _find(slug: str) -> ModelProject:
    project = queries.get_project(slug)
    require(
        policies.can_tell_model_project(current_user, project),
        _("Only editors of its municipalities and KTS moderators can say what became of it."),
    )
    return project


@projects.route("/betrieb", methods=["GET", "POST"])
@access.rule("policy")
def operating(slug: str) -> ResponseReturnValue:
    """Say what became of the project."""
    project = _find(slug)
    form = OperatingForm(obj=project)
    if not form.validate_on_submit():
        return _page(project, form, 422 if request.method == "POST" else 200)
    told = Told(
        operating=form.operating.data,
        operating_on=form.operating_on.data,
        operating_note=(form.operating_note.data or "").strip(),
        operating_office=" ".join((form.operating_office.data or "").split()),
    )
    actor = current_user._get_current_object()
    try:
        entry = tell_operating(actor, project, told, version=form.version.data or 0)
    except Conflict as conflict:
        db.session.rollback()
        project = queries.get_project(slug)
        form.version.data = project.version
        return _page(project, form, 409, conflict.message)
    db.session.commit()
    if entry is None:
        flash(_("Nothing was changed."), "success")
    else:
        undo = url_for("projects.undo_operating_told", slug=slug, entry_id=entry.id)
        told_so = {"text": _("Saved: %(name)s.", name=project.title), "undo": undo}
        flash(told_so, "undo")  # type: ignore[arg-type]
    return redirect(project.path, 303)


def _page(
    project: ModelProject, form: OperatingForm, status: int, conflict: str = ""
) -> ResponseReturnValue:
    page = render_template(
        "municipalities/operating.html", project=project, form=form, conflict=conflict
    )
    return page, status


@projects.post("/betrieb/zurueck/<int:entry_id>")
@access.rule("policy")
def undo_operating_told(slug: str, entry_id: int) -> ResponseReturnValue:
    """Take back what one has just said."""
    project = _find(slug)
    entry = db.session.get(AuditEntry, entry_id)
    if entry is None or not ActionForm().validate_on_submit():
        raise NotFound
    try:
        undo_operating(current_user._get_current_object(), project, entry)
    except Conflict as conflict:
        db.session.rollback()
        flash(conflict.message, "warning")
    else:
        db.session.commit()
        flash(_("This was undone."), "success")
    return redirect(project.path, 303)
