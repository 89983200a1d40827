"""The forum: categories, threads, posts, and keeping order in them."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind pages, policies, the index source, and the lists on other features' pages."""
    from kts.core import access, slots
    from kts.forum import (
        policies,
        search,
        tasks,  # noqa: F401 - registers what the worker does at night
    )
    from kts.forum.views import BLUEPRINTS, embedded, times
    from kts.search import sources

    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    access.register(app, policies)
    sources.register(search.SOURCE)
    slots.register(app, "municipality_threads", embedded.municipality_threads)
    slots.register(app, "document_threads", embedded.document_threads)
    slots.register(app, "group_rooms", embedded.group_rooms)
    app.jinja_env.filters["ago"] = times.ago
