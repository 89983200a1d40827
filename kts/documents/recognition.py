"""Background work on scanned pages: recognise their text, a few pages at a time.

A scan of three hundred pages takes a quarter of an hour. So only one version is worked on at a
time, by a process of low priority, and after a few pages the next version has its turn: a short
scan does not wait for a long one, and nothing else waits for either. Which pages are left is told
by the pages themselves, so the work can be ended at any moment and goes on where it was.

Where Tesseract is not installed, the versions say so; the worker looks for it every minute.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import ColumnElement, func, or_, select, update

from kts.core import storage, tasks
from kts.core.clock import now
from kts.documents.extraction import runner, tesseract
from kts.documents.extraction.refusals import Reason, Refusal
from kts.documents.extraction.shapes import Recognised, from_text
from kts.documents.models import (
    DONE,
    FROM_FILE,
    FROM_PICTURE,
    MISSING,
    NONE,
    QUEUED,
    RUNNING,
    DocumentPage,
    DocumentVersion,
)
from kts.documents.turns import Work, claim, waited_longest
from kts.extensions import db
from kts.search import outbox

log = logging.getLogger(__name__)

# A few seconds each: what is searched for meanwhile must get its turn.
PAGES_AT_ONCE = 3
# Beyond this a scan is an archive, and its reading would take the worker for days.
MAX_PAGES = 1_500
# What is recognised is indexed after so many pages: each time the whole document is.
INDEXED_EVERY = 30
# A working process moves `ocr_alive_at` every few seconds.
DEAD_AFTER = timedelta(minutes=1)
RECOGNISING = Work(DocumentVersion.ocr_state, DocumentVersion.ocr_alive_at, DEAD_AFTER)
FORGOTTEN_AFTER = timedelta(minutes=1)


def expect_recognition(version: DocumentVersion) -> None:
    """Have the scanned pages of a version that was just read recognised; leaves the commit."""
    waiting = db.session.scalar(_waiting(version.id).limit(1))
    version.ocr_state = NONE if waiting is None else QUEUED
    if waiting is not None:
        version.ocr_alive_at = now()
        tasks.after_commit(recognise_scans, version.id)


@tasks.task
def recognise_scans(version_id: int) -> None:
    """Recognise the next scanned pages of a version, then queue what comes next."""
    following: int | None = version_id if settle_availability() else None
    while following is not None:
        recognise_some(following)
        following = _next_version()
        if following is not None and current_app.config.get("TASKS") != "now":
            tasks.after_commit(recognise_scans, following)
            db.session.commit()
            return


def settle_availability() -> bool:
    """Write down with the waiting versions whether anything can read them; say whether it can."""
    possible = bool(tesseract.languages())
    before, after = (MISSING, QUEUED) if possible else (QUEUED, MISSING)
    db.session.execute(
        update(DocumentVersion)
        .where(DocumentVersion.ocr_state == before, DocumentVersion.extraction_state == DONE)
        .values(ocr_state=after)
    )
    db.session.commit()
    return possible


def recognise_some(version_id: int, step: Callable[[], object] = lambda: None) -> int:
    """Recognise up to :data:`PAGES_AT_ONCE` pages; give how many were done. Commits.

    Nothing is done while another process is at it. ``step`` is called after each page.
    """
    claimed = _claim(version_id)
    if claimed is None:
        return 0
    path, numbers = claimed
    left = list(numbers)
    state = QUEUED
    try:
        for event in runner.recognise(path, numbers):
            if isinstance(event, Recognised):
                _store(version_id, event)
                left.remove(event.number)
                step()
            elif not _set(version_id, ocr_alive_at=now()):
                return 0  # the version was removed
    except Refusal as refusal:
        db.session.rollback()
        state = _put_aside(version_id, left, refusal)
    except runner.Interrupted:
        db.session.rollback()
    _finish(version_id, state, len(numbers))
    return len(numbers)


def _waiting(version_id: int):
    return (
        select(DocumentPage.number)
        .where(
            DocumentPage.version_id == version_id,
            DocumentPage.image_only,
            DocumentPage.text_source == FROM_FILE,
        )
        .order_by(DocumentPage.number)
    )


def _silent_for(limit: timedelta) -> ColumnElement[bool]:
    alive_at = DocumentVersion.ocr_alive_at
    return or_(alive_at.is_(None), alive_at < now() - limit)


def _claim(version_id: int) -> tuple[Path, list[int]] | None:
    """Mark the version as being recognised; None where any other is, or nothing is left."""
    version = claim(RECOGNISING, version_id)
    if version is None:
        return None
    numbers = _next_pages(version_id)
    if not numbers:
        version.ocr_state = DONE
    path = storage.blob_path(version.blob_key)
    db.session.commit()
    return (path, numbers) if numbers else None


def _next_pages(version_id: int) -> list[int]:
    allowed = MAX_PAGES - _recognised(version_id)
    found = _waiting(version_id).limit(max(0, min(PAGES_AT_ONCE, allowed)))
    return list(db.session.scalars(found).all())


def _recognised(version_id: int) -> int:
    """Count the pages that a machine has looked at."""
    return (
        db.session.scalar(
            select(func.count(DocumentPage.id)).where(
                DocumentPage.version_id == version_id, DocumentPage.text_source == FROM_PICTURE
            )
        )
        or 0
    )


def _store(version_id: int, page: Recognised) -> None:
    """Keep what was recognised; where that is nothing, what the file itself says stays."""
    found = {
        "text": page.text,
        "word_boxes": from_text(page.places),
        "ocr_confidence": page.confidence,
    }
    db.session.execute(
        update(DocumentPage)
        .where(
            DocumentPage.version_id == version_id,
            DocumentPage.number == page.number,
            DocumentPage.image_only,
        )
        .values(text_source=FROM_PICTURE, **(found if page.text else {}))
    )
    _set(version_id, ocr_alive_at=now())


def _put_aside(version_id: int, left: list[int], refusal: Refusal) -> str:
    """Pass over the page at which the reading broke off; give the version's state."""
    if refusal.reason == Reason.NO_RECOGNITION:
        return MISSING
    log.warning("a page of version %s was not recognised: %s", version_id, refusal)
    if left:
        _store(version_id, Recognised(left[0], "", 0))
    return QUEUED


def _finish(version_id: int, state: str, pages: int) -> None:
    version = db.session.get(DocumentVersion, version_id, populate_existing=True)
    if version is None or version.extraction_state != DONE:
        db.session.rollback()
        return
    if state == QUEUED and not _next_pages(version_id):
        state = DONE
    version.ocr_state, version.ocr_alive_at = state, now()
    done = _recognised(version_id)
    if state == DONE or done // INDEXED_EVERY != (done - pages) // INDEXED_EVERY:
        outbox.note("document", {version.document_id})
    db.session.commit()


def _set(version_id: int, **values: object) -> bool:
    found = db.session.execute(
        update(DocumentVersion).where(DocumentVersion.id == version_id).values(**values)
    )
    db.session.commit()
    return bool(found.rowcount)


def _next_version() -> int | None:
    """Give the version that waited longest; None where nothing waits."""
    found = waited_longest(RECOGNISING)
    db.session.commit()
    return found


def waiting_versions() -> list[int]:
    """Give the versions whose scanned pages nobody has recognised or is recognising."""
    state = DocumentVersion.ocr_state
    waits = or_(state.in_((QUEUED, MISSING)), (state == RUNNING) & _silent_for(DEAD_AFTER))
    found = db.session.scalars(
        select(DocumentVersion.id)
        .where(waits, DocumentVersion.extraction_state == DONE)
        .order_by(DocumentVersion.ocr_alive_at, DocumentVersion.id)
    ).all()
    db.session.commit()
    return list(found)


def count_waiting() -> int:
    """Count the scanned pages, of all versions that can be read, that no machine has looked at."""
    number = db.session.scalar(
        select(func.count(DocumentPage.id))
        .join(DocumentVersion, DocumentPage.version_id == DocumentVersion.id)
        .where(
            DocumentVersion.ocr_state.in_((QUEUED, RUNNING, MISSING)),
            DocumentPage.image_only,
            DocumentPage.text_source == FROM_FILE,
        )
    )
    db.session.commit()
    return number or 0


@tasks.recover
def recover_scans() -> None:
    """Queue again what is unfinished, also when Tesseract has been installed meanwhile."""
    waiting = waiting_versions()
    if not waiting or not settle_availability():
        return
    forgotten = db.session.scalar(
        select(DocumentVersion.id)
        .where(DocumentVersion.id.in_(waiting[:1]), _silent_for(FORGOTTEN_AFTER))
        .limit(1)
    )
    if forgotten is not None:
        tasks.after_commit(recognise_scans, forgotten)
    db.session.commit()
