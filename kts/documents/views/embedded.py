"""What the library shows on pages of features to its left: the slots of a municipality."""

from typing import Any

from flask import render_template
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import Select
from sqlalchemy.orm import joinedload

from kts.core.access import Viewer
from kts.documents import messages, policies, queries
from kts.documents.models import Document
from kts.extensions import db

SHOWN = 10
OF_A_GROUP = 50  # a group shares drafts and minutes, no library


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


def group_documents(group: Any) -> Markup:
    """Give the documents that only this group reads, and the way to add one."""
    statement = (
        queries.visible_documents(current_user)
        .where(Document.visibility == group.token)
        .options(joinedload(Document.current_version))
        .order_by(Document.created.desc(), Document.id.desc())
        .limit(OF_A_GROUP)
    )
    html = render_template(
        "documents/_group.html",
        group=group,
        documents=db.session.scalars(statement).all(),
        may_publish=policies.can_create_document(current_user) and not group.archived,
        kinds=messages.KIND_NAMES,
    )
    return Markup(html)  # noqa: S704 - a template's own output


def ids_with_documents(viewer: Viewer) -> Select[Any]:
    """Select the municipalities that have a document which the viewer may see."""
    return (
        queries.visible_documents(viewer)
        .with_only_columns(Document.municipality_id)
        .where(Document.municipality_id.is_not(None))
    )
