"""The page of a model project."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.access import require
from kts.extensions import db
from kts.municipalities import policies, queries, services
from kts.municipalities.forms import ProjectForm
from kts.municipalities.notes import note_text

projects = Blueprint("projects", __name__, url_prefix="/programm/projekte/<slug>")


@projects.route("")
@access.rule("everyone")
def show(slug: str) -> ResponseReturnValue:
    """Show a project with its members."""
    project = queries.get_project(slug)
    return render_template(
        "municipalities/project.html", project=project, note=note_text(project.note)
    )


@projects.route("/bearbeiten", methods=["GET", "POST"])
@access.rule("policy")
def edit(slug: str) -> ResponseReturnValue:
    """Record phase, funding and website."""
    project = queries.get_project(slug)
    require(
        policies.can_edit_model_project(current_user, project),
        _("Only KTS moderators can change model projects."),
    )
    form = ProjectForm(obj=project)
    if form.validate_on_submit():
        services.update_project(
            current_user,
            project,
            phase=form.phase.data,
            status=form.status.data,
            website=form.website.data or "",
        )
        db.session.commit()
        flash(_("Saved: %(name)s.", name=project.title), "success")
        return redirect(url_for("projects.show", slug=slug), 303)
    status = 422 if request.method == "POST" else 200
    return render_template("municipalities/project_edit.html", project=project, form=form), status
