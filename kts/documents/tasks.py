"""Background work on versions: read the text; the pages are drawn by ``drawing``.

Both may die at any moment and run twice. A process claims a version by moving ``alive_at``; work
whose ``alive_at`` stands still is claimed again by the recovery. While the child reads, no
transaction is open: pages are stored in batches with a commit each, so others can write.
"""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import joinedload

from kts.core import storage, tasks
from kts.core.clock import now
from kts.core.text import RENDER_VERSION, plain_text, render_markdown
from kts.documents.drawing import DRAWING_DEAD_AFTER, draw_previews
from kts.documents.extraction import runner
from kts.documents.extraction.refusals import Reason, Refusal
from kts.documents.extraction.shapes import (
    MARKDOWN,
    Done,
    Opened,
    Page,
    Waiting,
    from_text,
)
from kts.documents.models import (
    DONE,
    FAILED,
    FROM_FILE,
    NONE,
    QUEUED,
    RUNNING,
    DocumentPage,
    DocumentVersion,
)
from kts.documents.recognition import expect_recognition
from kts.documents.releasing import show_if_newest
from kts.documents.waiting import wait_for_readable
from kts.extensions import db
from kts.notifications.services import notify
from kts.search import outbox

log = logging.getLogger(__name__)

BATCH_PAGES = 25  # one commit for these: fast enough, and progress is seen
BATCH_SECONDS = 10  # or for what slow pages gave in this time, so that they don't look dead
# A reading process moves `alive_at` every few seconds; after this it is taken for dead.
DEAD_AFTER = timedelta(minutes=1)
# What was queued this long ago is not in the queue any more.
FORGOTTEN_AFTER = timedelta(minutes=1)
MAX_ATTEMPTS = 3
# The worker has more hands than this: files that take long leave some free for everything else.
READ_AT_ONCE = 2

Progress = Callable[[int, int], None]


@tasks.task
def extract_version(version_id: int, progress: Progress | None = None) -> None:
    """Read the version's file page by page; ends as ``done`` or ``failed``.

    Turned away while :data:`READ_AT_ONCE` others are being read, unless somebody waits in front
    of it, which ``progress`` tells; it is taken up when one of them ends.
    """
    if progress is None and _is_turned_away(version_id):
        return
    claimed = _claim(version_id)
    if claimed is not None:
        _read(version_id, *claimed, progress)
        _wake_next()


def _read(version_id: int, path: Path, filename: str, progress: Progress | None) -> None:
    try:
        done = _store_pages(version_id, _events(path, filename), progress)
    except Refusal as refusal:
        db.session.rollback()
        _fail(version_id, refusal)
        return
    except runner.Interrupted:
        db.session.rollback()
        _set(version_id, extraction_state=QUEUED)
        return
    if done is not None:
        _finish(version_id, done)


def _is_turned_away(version_id: int) -> bool:
    """Say whether enough other versions are being read; writes down that this one waits."""
    others = db.session.scalar(
        select(func.count(DocumentVersion.id)).where(
            DocumentVersion.extraction_state == RUNNING,
            DocumentVersion.alive_at >= now() - DEAD_AFTER,
            DocumentVersion.id != version_id,
        )
    )
    if (others or 0) < READ_AT_ONCE:
        db.session.rollback()
        return False
    db.session.execute(
        update(DocumentVersion)
        .where(DocumentVersion.id == version_id, DocumentVersion.extraction_state == QUEUED)
        .values(alive_at=None)
    )
    db.session.commit()
    return True


def _wake_next() -> None:
    """Have the version read that was turned away first."""
    following = db.session.scalar(
        select(DocumentVersion.id)
        .where(DocumentVersion.extraction_state == QUEUED, DocumentVersion.alive_at.is_(None))
        .order_by(DocumentVersion.id)
        .limit(1)
    )
    if following is not None and current_app.config.get("TASKS") != "now":
        tasks.after_commit(extract_version, following)
    db.session.commit()


def _set(version_id: int, **values: str) -> None:
    db.session.execute(
        update(DocumentVersion)
        .where(DocumentVersion.id == version_id)
        .values(alive_at=now(), **values)
    )
    db.session.commit()


def _claim(version_id: int) -> tuple[Path, str] | None:
    """Mark the version as being read; None where another process is at it or nothing is left."""
    free = or_(
        DocumentVersion.extraction_state == QUEUED,
        and_(
            DocumentVersion.extraction_state == RUNNING,
            DocumentVersion.alive_at < now() - DEAD_AFTER,
        ),
    )
    claimed = db.session.execute(
        update(DocumentVersion)
        .where(DocumentVersion.id == version_id, free)
        .values(
            extraction_state=RUNNING,
            extraction_error="",
            extraction_detail="",
            extraction_attempts=DocumentVersion.extraction_attempts + 1,
            pages_done=0,
            alive_at=now(),
            ocr_state=NONE,
        )
    )
    if not claimed.rowcount:
        db.session.rollback()
        return None
    version = db.session.get_one(DocumentVersion, version_id, populate_existing=True)
    if version.extraction_attempts > MAX_ATTEMPTS:
        db.session.commit()
        _fail(version_id, Refusal(Reason.BROKEN))
        return None
    db.session.execute(delete(DocumentPage).where(DocumentPage.version_id == version_id))
    found = storage.blob_path(version.blob_key), version.filename
    db.session.commit()
    return found


def _events(path: Path, filename: str) -> Iterator[Waiting | Opened | Page | Done]:
    if not path.is_file():
        raise Refusal(Reason.BROKEN)
    yield from runner.extract(path, filename)


def _store_pages(
    version_id: int, events: Iterator[Waiting | Opened | Page | Done], progress: Progress | None
) -> Done | None:
    """Store what is read; give the last word, or None where the version was deleted meanwhile."""
    total, batch, stored = 0, [], time.monotonic()
    for event in events:
        if isinstance(event, Opened):
            total = event.pages
        elif isinstance(event, Waiting):
            if not _write_batch(version_id, [], total):
                return None
        elif isinstance(event, Page):
            batch.append(_page_values(version_id, event))
            if len(batch) >= BATCH_PAGES or time.monotonic() - stored > BATCH_SECONDS:
                if not _write_batch(version_id, batch, total):
                    return None
                batch, stored = [], time.monotonic()
            if progress:
                progress(event.number, total)
        else:
            return event if _write_batch(version_id, batch, event.pages) else None
    raise Refusal(Reason.BROKEN)


def _page_values(version_id: int, page: Page) -> dict[str, object]:
    values: dict[str, object] = {
        "version_id": version_id,
        "number": page.number,
        "label": page.label,
        "heading": page.heading,
        "text": page.text,
        "image_only": page.image_only,
        "text_source": FROM_FILE,
        "word_boxes": from_text(page.places),
        "markdown": None,
        "html": None,
        "render_version": 0,
    }
    if page.markup == MARKDOWN:
        rendered = render_markdown(page.text)
        values |= {
            "markdown": page.text,
            "html": rendered,
            "text": plain_text(rendered),
            "render_version": RENDER_VERSION,
        }
    return values


def _write_batch(version_id: int, batch: list[dict[str, object]], total: int) -> bool:
    done = max((page["number"] for page in batch), default=0)
    values = {"alive_at": now(), "page_count": total}
    if done:
        values["pages_done"] = done
    alive = db.session.execute(
        update(DocumentVersion)
        .where(DocumentVersion.id == version_id, DocumentVersion.extraction_state == RUNNING)
        .values(**values)
    )
    if not alive.rowcount:
        db.session.rollback()
        return False
    if batch:
        db.session.execute(DocumentPage.__table__.insert(), batch)
    db.session.commit()
    return True


def _finish(version_id: int, done: Done) -> None:
    version = db.session.get(DocumentVersion, version_id, populate_existing=True)
    if version is None or version.extraction_state != RUNNING:
        db.session.rollback()
        return
    version.extraction_state, version.alive_at = DONE, now()
    version.accessibility_facts = done.accessibility or None
    document = version.document
    show_if_newest(version)
    document.language = document.language or done.language or "de"
    expect_recognition(version)
    if version.preview_state != NONE:
        version.preview_state = QUEUED
        tasks.after_commit(draw_previews, version.id)
    db.session.commit()


def _fail(version_id: int, refusal: Refusal) -> None:
    """Keep the file and say why; the pages read so far are worth nothing alone."""
    version = db.session.get(DocumentVersion, version_id, populate_existing=True)
    if version is None:
        return
    db.session.execute(delete(DocumentPage).where(DocumentPage.version_id == version_id))
    version.extraction_state, version.pages_done = FAILED, 0
    version.extraction_error = refusal.reason.value
    version.extraction_detail = refusal.detail[:200]
    wait_for_readable(version)
    uploader = version.uploaded_by
    if uploader is not None:
        with force_locale(uploader.language):
            text = _(
                "The file %(file)s could not be read. What you can do is on the document's page.",
                file=version.filename,
            )
        notify(uploader, "document.failed", text, version.document.path)
    db.session.commit()


@tasks.recover
def recover_versions() -> None:
    """Queue again what the rows say is unfinished and nobody works on."""
    moment = now()

    def silent_for(limit: timedelta) -> ColumnElement[bool]:
        alive_at = DocumentVersion.alive_at
        return or_(alive_at.is_(None), alive_at < moment - limit)

    forgotten = silent_for(FORGOTTEN_AFTER)
    state, preview = DocumentVersion.extraction_state, DocumentVersion.preview_state
    for work, task in (
        (
            or_(
                and_(state == QUEUED, forgotten),
                and_(state == RUNNING, silent_for(DEAD_AFTER)),
            ),
            extract_version,
        ),
        (
            and_(
                state == DONE,
                or_(
                    and_(preview == QUEUED, forgotten),
                    and_(preview == RUNNING, silent_for(DRAWING_DEAD_AFTER)),
                ),
            ),
            draw_previews,
        ),
    ):
        for version_id in db.session.scalars(select(DocumentVersion.id).where(work)).all():
            tasks.after_commit(task, version_id)
    db.session.commit()


@tasks.nightly
def render_again() -> int:
    """Render chapters that an older rule made; give how many. For the nightly run."""
    done = 0
    outdated = (
        select(DocumentPage)
        .where(DocumentPage.markdown.is_not(None), DocumentPage.render_version != RENDER_VERSION)
        .options(joinedload(DocumentPage.version))
        .limit(100)
    )
    while pages := db.session.scalars(outdated).all():
        for page in pages:
            page.html = render_markdown(page.markdown or "")
            page.text, page.render_version = plain_text(page.html), RENDER_VERSION
        outbox.note("document", {page.version.document_id for page in pages})
        done += len(pages)
        db.session.commit()
    return done
