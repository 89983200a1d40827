"""The forum's rooms: overview, one category, and their management by moderators."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.accounts.queries import visible_groups
from kts.core import access
from kts.core.errors import Conflict, NotFound
from kts.core.forms import ActionForm
from kts.core.web import whole_number
from kts.extensions import db
from kts.forum import policies, queries, services
from kts.forum.forms import CategoryForm
from kts.forum.models import Category

forum = Blueprint("forum", __name__, url_prefix="/forum")

STEPS = {"hoch": -1, "runter": 1}


@forum.route("")
@access.rule("everyone")
def index() -> ResponseReturnValue:
    """Show the categories that the viewer may see, with what is new in them."""
    return render_template(
        "forum/index.html",
        overview=queries.category_overview(current_user),
        latest=queries.latest_threads(current_user, 6),
    )


@forum.route("/<slug>")
@access.rule("everyone")
def category(slug: str) -> ResponseReturnValue:
    """List the threads of a category."""
    found = queries.get_category(current_user, slug)
    page = queries.threads_of(current_user, found, request.args.get("seite", 1, type=whole_number))
    return render_template("forum/category.html", category=found, page=page)


@forum.route("/bereiche", methods=["GET", "POST"])
@access.rule("moderator")
def areas() -> ResponseReturnValue:
    """List all categories for moderators, and open new ones."""
    form = _category_form()
    if form.validate_on_submit():
        try:
            services.create_category(
                current_user,
                form.name.data,
                description=form.description.data,
                visibility=form.visibility.data,
                writable_by=form.writable_by.data,
            )
        except Conflict as error:
            form.name.errors = [error.message]
        else:
            db.session.commit()
            flash(_("The category is open."), "success")
            return redirect(url_for("forum.areas"), 303)
    return _areas_page(form), 422 if form.is_submitted() else 200


def _areas_page(form: CategoryForm) -> str:
    return render_template(
        "forum/areas.html",
        form=form,
        overview=queries.category_overview(current_user),
        audiences=dict(_audiences()),
    )


@forum.route("/bereiche/<slug>", methods=["GET", "POST"])
@access.rule("policy")
def area(slug: str) -> ResponseReturnValue:
    """Change a category."""
    found = queries.get_category(current_user, slug)
    _require_manager(found)
    form = _category_form(found)
    if form.validate_on_submit():
        try:
            services.change_category(
                current_user,
                found,
                name=form.name.data,
                description=form.description.data,
                visibility=form.visibility.data,
                writable_by=form.writable_by.data,
            )
        except Conflict as error:
            form.name.errors = [error.message]
        else:
            db.session.commit()
            flash(_("Saved."), "success")
            return redirect(url_for("forum.areas"), 303)
    status = 422 if form.is_submitted() else 200
    return render_template("forum/area.html", form=form, category=found), status


@forum.post("/bereiche/<slug>/<step>")
@access.rule("policy")
def order(slug: str, step: str) -> ResponseReturnValue:
    """Move a category up or down."""
    found = queries.get_category(current_user, slug)
    _require_manager(found)
    if step not in STEPS or not ActionForm().validate_on_submit():
        raise NotFound
    services.move_category(current_user, found, STEPS[step])
    db.session.commit()
    return redirect(url_for("forum.areas"), 303)


def _require_manager(category: Category) -> None:
    access.require(
        policies.can_manage_category(current_user, category),
        _("Only KTS moderators manage the categories."),
    )


def _category_form(category: Category | None = None) -> CategoryForm:
    form = CategoryForm(obj=category)
    form.visibility.choices = _audiences()
    return form


def _audiences() -> list[tuple[str, str]]:
    groups = [
        (group.token, _("Members of the group “%(name)s”", name=group.name))
        for group in visible_groups(current_user)
    ]
    return [("public", _("Everybody")), ("members", _("All signed-in people")), *groups]
