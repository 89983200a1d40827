"""Versions that wait for a review before readers know of them, and documents that are retired.

Who has to be reviewed is decided further right: the slots below are asked when a file is published
and told what became of it. A version that is not released is read and drawn as any other, and only
those who work on the document see it; it is in no list, index, count or comparison of readers.
"""

from typing import Any

from flask_babel import gettext as _

from kts.core import audit, slots, storage
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.core.waiting import settle
from kts.documents.models import Document, DocumentVersion
from kts.documents.shelf_life import note_version
from kts.documents.waiting import UNREADABLE
from kts.extensions import db

NEEDS_REVIEW, HELD = "document_needs_review", "document_held"
DELETED, RETIRED = "document_deleted", "document_retired"


def needs_review(actor: Any, municipality_id: int | None, visibility: str) -> bool:
    """Say whether what the actor publishes there and for these readers waits for a review."""
    if actor is None:
        return False
    where = {"municipality_id": municipality_id, "visibility": visibility}
    return any(slots.contributions(NEEDS_REVIEW, actor=actor, **where))


def hold_back(actor: Any, version: DocumentVersion) -> None:
    """Tell whoever reviews that a version waits."""
    slots.contributions(HELD, actor=actor, version=version)


def require_reviewed_as(actor: Any, document: Document, municipality_id: int | None) -> None:
    """Raise Invalid where a file would come to a municipality whose files are reviewed first.

    Whoever publishes at once for one municipality and not for another does not go round by the
    first.
    """
    before, visibility = document.municipality_id, document.visibility
    if before == municipality_id or needs_review(actor, before, visibility):
        return
    if needs_review(actor, municipality_id, visibility):
        raise Invalid(
            _("Documents of that municipality are reviewed. Please publish it there as a new one.")
        )


def require_reviewed_for(actor: Any, document: Document, visibility: str) -> None:
    """Raise Invalid where more people would read what nobody has reviewed for them.

    What only a group reads is reviewed by nobody, so it does not become public by the way; and
    what is being reviewed does not leave the sight of its reviewers.
    """
    before = document.visibility
    if before == visibility or not (_is_of_a_group(before) or _is_of_a_group(visibility)):
        return
    if any(not version.released for version in document.versions):
        raise Invalid(
            _("The document is being reviewed. Who may see it can be changed after the review.")
        )
    if _is_of_a_group(before) and needs_review(actor, document.municipality_id, visibility):
        raise Invalid(
            _(
                "Documents of this municipality are reviewed before others than the group read "
                "them. Please publish it as a new document."
            )
        )


def _is_of_a_group(visibility: str) -> bool:
    return visibility.startswith("group:")


def show_if_newest(version: DocumentVersion) -> None:
    """Let readers see a version that is read and released, unless they see a newer one."""
    document = version.document
    shown = document.current_version
    if version.released and version.is_ready and (shown is None or shown.number < version.number):
        document.current_version = version
        document.updated = now()
        note_version(version)


def release_version(version: DocumentVersion) -> None:
    """Let readers know of the version; the drafts of it that were reviewed before go.

    The date of publication is now; numbers of versions that nobody has read are given again.
    """
    document = version.document
    for other in list(document.versions):
        if not other.released and other.number < version.number:
            remove_version(other)
    released = [other for other in document.versions if other.released]
    if not released:
        document.created = now()
    if not any(other.number > version.number for other in document.versions):
        version.number = max((other.number for other in released), default=0) + 1
    version.released, version.created = True, now()
    db.session.flush()
    show_if_newest(version)
    db.session.flush()


def remove_version(version: DocumentVersion) -> None:
    """Take a version away with its files."""
    document = version.document
    keys = {version.blob_key, version.cover_key}
    keys |= {page.preview_key for page in version.pages}
    settle(UNREADABLE, version.id)
    if document.current_version_id == version.id:
        document.current_version_id = None
    document.versions.remove(version)
    db.session.flush()
    for key in keys - {None}:
        storage.delete_unused(key)


def retire_document(actor: Any, document: Document, reason: str) -> None:
    """Take it out of lists and search; whoever comes by its address reads why, and the text.

    Raises Invalid without a reason, Conflict where readers do not see it at the moment.
    """
    if not reason.strip():
        raise Invalid(_("Please say why. Whoever comes by an old link reads it."))
    if document.current_version_id is None or document.is_hidden or document.is_retired:
        raise Conflict(_("Readers do not see this document at the moment. Nothing was changed."))
    document.retired_at, document.retired_reason = now(), reason.strip()
    document.updated = now()
    audit.record(actor, "document.retire", document, reason=document.retired_reason)
    slots.contributions(RETIRED, actor=actor, document=document, reason=document.retired_reason)


def reinstate_document(actor: Any, document: Document) -> None:
    """Bring a retired document back into lists and search."""
    if document.is_retired:
        document.retired_at, document.retired_reason = None, ""
        document.updated = now()
        audit.record(actor, "document.reinstate", document)
        slots.contributions(RETIRED, actor=actor, document=document, reason="")
