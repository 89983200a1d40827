"""``/suche`` and the suggestions of the search box. Reads only; the viewer's tokens filter."""

from flask import Blueprint

blueprint = Blueprint("search", __name__)

from kts.search.views import results, suggestions  # noqa: E402, F401 - they bind their routes
