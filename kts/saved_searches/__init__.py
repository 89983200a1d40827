"""Saved searches: a question kept under a name, and word of what is new to it."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the pages, the nightly look, and the form on the page of hits."""
    from kts.accounts import handing_over
    from kts.core import slots
    from kts.saved_searches import tasks  # noqa: F401 - registers what the worker does at night
    from kts.saved_searches.handing_over import PART
    from kts.saved_searches.views import save_form, saved_searches

    app.register_blueprint(saved_searches)
    slots.register(app, "save_search", save_form)
    handing_over.register(app, PART)
