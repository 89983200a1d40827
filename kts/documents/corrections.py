"""Mistakes in what is said about a document, told by people who may not change it.

The municipality's editors hear of it, or the KTS where there are none; whoever told it hears what
became of it. A correction is open until somebody who may edit the document has answered.
"""

from collections.abc import Sequence

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from kts.accounts.models import MunicipalityMembership, User
from kts.core import audit
from kts.core.access import Viewer
from kts.core.clock import now
from kts.core.errors import Conflict, NotFound
from kts.core.waiting import settle
from kts.documents.models import Document, DocumentCorrection
from kts.documents.policies import can_edit_document
from kts.documents.queries import accessible_documents
from kts.documents.waiting import CORRECTION, wait_for_answer
from kts.extensions import db
from kts.notifications.services import notify

LONGEST = 2_000  # a page of text; whoever has more to say asks in the forum


def suggest_correction(actor: User, document: Document, text: str) -> DocumentCorrection:
    """Keep the correction and tell those who can make it."""
    correction = DocumentCorrection(document=document, author_id=actor.id, text=text)
    db.session.add(correction)
    audit.record(actor, "document.suggest_correction", correction)
    for person in _editors(document) or _moderators():
        with force_locale(person.language):
            sentence = _(
                "%(name)s has found a mistake in “%(title)s”.",
                name=actor.display_name,
                title=document.title,
            )
        notify(person, "document.correction", sentence, f"{document.path}#korrekturen", actor=actor)
    wait_for_answer(correction)
    return correction


def answer_correction(actor: User, correction: DocumentCorrection, answer: str) -> None:
    """Close the correction and tell its author; raise Conflict where somebody has done so."""
    db.session.refresh(correction, with_for_update=True)
    if correction.answered_at is not None:
        raise Conflict(_("Somebody else has answered this already. Nothing was changed."))
    correction.answered_at, correction.answered_by_id = now(), actor.id
    correction.answer = answer
    audit.record(actor, "document.answer_correction", correction, reason=answer)
    settle(CORRECTION, correction.id, by=actor)
    author, document = correction.author, correction.document
    if author is None or document.visibility not in author.visibility_tokens:
        return
    with force_locale(author.language):
        sentence = _("Your hint about “%(title)s” was answered.", title=document.title)
        if answer:
            sentence += f" {answer}"
    notify(author, "document.correction", sentence, document.path, actor=actor)


def _editors(document: Document) -> list[User]:
    if document.municipality_id is None:
        return []
    statement = (
        select(User)
        .join(MunicipalityMembership)
        .where(
            MunicipalityMembership.municipality_id == document.municipality_id,
            or_(MunicipalityMembership.role == "editor", User.role == "editor"),
            User.active,
        )
    )
    people = db.session.scalars(statement).all()
    return [
        person
        for person in people
        if can_edit_document(person, document) and document.visibility in person.visibility_tokens
    ]


def _moderators() -> Sequence[User]:
    return db.session.scalars(select(User).where(User.role == "moderator", User.active)).all()


def open_corrections(viewer: Viewer, document: Document) -> Sequence[DocumentCorrection]:
    """List what waits for an answer, for those who may edit the document; nothing for others."""
    if not can_edit_document(viewer, document):
        return []
    statement = (
        select(DocumentCorrection)
        .filter_by(document_id=document.id, answered_at=None)
        .options(joinedload(DocumentCorrection.author))
        .order_by(DocumentCorrection.created)
    )
    return db.session.scalars(statement).all()


def get_correction(document: Document, correction_id: int) -> DocumentCorrection:
    """Give one correction of the document; raise NotFound for others."""
    correction = db.session.get(DocumentCorrection, correction_id)
    if correction is None or correction.document_id != document.id:
        raise NotFound
    return correction


def documents_with_corrections(viewer: Viewer, limit: int = 100) -> list[tuple[Document, int]]:
    """List the documents that a moderator has open corrections of, the longest waiting first."""
    waiting = (
        select(DocumentCorrection.document_id, func.count().label("number"))
        .add_columns(func.min(DocumentCorrection.created).label("oldest"))
        .where(DocumentCorrection.answered_at.is_(None))
        .group_by(DocumentCorrection.document_id)
        .subquery()
    )
    found = db.session.execute(
        accessible_documents(viewer)
        .join(waiting, waiting.c.document_id == Document.id)
        .options(joinedload(Document.municipality))
        .add_columns(waiting.c.number)
        .order_by(waiting.c.oldest)
        .limit(limit)
    )
    return [(document, number) for document, number in found]
