"""The forum's rooms: overview, one category, and their management by moderators."""

from typing import Any

from flask import (
    Blueprint,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.accounts.archives import require_in
from kts.accounts.queries import visible_groups
from kts.core import access
from kts.core.errors import NotFound
from kts.core.forms import ActionForm, choices_of
from kts.core.web import whole_number
from kts.extensions import db
from kts.forum import policies, queries, services
from kts.forum.forms import CategoryForm
from kts.forum.models import Category
from kts.forum.queries import moderating
from kts.forum.queries.lists import ALL, Filters
from kts.forum.views import kept_lists, rooms
from kts.forum.views.kept_lists import KeptList
from kts.forum.views.lists import choices, tabs
from kts.municipalities.queries import all_topics

forum = Blueprint("forum", __name__, url_prefix="/forum")

STEPS = {"hoch": -1, "runter": 1}
LATEST = 6  # threads on the first page, about as many as fit beside its categories


@forum.route("")
@access.rule("everyone")
def index() -> ResponseReturnValue:
    """Show the categories that the viewer may see, with what is new in them."""
    return make_response(kept_lists.respond("forum/index.html", "index", _load_index))


def _load_index() -> tuple[dict[str, Any], KeptList]:
    overview = queries.category_overview(current_user)
    latest = queries.latest_threads(current_user, LATEST)
    context = {"overview": overview, "latest": latest, "tabs": tabs("", Filters())}
    return context, KeptList.of(latest, [summary.category for summary in overview])


@forum.route("/<slug>")
@access.rule("everyone")
def category(slug: str) -> ResponseReturnValue:
    """List the threads of a category."""
    queries.require_category(current_user, slug)
    number = request.args.get("seite", 1, type=whole_number)
    return make_response(
        kept_lists.respond(
            "forum/category.html", (slug, number), lambda: _load_category(slug, number)
        )
    )


def _load_category(slug: str, number: int) -> tuple[dict[str, Any], KeptList]:
    found = queries.get_category(current_user, slug)
    page = queries.threads_of(current_user, found, number)
    filters = Filters(category=found)
    categories = db.session.scalars(queries.visible_categories(current_user)).all()
    context = {
        "category": found,
        "page": page,
        "filters": filters,
        "tabs": tabs(ALL, filters),
        "choices": choices(filters, categories, all_topics()),
        "moved_away": moderating.moved_away(current_user, found),
    }
    return context, KeptList.of(page.items, [found], found)


@forum.route("/bereiche", methods=["GET", "POST"])
@access.rule("moderator")
def areas() -> ResponseReturnValue:
    """List all categories for moderators, and open new ones."""
    form = _category_form()
    if rooms.save(
        form,
        lambda: services.create_category(current_user, **rooms.entries(form)),
        _("The category is open."),
    ):
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
    if rooms.save(
        form,
        lambda: services.change_category(current_user, found, **rooms.entries(form)),
        _("Saved."),
    ):
        return redirect(url_for("forum.areas"), 303)
    status = 422 if form.is_submitted() else 200
    return render_template("forum/area.html", form=form, category=found), status


@forum.post("/bereiche/<slug>/<step>")
@access.rule("policy")
def order(slug: str, step: str) -> ResponseReturnValue:
    """Move a category up or down."""
    found = queries.get_category(current_user, slug)
    _require_manager()
    if step not in STEPS or not ActionForm().validate_on_submit():
        raise NotFound
    services.move_category(current_user, found, STEPS[step])
    db.session.commit()
    return redirect(url_for("forum.areas"), 303)


def _require_manager(category: Category | None = None) -> None:
    require_in(
        category.visibility if category else "",
        policies.can_manage_category(current_user, category),
        _("Only KTS moderators manage the categories."),
    )


def _category_form(category: Category | None = None) -> CategoryForm:
    form = CategoryForm(obj=category)
    form.visibility.choices = choices_of(_audiences())
    return form


def _audiences() -> list[tuple[str, str]]:
    groups = [
        (group.token, _("Members of the group “%(name)s”", name=group.name))
        for group in visible_groups(current_user)
        if not group.archived
    ]
    return [("public", _("Everybody")), ("members", _("All signed-in people")), *groups]
