"""What the page of a review shows of the thing itself."""

from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_login import current_user

from kts.curation.dossiers.models import DossierVersion
from kts.curation.dossiers.parts import chapters, shown_parts
from kts.curation.dossiers.snapshots import Book, book_of
from kts.curation.reviewing.experiences import ExperienceSubject
from kts.curation.reviewing.models import Review
from kts.curation.reviewing.subjects import DocumentSubject, DossierSubject, Subject
from kts.documents.models import DocumentPage
from kts.documents.services import details_of
from kts.documents.views.editing import told_details
from kts.extensions import db
from kts.forum.services.held_texts import LABELS, texts_of


@dataclass
class Content:
    """What stands beside the comments; each kind fills its part.

    ``page`` is the shown page of a file of ``pages``, ``image`` its picture. ``details`` are names
    and values of what is said about a document, ``texts`` those of an experience.
    """

    page: DocumentPage | None = None
    pages: int = 0
    image: str = ""
    details: list[tuple[str, str]] = field(default_factory=list)
    book: Book | None = None
    chapters: list[Any] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)


def content_of(review: Review, subject: Subject, number: int) -> Content:
    """Give what is to be judged, for a file one page of it."""
    if isinstance(subject, DocumentSubject):
        return _of_document(subject, number)
    if isinstance(subject, DossierSubject):
        return _of_dossier(review)
    if isinstance(subject, ExperienceSubject):
        told = texts_of(subject.held)
        return Content(texts=[(str(LABELS.get(n, n)), t) for n, t in told.items() if t])
    return Content()


def _of_document(subject: DocumentSubject, number: int) -> Content:
    file, document = subject.file, subject.document
    content = Content(details=told_details(details_of(document)))
    if file is None or not file.is_ready:
        return content
    content.pages = file.page_count
    content.page = db.session.scalar(
        db.select(DocumentPage).filter_by(
            version_id=file.id, number=min(max(1, number), file.page_count)
        )
    )
    if content.page is not None and file.has_page_images and content.page.preview_width != 0:
        content.image = url_for(
            "documents.preview",
            document_id=document.id,
            slug=document.slug,
            number=content.page.number,
            version=file.number,
        )
    return content


def _of_dossier(review: Review) -> Content:
    told = (review.snapshot or {}).get("told")
    if not told:
        return Content()
    book = book_of(DossierVersion(dossier_id=review.subject_id, snapshot=told))
    return Content(book=book, chapters=chapters(shown_parts(book, current_user)))
