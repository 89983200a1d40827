"""Vocabularies: topics, kinds of documents, labels, synonyms, and the quality seal."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the pages, old addresses, the labels on other features' pages, and the desk."""
    from flask_babel import lazy_gettext as _l

    from kts.core import slots, stamps
    from kts.curation.vocabularies import aliases, embedded, work
    from kts.curation.vocabularies.models import DOCUMENT, THREAD, Label, LabelUse, QualitySeal
    from kts.curation.vocabularies.views import BLUEPRINTS
    from kts.documents import catalogue
    from kts.forum import stamps as forum_stamps

    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    aliases.init_app(app)
    work.register()
    slots.register(app, "document_labels", embedded.on_document)
    slots.register(app, "thread_labels", embedded.on_thread)
    slots.register(app, "dossier_labels", embedded.on_dossier)
    catalogue.offer_facet(
        "label",
        catalogue.OfferedFacet(_l("Label"), embedded.counted, embedded.having, embedded.names),
    )

    def of_thing(row: LabelUse | QualitySeal) -> list[str]:
        if row.kind == THREAD:
            return forum_stamps.names_of(row.object_id)
        return ["documents"] if row.kind == DOCUMENT else []

    many = (*forum_stamps.MANY, "documents")
    for model in (LabelUse, QualitySeal):
        stamps.watch(model, of_thing, bulk=many)
    stamps.watch(Label, lambda _label: many, bulk=many)
