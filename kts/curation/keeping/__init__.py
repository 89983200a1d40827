"""Keeping knowledge fresh: owners, confirmations, reminders, successors; ``docs/shelf-life.md``."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the pages, the notices on other features' pages, the reminders and the desk."""
    from kts.accounts import handing_over
    from kts.core import access, shared_pages, slots
    from kts.curation.keeping import notices, passing, policies, tasks, telling, work  # noqa: F401
    from kts.curation.keeping.views import BLUEPRINTS

    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    access.register(app, policies)
    slots.register(app, "content_notices", notices.notices)
    slots.register(app, "own_work", notices.own_link)
    shared_pages.fill(app, "content-notices", notices.fill)
    handing_over.register(app, passing.PART)
    telling.register()
    work.register()
