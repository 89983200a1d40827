"""Gives versions that were read before it was kept what is read from a file today.

The places of words and the facts about accessibility are added; texts and links stay as they are.
A version whose facts are empty was not looked at. Runs at night, and by ``kts documents complete``.
"""

import logging
from collections.abc import Callable

from sqlalchemy import select, update

from kts.core import storage, tasks
from kts.documents.extraction import runner
from kts.documents.extraction.refusals import Refusal
from kts.documents.extraction.shapes import Done, Places, from_text
from kts.documents.models import DONE, FROM_FILE, DocumentPage, DocumentVersion
from kts.extensions import db

log = logging.getLogger(__name__)

# Two seconds for a long document: half an hour of a night.
VERSIONS_A_NIGHT = 1_000
PAGES_AT_ONCE = 25  # one commit for these: nobody else waits for long
# What is written where a file can't be read any more, so that it is not tried every night.
UNKNOWN = "{}"


@tasks.nightly
def complete_some() -> int:
    """Complete the versions of one night; give how many."""
    return complete_versions(VERSIONS_A_NIGHT)


def incomplete_versions() -> list[int]:
    """Give the PDF versions that were read before places and facts were kept."""
    found = db.session.scalars(
        select(DocumentVersion.id)
        .where(
            DocumentVersion.format == "pdf",
            DocumentVersion.extraction_state == DONE,
            DocumentVersion.accessibility_facts.is_(None),
        )
        .order_by(DocumentVersion.id.desc())
    ).all()
    db.session.commit()
    return list(found)


def complete_versions(most: int, step: Callable[[], object] = lambda: None) -> int:
    """Complete up to so many versions, the newest first; give how many. Commits."""
    chosen = incomplete_versions()[:most]
    for version_id in chosen:
        complete_version(version_id)
        step()
    return len(chosen)


def complete_version(version_id: int) -> None:
    """Add places and facts to one version; a file that can't be read is left as it is."""
    version = db.session.get(DocumentVersion, version_id)
    if version is None:
        return
    path, facts = storage.blob_path(version.blob_key), UNKNOWN
    db.session.commit()  # no transaction is open while the file is read
    batch: list[Places] = []
    try:
        for event in runner.complete(path):
            if isinstance(event, Places):
                batch.append(event)
            elif isinstance(event, Done):
                facts = event.accessibility or UNKNOWN
            if len(batch) >= PAGES_AT_ONCE:
                _store(version_id, batch)
                batch = []
    except Refusal as refusal:
        log.warning("version %s was not completed: %s", version_id, refusal)
    except runner.Interrupted:
        return
    _store(version_id, batch)
    db.session.execute(
        update(DocumentVersion)
        .where(DocumentVersion.id == version_id)
        .values(accessibility_facts=facts)
    )
    db.session.commit()


def _store(version_id: int, batch: list[Places]) -> None:
    """Keep the places; those of recognised pages came with their text."""
    for page in batch:
        db.session.execute(
            update(DocumentPage)
            .where(
                DocumentPage.version_id == version_id,
                DocumentPage.number == page.number,
                DocumentPage.text_source == FROM_FILE,
            )
            .values(word_boxes=from_text(page.places))
        )
    db.session.commit()
