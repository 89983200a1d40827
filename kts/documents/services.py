"""What is done to documents: publish, add a version, edit, hide, remove.

A file is received (stored and looked at) before anything is written to the database, so a refused
file leaves no row, and its stored copy is removed again unless a document uses the same content.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select

from kts.core import audit, slots, storage, tasks
from kts.core.access import PUBLIC, Viewer
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.core.waiting import settle
from kts.documents.extraction import runner
from kts.documents.extraction.refusals import Reason, Refusal
from kts.documents.extraction.sniff import KNOWN_EXTENSIONS
from kts.documents.licences import recognise
from kts.documents.messages import explain
from kts.documents.models import (
    DONE,
    FAILED,
    NONE,
    QUEUED,
    Document,
    DocumentPage,
    DocumentVersion,
)
from kts.documents.releasing import (
    DELETED,
    hold_back,
    needs_review,
    remove_version,
    require_reviewed_as,
    require_reviewed_for,
)
from kts.documents.tasks import extract_version
from kts.documents.waiting import UNREADABLE
from kts.extensions import db
from kts.notifications.services import notify

EDITABLE = (
    "title",
    "kind",
    "description",
    "publisher",
    "language",
    "licence",
    "source_url",
    "visibility",
    "municipality_id",
)


class EditConflict(Conflict):
    """Somebody else saved after the form was opened; nothing was overwritten."""


@dataclass(frozen=True)
class Received:
    """A stored file that can be read: what it is, before it belongs to a document."""

    blob_key: str
    size: int
    filename: str
    format: str
    page_count: int
    title: str
    language: str


def receive(source: IO[bytes], filename: str) -> Received:
    """Store the file and look whether it can be read; raise Invalid and keep nothing if not.

    Touches no row: call it outside a transaction, since it can take seconds.
    """
    megabytes = current_app.config["KTS"].max_upload_mb
    try:
        blob = storage.store(source, limit=megabytes * 1024 * 1024)
    except storage.TooLarge as error:
        raise Invalid(explain(Reason.TOO_LARGE, f"{megabytes} MB")) from error
    try:
        opened = runner.probe(storage.blob_path(blob.key), filename)
    except Refusal as refusal:
        discard_blob(blob.key)
        raise Invalid(explain(refusal.reason, refusal.detail)) from refusal
    except BaseException:
        discard_blob(blob.key)
        raise
    return Received(
        blob_key=blob.key,
        size=blob.size,
        filename=_shown_name(filename, opened.format),
        format=opened.format,
        page_count=opened.pages,
        title=opened.title,
        language=opened.language,
    )


@contextmanager
def kept_if_published(received: Received) -> Iterator[None]:
    """Remove the stored file when what stands in the block fails; rolls back then."""
    try:
        yield
    except BaseException:
        db.session.rollback()
        discard_blob(received.blob_key)
        raise


def publish_document(
    actor: Viewer | None,
    received: Received,
    *,
    title: str = "",
    topics: Any = (),
    year: int | None = None,
    label: str = "",
    submission: str = "",
    external_key: str | None = None,
    in_background: bool = True,
    **values: Any,
) -> Document:
    """Make a document with its first version; the same submission twice gives the same one."""
    if earlier := _submitted(actor, submission, received):
        return earlier.document
    document = Document(
        title=(title or received.title or received.filename.rpartition(".")[0])[:300],
        language=values.pop("language", "") or received.language or "de",
        created_by_id=getattr(actor, "id", None),
        topics=list(topics),
        **values,
    )
    db.session.add(document)
    version = _add_version(
        document, 1, actor, received, year, label, submission, external_key, in_background
    )
    audit.record(actor, "document.publish", document, changes={"file": [None, version.filename]})
    if not version.released:
        hold_back(actor, version)
    return document


def publish_version(
    actor: Viewer | None,
    document: Document,
    received: Received,
    *,
    year: int | None = None,
    label: str = "",
    submission: str = "",
    external_key: str | None = None,
    in_background: bool = True,
) -> DocumentVersion:
    """Add a newer version; the older ones stay. A version that failed is replaced.

    Raises Conflict for a file that is a version of the document already.
    """
    if earlier := _submitted(actor, submission, received):
        return earlier
    for version in list(document.versions):
        if version.extraction_state == FAILED:
            remove_version(version)
        elif version.blob_key == received.blob_key:
            raise Conflict(
                _(
                    "This file is version %(number)s of the document already. Nothing was changed.",
                    number=version.number,
                )
            )
    db.session.flush()
    number = max((version.number for version in document.versions), default=0) + 1
    version = _add_version(
        document, number, actor, received, year, label, submission, external_key, in_background
    )
    if version.released:
        document.updated = now()
    audit.record(
        actor,
        "document.publish_version",
        document,
        changes={"version": [number - 1 or None, number], "file": [None, version.filename]},
    )
    if not version.released:
        hold_back(actor, version)
    return version


def details_of(document: Document) -> dict[str, Any]:
    """Give what is said about the document as plain values, to fill a form and to compare."""
    version = document.current_version or document.newest_version
    return {
        **{name: getattr(document, name) for name in EDITABLE},
        "year": version.year if version else None,
        "topics": sorted(topic.id for topic in document.topics),
    }


def edit_document(
    actor: Viewer | None,
    document: Document,
    *,
    seen: dict[str, Any] | None = None,
    topics: Any = None,
    **values: Any,
) -> bool:
    """Change what is said about the document; give whether anything changed. Files stay.

    ``seen`` are the details that the actor had before her eyes; raises EditConflict where they
    are not the saved ones any more, Invalid where others would read what must be reviewed first.
    """
    if seen is not None:
        _lock(document)
        _require_seen(seen, details_of(document))
    if "licence" in values:
        values["licence"] = recognise(values["licence"])
    if "municipality_id" in values:
        require_reviewed_as(actor, document, values["municipality_id"])
    if "visibility" in values:
        require_reviewed_for(actor, document, values["visibility"])
    changes: dict[str, Any] = {}
    for name in EDITABLE:
        if name in values and getattr(document, name) != values[name]:
            changes[name] = [getattr(document, name), values[name]]
            setattr(document, name, values[name])
    version = document.current_version or document.newest_version
    if version is not None and values.get("year", version.year) != version.year:
        changes["year"] = [version.year, values["year"]]
        version.year = values["year"]
    if topics is not None and {t.id for t in topics} != {t.id for t in document.topics}:
        changes["topics"] = [[t.name for t in document.topics], [t.name for t in topics]]
        document.topics = list(topics)
    if changes:
        document.updated = now()
        audit.record(actor, "document.edit", document, changes=changes)
    return bool(changes)


def version_details(version: DocumentVersion) -> dict[str, Any]:
    """Give what people may change about a version: its file never changes."""
    return {"label": version.label, "year": version.year}


def edit_version(
    actor: Viewer | None,
    version: DocumentVersion,
    *,
    seen: dict[str, Any],
    label: str,
    year: int | None,
) -> bool:
    """Change name and year of a version; raises EditConflict like :func:`edit_document`."""
    _lock(version.document)
    saved = version_details(version)
    _require_seen(seen, saved)
    changes = {
        name: [saved[name], value]
        for name, value in {"label": label, "year": year}.items()
        if saved[name] != value
    }
    if changes:
        version.label, version.year = label, year
        version.document.updated = now()
        changes = {"version": [version.number, version.number], **changes}
        audit.record(actor, "document.edit_version", version.document, changes=changes)
    return bool(changes)


def _lock(document: Document) -> None:
    """Hold the document until the end of the transaction and look at its saved state."""
    db.session.expire_all()
    db.session.refresh(document, with_for_update={"of": Document})


def _require_seen(seen: dict[str, Any], saved: dict[str, Any]) -> None:
    if seen != saved:
        raise EditConflict(_("Somebody else has changed this meanwhile. Nothing is lost."))


def hide_document(actor: Viewer, document: Document, reason: str) -> None:
    """Take the document out of lists and search; it and its reason stay for moderators."""
    if document.is_hidden:
        return
    document.hidden_at, document.hidden_by_id = now(), actor.id
    document.hidden_reason = reason
    audit.record(actor, "document.hide", document, reason=reason)
    _tell_owner(
        actor, document, _l("Your document “%(title)s” was hidden: %(reason)s"), reason=reason
    )


def unhide_document(actor: Viewer, document: Document, reason: str = "") -> None:
    """Show a hidden document again to whom it was visible before."""
    if not document.is_hidden:
        return
    document.hidden_at, document.hidden_by_id, document.hidden_reason = None, None, ""
    audit.record(actor, "document.unhide", document, reason=reason)
    _tell_owner(actor, document, _l("Your document “%(title)s” is shown again."))


def _tell_owner(actor: Viewer, document: Document, sentence: Any, **values: str) -> None:
    owner = document.created_by
    if owner is None:
        return
    with force_locale(owner.language):
        text = str(sentence) % {"title": document.title, **values}
    notify(owner, "document.moderated", text, document.path, actor=actor)


def retry_extraction(actor: Viewer, version: DocumentVersion) -> None:
    """Have the file read again, from the beginning."""
    version.extraction_state, version.extraction_error = QUEUED, ""
    version.extraction_attempts = version.pages_done = 0
    version.alive_at = now()
    audit.record(actor, "document.retry", version.document)
    settle(UNREADABLE, version.id, by=actor)
    tasks.after_commit(extract_version, version.id)


def delete_document(actor: Viewer | None, document: Document) -> None:
    """Remove a document that no reader ever saw, with its files; raises Conflict otherwise."""
    if any(version.released and version.is_ready for version in document.versions):
        raise Conflict(_("A document that has been published is hidden, not deleted."))
    audit.record(actor, "document.delete", document)
    slots.contributions(DELETED, actor=actor, document=document)
    for version in list(document.versions):
        remove_version(version)
    db.session.delete(document)
    db.session.flush()


def delete_version(version: DocumentVersion) -> None:
    """Remove a version that could not be read, with its files; an importer's way back."""
    if version.extraction_state == DONE:
        raise Conflict(_("A document that has been published is hidden, not deleted."))
    remove_version(version)


@storage.user_of_blobs
def uses_blob(key: str) -> bool:
    """Say whether a version or a page is kept in the file."""
    used = db.session.scalar(
        select(DocumentVersion.id)
        .where(or_(DocumentVersion.blob_key == key, DocumentVersion.cover_key == key))
        .limit(1)
    ) or db.session.scalar(select(DocumentPage.id).where(DocumentPage.preview_key == key).limit(1))
    return used is not None


def discard_blob(key: str) -> None:
    """Remove a stored file unless something still uses it."""
    storage.delete_unused(key)


def _add_version(
    document: Document,
    number: int,
    actor: Viewer | None,
    received: Received,
    year: int | None,
    label: str,
    submission: str,
    external_key: str | None,
    in_background: bool,
) -> DocumentVersion:
    version = DocumentVersion(
        document=document,
        number=number,
        label=label[:200],
        year=year,
        blob_key=received.blob_key,
        filename=received.filename,
        format=received.format,
        size=received.size,
        page_count=received.page_count,
        released=not needs_review(actor, document.municipality_id, document.visibility or PUBLIC),
        uploaded_by_id=getattr(actor, "id", None),
        external_key=external_key,
        submission_key=_submission_key(actor, submission, received.blob_key),
        preview_state=QUEUED if received.format == "pdf" else NONE,
        alive_at=now(),
    )
    db.session.add(version)
    db.session.flush()
    if in_background:
        tasks.after_commit(extract_version, version.id)
    return version


def _submission_key(actor: Viewer | None, submission: str, blob_key: str) -> str | None:
    """Tell the same form with the same file from the same form with another file."""
    if not submission:
        return None
    told = f"{getattr(actor, 'id', '')}:{submission}:{blob_key}"
    return hashlib.sha256(told.encode()).hexdigest()


def _submitted(actor: Viewer | None, submission: str, received: Received) -> DocumentVersion | None:
    key = _submission_key(actor, submission, received.blob_key)
    if key is None:
        return None
    return db.session.scalar(select(DocumentVersion).filter_by(submission_key=key))


def _shown_name(filename: str, true_format: str) -> str:
    """Give the name for the download: no folders, no control characters, the true extension."""
    name = filename.replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in name if c.isprintable() and c not in '<>:"|?*').strip(" .")
    stem, dot, extension = name.rpartition(".")
    known = extension.lower() in KNOWN_EXTENSIONS
    stem = stem if dot and known else name
    return f"{stem[:200] or 'dokument'}.{true_format}"
