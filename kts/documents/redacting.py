"""Taking something out of the file of a version that readers know already.

A version never changes, with one exception: where the law or a promise wants words to be gone (a
name that was withdrawn), they must be gone from every version. The number, the year and the
address stay, so what is cited is still found; the log says that the file was replaced, and why.
"""

from typing import Any

from kts.core import audit, tasks
from kts.core.clock import now
from kts.documents.models import NONE, QUEUED, DocumentVersion
from kts.documents.services import Received, discard_blob
from kts.documents.tasks import extract_version
from kts.extensions import db


def redact_version(actor: Any, version: DocumentVersion, received: Received, reason: str) -> None:
    """Put another file in the place of a version's; its pages go at once and are read anew.

    The old file is removed unless something else uses the same content.
    """
    old = {version.blob_key, version.cover_key, *(page.preview_key for page in version.pages)}
    version.pages.clear()
    version.blob_key, version.size = received.blob_key, received.size
    version.format, version.page_count = received.format, received.page_count
    version.cover_key, version.accessibility_facts = None, None
    version.extraction_state, version.extraction_error = QUEUED, ""
    version.extraction_attempts = version.pages_done = 0
    version.preview_state = QUEUED if received.format == "pdf" else NONE
    version.ocr_state, version.alive_at = NONE, now()
    version.document.updated = now()
    changes = {"version": [version.number, version.number]}
    audit.record(actor, "document.redact", version.document, reason=reason, changes=changes)
    db.session.flush()
    for key in old - {None}:
        discard_blob(key)
    tasks.after_commit(extract_version, version.id)
