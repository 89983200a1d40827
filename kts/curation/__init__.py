"""The moderators' desk: what waits for the KTS, and the log of what was done."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the pages."""
    from kts.curation.views import curation

    app.register_blueprint(curation)
