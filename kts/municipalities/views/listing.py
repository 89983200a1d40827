"""The list of municipalities with the map of model projects."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from kts.core import access
from kts.core.pagination import paginate
from kts.core.web import whole_number
from kts.municipalities import map as projects_map
from kts.municipalities import queries
from kts.municipalities.forms import FilterForm

municipalities = Blueprint("municipalities", __name__)


@municipalities.route("/kommunen")
@access.rule("everyone")
def index() -> ResponseReturnValue:
    """Find municipalities by name and filters; show the projects on the map and as a list."""
    form = FilterForm(request.args)
    form.offer_topics(queries.all_topics())
    filters = form.filters()
    page = paginate(
        queries.find_municipalities(filters, current_user),
        request.args.get("page", 1, type=whole_number),
    )
    projects = queries.all_projects()
    return render_template(
        "municipalities/index.html",
        form=form,
        filters=filters,
        page=page,
        map=projects_map.draw(projects, filters),
        lands=projects_map.group_by_land(projects),
        offers_documents=queries.documents_filter_available(),
    )
