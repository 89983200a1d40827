"""The moderators' desk: what waits for the KTS, what is searched in vain, dossiers, the log."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the pages, the index source, and what waits on the desk."""
    from kts.core import shared_pages
    from kts.curation import (
        distilling,
        dossiers,
        keeping,
        newsletter,
        reporting,
        reviewing,
        rules,
        vocabularies,
        waiting,
    )
    from kts.curation.desk import tasks  # noqa: F401 - registers what the worker does
    from kts.curation.views import BLUEPRINTS
    from kts.curation.views.desk import header_count

    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    dossiers.init_app(app)
    vocabularies.init_app(app)
    reporting.init_app(app)
    distilling.init_app(app)
    newsletter.init_app(app)
    keeping.init_app(app)
    rules.init_app(app)
    reviewing.init_app(app)
    waiting.register()
    shared_pages.fill(app, "waiting", header_count)
