"""Labels and the seal on the pages of what has them, and as a filter of the library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import Select, literal, select, union_all
from sqlalchemy.orm import joinedload

from kts.core.clock import now
from kts.curation.vocabularies.models import (
    DOCUMENT,
    DOSSIER,
    THREAD,
    Label,
    LabelUse,
    QualitySeal,
)
from kts.curation.vocabularies.models.labels import SEAL
from kts.documents.models import Document
from kts.extensions import db
from kts.forum.models import EXPERIENCE


def uses_of(kind: str, number: int) -> Sequence[LabelUse]:
    """Give the labels of a thing, in the order of the vocabulary."""
    statement = (
        select(LabelUse)
        .join(Label)
        .filter(LabelUse.kind == kind, LabelUse.object_id == number)
        .order_by(Label.sort, Label.id)
        .options(joinedload(LabelUse.label))
    )
    return db.session.scalars(statement).all()


def _seal_of(kind: str, number: int) -> QualitySeal | None:
    statement = select(QualitySeal).where(
        QualitySeal.kind == kind, QualitySeal.object_id == number, *_counting()
    )
    return db.session.scalar(statement)


def _counting() -> tuple[Any, ...]:
    return QualitySeal.withdrawn_at.is_(None), QualitySeal.valid_until >= now().date()


def _badges(kind: str, number: int, *, may_be_sealed: bool) -> Markup:
    seal = _seal_of(kind, number) if may_be_sealed else None
    html = render_template(
        "vocabularies/_badges.html",
        kind=kind,
        number=number,
        uses=uses_of(kind, number),
        seal=seal,
        may_suggest=may_be_sealed and seal is None and current_user.is_authenticated,
    )
    return Markup(html)  # noqa: S704 - a template's output is escaped already


def on_document(document: Document) -> Markup:
    """Show the labels of a document."""
    shown = document.hidden_at is None and document.retired_at is None
    listed = shown and document.current_version_id is not None
    return _badges(DOCUMENT, document.id, may_be_sealed=listed)


def on_thread(thread: Any) -> Markup:
    """Show the labels of a thread; only experiences can have the seal."""
    return _badges(THREAD, thread.id, may_be_sealed=thread.kind == EXPERIENCE)


def on_dossier(dossier: Any) -> Markup:
    """Show the labels of a dossier."""
    return _badges(DOSSIER, dossier.id, may_be_sealed=dossier.is_published)


def of_documents() -> Any:
    """Give a table of documents with the address names of their labels and of the seal."""
    labelled = (
        select(LabelUse.object_id.label("document_id"), Label.slug.label("slug"))
        .join(Label, Label.id == LabelUse.label_id)
        .where(LabelUse.kind == DOCUMENT)
    )
    sealed = select(QualitySeal.object_id, literal(SEAL)).where(
        QualitySeal.kind == DOCUMENT, *_counting()
    )
    return union_all(labelled, sealed).subquery("labelled")


def counted(statement: Select[Any]) -> tuple[Any, Select[Any]]:
    """Join a list of documents with their labels; give the column that is counted too."""
    table = of_documents()
    return table.c.slug, statement.join(table, table.c.document_id == Document.id)


def having(slug: str) -> Any:
    """Give the condition that keeps the documents with the label."""
    table = of_documents()
    return Document.id.in_(select(table.c.document_id).where(table.c.slug == slug))


def names(slugs: Sequence[str]) -> dict[str, str]:
    """Name labels and the seal, the seal first."""
    found = db.session.scalars(select(Label).where(Label.slug.in_(slugs)).order_by(Label.sort))
    seal = {SEAL: _("Quality seal")} if SEAL in slugs else {}
    return seal | {label.slug: label.label for label in found}
