"""Municipalities: register, model projects, profiles, map, peers."""

from flask import Flask

from kts.core import access


def init_app(app: Flask) -> None:
    """Bind pages, policies, the search source and the import commands."""
    from kts.municipalities import policies, search, views
    from kts.search import sources

    access.register(app, policies)
    for blueprint in views.BLUEPRINTS:
        app.register_blueprint(blueprint)
    sources.register(search.SOURCE)
    sources.label_facet("topic", search.topic_labels)
    sources.label_facet("municipality", search.municipality_labels)
    sources.label_facet("land", search.land_labels)
