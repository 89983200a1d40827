"""The front door: home page, programme, the operator's pages, preferences."""

from datetime import datetime

from flask import Flask
from flask_babel import gettext as _

from kts.core import access, slots
from kts.home import policies, queries
from kts.home.views import home


def init_app(app: Flask) -> None:
    """Bind the feature."""
    app.register_blueprint(home)
    access.register(app, policies)
    slots.register(app, "desk", barriers_on_the_desk)


def barriers_on_the_desk() -> tuple[str, int, datetime | None, str]:
    """Tell the moderators' desk how many reported barriers wait for an answer."""
    count, oldest = queries.waiting_barrier_reports()
    return _("Reported barriers"), count, oldest, "/barrieren"
