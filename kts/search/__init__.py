"""Finding: an engine-neutral index of what the features give, and the pages that search it."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the pages and the labels; outbox and tasks register themselves."""
    from kts.search import outbox, tasks, views  # noqa: F401

    app.register_blueprint(views.blueprint)
