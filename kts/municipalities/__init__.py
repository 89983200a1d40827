"""Municipalities: register, model projects, profiles, map, peers."""

from flask import Flask

from kts.core import access, slots, stamps


def init_app(app: Flask) -> None:
    """Bind pages, policies, the search source and the import commands."""
    from kts.municipalities import notifications, operating, policies, search, views
    from kts.municipalities.models import Municipality, Topic
    from kts.search import sources

    access.register(app, policies)
    slots.register(app, "tell", notifications.tell)
    operating.register()
    for blueprint in views.BLUEPRINTS:
        app.register_blueprint(blueprint)
    sources.register(search.SOURCE)
    sources.label_facet("topic", search.topic_labels)
    sources.label_facet("municipality", search.municipality_labels)
    sources.label_facet("land", search.land_labels)
    sources.resolve_facet("municipality", search.MUNICIPALITIES)
    sources.resolve_facet("topic", search.TOPICS)
    sources.resolve_facet("land", search.LAENDER_NAMED)
    for model in (Municipality, Topic):
        stamps.watch(model, lambda _row: ["places"], bulk=["places"])
