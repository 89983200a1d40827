"""Background work on versions: draw the pages, a few at a time, for whoever reads them next.

It may die at any moment and run twice: a process claims a version by moving ``alive_at``, and what
is left to draw is told by the pages that have no picture.
"""

import logging
import tempfile
from datetime import timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import select, update

from kts.core import storage, tasks
from kts.core.clock import now
from kts.documents.extraction import runner
from kts.documents.extraction.refusals import Refusal
from kts.documents.extraction.shapes import COVER_WIDTH
from kts.documents.models import DONE, FAILED, QUEUED, DocumentPage, DocumentVersion
from kts.documents.turns import Work, claim, waited_longest
from kts.extensions import db

log = logging.getLogger(__name__)

# Few enough that other work gets its turn: less than a second of drawing.
PREVIEWS_AT_ONCE = 8
# A drawing process moves `alive_at` once for several pages; meanwhile pages are drawn for whoever
# opens them.
DRAWING_DEAD_AFTER = timedelta(minutes=5)
DRAWING = Work(DocumentVersion.preview_state, DocumentVersion.alive_at, DRAWING_DEAD_AFTER)


@tasks.task
def draw_previews(version_id: int) -> None:
    """Draw the next pages of a version that have no picture, then queue what comes next.

    One version is drawn at a time, a few pages in one go: drawing takes minutes for a long
    document, and what people wait for must get its turn in between.
    """
    following: int | None = version_id
    while following is not None:
        following = _draw_some(following)
        if following is not None and current_app.config.get("TASKS") != "now":
            tasks.after_commit(draw_previews, following)
            db.session.commit()
            return


def _draw_some(version_id: int) -> int | None:
    """Draw a few pages; give the version to go on with, None where nothing is left or free."""
    claimed = _claim_drawing(version_id)
    if claimed is None:
        return None
    path, needs_cover, numbers = claimed
    try:
        if needs_cover:
            draw_cover(version_id, path)
        draw_pages(version_id, path, numbers)
        state = QUEUED if len(numbers) == PREVIEWS_AT_ONCE else DONE
    except Refusal as refusal:
        log.warning("pages of version %s were not drawn: %s", version_id, refusal)
        db.session.rollback()
        state = FAILED
    except runner.Interrupted:
        db.session.rollback()
        _set_state(version_id, QUEUED)
        return None
    _set_state(version_id, state)
    following = waited_longest(DRAWING)
    db.session.commit()
    return following


def _set_state(version_id: int, state: str) -> None:
    db.session.execute(
        update(DocumentVersion)
        .where(DocumentVersion.id == version_id)
        .values(preview_state=state, alive_at=now())
    )
    db.session.commit()


def _claim_drawing(version_id: int) -> tuple[Path, bool, list[int]] | None:
    """Mark the version as being drawn; give its file, whether it has no cover, and pages to do."""
    version = claim(DRAWING, version_id)
    if version is None:
        return None
    numbers = db.session.scalars(
        select(DocumentPage.number)
        .where(DocumentPage.version_id == version_id, DocumentPage.preview_width.is_(None))
        .order_by(DocumentPage.number)
        .limit(PREVIEWS_AT_ONCE)
    ).all()
    found = storage.blob_path(version.blob_key), version.cover_key is None, list(numbers)
    db.session.commit()
    return found


def draw_cover(version_id: int, path: Path) -> None:
    """Draw the first page small, for lists; commits."""
    with tempfile.TemporaryDirectory(prefix="kts-draw-") as folder:
        for drawn in runner.render(path, [1], Path(folder), COVER_WIDTH):
            with (Path(folder) / drawn.file).open("rb") as file:
                blob = storage.store(file)
            db.session.execute(
                update(DocumentVersion)
                .where(DocumentVersion.id == version_id)
                .values(cover_key=blob.key)
            )
            db.session.commit()


def draw_pages(version_id: int, path: Path, numbers: list[int]) -> None:
    """Draw these pages and note their pictures; commits after each.

    A page that can't be drawn gets the width 0, so that nobody tries again for ever.
    """
    if not numbers:
        return
    missing = set(numbers)
    with tempfile.TemporaryDirectory(prefix="kts-draw-") as folder:
        for drawn in runner.render(path, numbers, Path(folder)):
            picture = Path(folder) / drawn.file
            with picture.open("rb") as file:
                blob = storage.store(file)
            picture.unlink()
            _note_picture(version_id, drawn.number, blob.key, drawn.width, drawn.height)
            missing.discard(drawn.number)
    for number in missing:
        _note_picture(version_id, number, None, 0, 0)


def _note_picture(version_id: int, number: int, key: str | None, width: int, height: int) -> None:
    db.session.execute(
        update(DocumentPage)
        .where(DocumentPage.version_id == version_id, DocumentPage.number == number)
        .values(preview_key=key, preview_width=width, preview_height=height)
    )
    db.session.commit()
