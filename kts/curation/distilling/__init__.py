"""From thread to knowledge: an answered thread becomes an experience or a fact sheet.

The contributors are named and asked; ``docs/distilling.md`` says how.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the pages, the policies, the kind of work, and what the thread's page shows of it."""
    from kts.core import access, slots
    from kts.curation.distilling import embedded, policies, tasks, work  # noqa: F401
    from kts.curation.distilling.views import BLUEPRINTS

    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    access.register(app, policies)
    slots.register(app, "thread_results", embedded.thread_results)
    embedded.watch()
    work.register()
