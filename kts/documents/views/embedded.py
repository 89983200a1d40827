"""What the library shows on pages of features to its left: the slots of a municipality."""

from typing import Any

from flask import render_template
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import Select

from kts.core.access import Viewer
from kts.documents import messages, policies, queries
from kts.documents.models import Document

SHOWN = 10


def municipality_documents(municipality: Any) -> Markup:
    """Give the municipality's documents as HTML; empty where there is nothing to show."""
    found = queries.documents_of(current_user, municipality.id, SHOWN + 1)
    may_publish = policies.can_publish_for(current_user, municipality.id)
    if not found and not may_publish:
        return Markup("")
    return Markup(  # noqa: S704 - a template's own output
        render_template(
            "documents/_embedded.html",
            municipality=municipality,
            documents=found[:SHOWN],
            more=len(found) > SHOWN,
            may_publish=may_publish,
            kinds=messages.KIND_NAMES,
        )
    )


def ids_with_documents(viewer: Viewer) -> Select[Any]:
    """Select the municipalities that have a document which the viewer may see."""
    return (
        queries.visible_documents(viewer)
        .with_only_columns(Document.municipality_id)
        .where(Document.municipality_id.is_not(None))
    )
