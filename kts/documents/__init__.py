"""The strategy library: documents, their versions, their pages."""

from flask import Flask

from kts.core import access, slots


def init_app(app: Flask) -> None:
    """Bind pages, policies, background work and what the search reads."""
    from kts.documents import policies, tasks  # noqa: F401 - tasks register themselves
    from kts.documents.search import SOURCE, unit_labels
    from kts.documents.views import documents, embedded
    from kts.search import sources

    access.register(app, policies)
    sources.register(SOURCE)
    sources.label_facet("document_unit", unit_labels)
    slots.register(app, "municipality_documents", embedded.municipality_documents)
    slots.register(app, "municipality_ids_with_documents", embedded.ids_with_documents)
    app.register_blueprint(documents)
