"""What the worker does for the index."""

from __future__ import annotations

import logging

from kts.core import tasks
from kts.search import sync
from kts.search.engine import IndexLockedError

log = logging.getLogger(__name__)


@tasks.task
def drain() -> None:
    """Bring the index up to date; where it is held, whoever holds it works the outbox off."""
    try:
        sync.drain()
    except IndexLockedError:
        log.info("the index is being written; the changes wait in the outbox")


@tasks.task
def rebuild_if_missing() -> None:
    """Write the index where there is none."""
    try:
        if sync.rebuild_if_missing():
            log.info("the search index was missing and has been written anew")
    except IndexLockedError:
        log.info("the index is being written by another process")


@tasks.recover
def find_work() -> None:
    """Find changes that nobody was woken for, and a missing index."""
    from kts.search.services import engine

    if not engine().status().ready:
        tasks.enqueue(rebuild_if_missing)
    elif sync.pending():
        tasks.enqueue(drain)


@tasks.nightly
def check_index() -> None:
    """Compare index and database, and repair."""
    found = sync.check()
    if found:
        log.warning("the index differed from the database in %d things; repaired", len(found))
