"""Who may publish, change and hide documents."""

from kts.accounts.policies import is_archived
from kts.core.access import Viewer
from kts.documents.models import Document, DocumentVersion


def can_create_document(viewer: Viewer) -> bool:
    """Let moderators publish, and whoever edits a municipality."""
    return viewer.is_moderator or bool(editable_municipality_ids(viewer))


def can_publish_for(viewer: Viewer, municipality_id: int | None) -> bool:
    """Let editors publish for their municipality, moderators for any and for none."""
    return viewer.is_moderator or viewer.edits(municipality_id)


def can_edit_document(viewer: Viewer, document: Document) -> bool:
    """Let the municipality's editors and moderators change it and add versions.

    What moderators have hidden is theirs until it is shown again.
    """
    if is_archived(viewer, document.visibility):
        return False
    if document.is_hidden:
        return viewer.is_moderator
    return can_publish_for(viewer, document.municipality_id)


def can_delete_document(viewer: Viewer, document: Document) -> bool:
    """Let editors remove what readers never saw; what was public is hidden, not deleted."""
    was_public = any(version.released and version.is_ready for version in document.versions)
    return not was_public and can_edit_document(viewer, document)


def can_hide_document(viewer: Viewer, document: Document) -> bool:
    """Let moderators take a document out, or back in."""
    return viewer.is_moderator


def can_see_document_version(viewer: Viewer, version: DocumentVersion) -> bool:
    """Show what waits for a review to moderators and the municipality's editors alone."""
    return version.released or can_publish_for(viewer, version.document.municipality_id)


def can_retry_document_version(viewer: Viewer, version: DocumentVersion) -> bool:
    """Let whoever may edit the document have a file read again that failed."""
    return version.extraction_state == "failed" and can_edit_document(viewer, version.document)


def editable_municipality_ids(viewer: Viewer) -> list[int]:
    """List the municipalities that the person edits."""
    memberships = getattr(viewer, "memberships", [])
    return [m.municipality_id for m in memberships if viewer.edits(m.municipality_id)]


def can_correct_document(viewer: Viewer, document: Document) -> bool:
    """Let people who are signed in tell of a mistake that they cannot correct themselves."""
    if not viewer.is_authenticated or is_archived(viewer, document.visibility):
        return False
    return not can_edit_document(viewer, document)
