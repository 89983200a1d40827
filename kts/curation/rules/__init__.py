"""Rules that hold contributions back, and the desk at which moderators look at what is held."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the pages, and let the forum's contributions be judged."""
    from kts.core import access
    from kts.curation.rules import checks, policies
    from kts.curation.rules.views import BLUEPRINTS

    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    access.register(app, policies)
    checks.register()
