"""Dossiers: what to read on one question, in which order, and why; drafts, versions, exports."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the pages, the index source, and the link on the pages of documents."""
    from kts.core import access, shared_pages, slots
    from kts.curation.dossiers import policies, search, shelf_life, tasks  # noqa: F401
    from kts.curation.dossiers.views import dossiers
    from kts.curation.dossiers.views.parts import fill_take_up, take_up_beside, take_up_link
    from kts.search import sources

    app.register_blueprint(dossiers)
    access.register(app, policies)
    slots.register(app, "document_marks", take_up_link)
    slots.register(app, "take_up", take_up_beside)
    shared_pages.fill(app, "take-up", fill_take_up)
    sources.register(search.SOURCE)
    shelf_life.register()
