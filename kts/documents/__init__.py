"""The strategy library: documents, their versions, their pages."""

from flask import Flask

from kts.core import access, slots, stamps


def init_app(app: Flask) -> None:
    """Bind pages, policies, background work and what the search reads."""
    # tasks register themselves
    from kts.documents import completion, policies, shelf_life, tasks, waiting  # noqa: F401
    from kts.documents.kinds import DocumentKind
    from kts.documents.messages import unit_words
    from kts.documents.models import Document, DocumentVersion
    from kts.documents.search import SOURCE, unit_labels
    from kts.documents.views import documents, embedded
    from kts.search import sources

    access.register(app, policies)
    sources.register(SOURCE)
    sources.label_facet("document_unit", unit_labels)
    slots.register(app, "municipality_documents", embedded.municipality_documents)
    slots.register(app, "group_documents", embedded.group_documents)
    waiting.register()
    shelf_life.register()
    slots.register(app, "municipality_ids_with_documents", embedded.ids_with_documents)
    app.add_template_global(unit_words)
    app.register_blueprint(documents)
    for model in (Document, DocumentVersion, DocumentKind):
        stamps.watch(model, lambda _row: ["documents"], bulk=["documents"])
