"""The home page, the programme, the operator's pages, reports of barriers, preferences."""

from flask import Blueprint

home = Blueprint("home", __name__)

from kts.home.views import barriers, pages, preferences, start  # noqa: E402, F401
