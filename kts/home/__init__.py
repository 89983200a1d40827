"""The front door: home page, programme, the operator's pages, preferences."""

from flask import Flask

from kts.core import access
from kts.home import policies, waiting
from kts.home.views import home


def init_app(app: Flask) -> None:
    """Bind the feature."""
    app.register_blueprint(home)
    access.register(app, policies)
    waiting.register()
