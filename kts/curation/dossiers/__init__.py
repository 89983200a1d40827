"""Dossiers: what to read on one question, in which order, and why; drafts, versions, exports."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the pages, the index source, and the link on the pages of documents."""
    from kts.core import access, slots
    from kts.curation.dossiers import policies, search, tasks  # noqa: F401 - the worker knows tasks
    from kts.curation.dossiers.views import dossiers
    from kts.curation.dossiers.views.parts import take_up_link
    from kts.search import sources

    app.register_blueprint(dossiers)
    access.register(app, policies)
    slots.register(app, "document_marks", take_up_link)
    sources.register(search.SOURCE)
