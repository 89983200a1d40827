"""The forum: categories, threads, posts, and keeping order in them."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind pages, policies, the index source, and the lists on other features' pages."""
    from kts.core import access, slots
    from kts.forum import (
        digesting,
        mark_sentences,
        membership,
        notifications,
        policies,
        search,
        shelf_life,
        stamps,
        tasks,  # noqa: F401 - registers what the worker does at night
        waiting,
    )
    from kts.forum.views import BLUEPRINTS, embedded, persons, times
    from kts.search import sources

    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    stamps.watch_all()
    notifications.register(app)
    digesting.register(app)
    mark_sentences.register()
    membership.init_app(app)
    access.register(app, policies)
    sources.register(search.SOURCE)
    slots.register(app, "municipality_threads", embedded.municipality_threads)
    slots.register(app, "document_threads", embedded.document_threads)
    waiting.register()
    shelf_life.register()
    slots.register(app, "group_rooms", embedded.group_rooms)
    slots.register(app, "document_marks", embedded.document_marks)
    slots.register(app, "person_posts", persons.person_posts)
    app.jinja_env.filters["ago"] = times.ago
    app.jinja_env.filters["pause"] = times.pause
