"""What of the library waits for a moderator: told mistakes, and files that cannot be read."""

from collections.abc import Iterator

from flask_babel import lazy_gettext as _l
from sqlalchemy import func
from sqlalchemy.orm import joinedload

from kts.core import waiting
from kts.core.waiting import Due
from kts.documents.models import FAILED, Document, DocumentCorrection, DocumentVersion
from kts.extensions import db

CORRECTION, UNREADABLE = "document_correction", "document_unreadable"


def register() -> None:
    """Make the kinds known to the moderators' desk."""
    waiting.register(
        CORRECTION,
        _l("Corrections of documents"),
        _l(
            "The answer is told in the app to whoever found the mistake. Editors of the "
            "municipality may answer as well."
        ),
        _open_corrections,
    )
    waiting.register(
        UNREADABLE,
        _l("Files that could not be read"),
        _l(
            "Reading the file again, a new version or removing the document settles it. Whoever "
            "published it has been told; nobody is written to again."
        ),
        _unreadable_versions,
    )


def wait_for_answer(correction: DocumentCorrection) -> None:
    """Let the correction wait."""
    waiting.put_due(CORRECTION, _correction(correction, correction.document))


def wait_for_readable(version: DocumentVersion) -> None:
    """Let a file wait that could not be read."""
    waiting.put_due(UNREADABLE, _unreadable(version))


def _open_corrections() -> Iterator[Due]:
    statement = (
        db.select(DocumentCorrection)
        .where(DocumentCorrection.answered_at.is_(None))
        .options(joinedload(DocumentCorrection.document))
    )
    for correction in db.session.scalars(statement):
        yield _correction(correction, correction.document)


def _correction(correction: DocumentCorrection, document: Document) -> Due:
    return Due(correction.id, document.title, f"{document.path}#korrekturen", correction.created)


def _unreadable_versions() -> Iterator[Due]:
    """Find the failed files that no newer version of the document has replaced."""
    newest = db.select(func.max(DocumentVersion.id)).group_by(DocumentVersion.document_id)
    statement = (
        db.select(DocumentVersion)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(
            DocumentVersion.extraction_state == FAILED,
            DocumentVersion.id.in_(newest),
            Document.hidden_at.is_(None),
        )
        .options(joinedload(DocumentVersion.document))
    )
    for version in db.session.scalars(statement):
        yield _unreadable(version)


def _unreadable(version: DocumentVersion) -> Due:
    document = version.document
    return Due(version.id, document.title, document.path, version.created)
