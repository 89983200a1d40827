"""What the worker does for the desk: mending what waits, and removing old entries of the log."""

import logging
from datetime import timedelta

from flask import current_app

from kts.core import audit, waiting
from kts.core.clock import now
from kts.core.tasks import nightly, recover
from kts.core.transactions import reading
from kts.extensions import db

log = logging.getLogger(__name__)

EVERY = timedelta(hours=1)  # a question that is due today may wait that long
BATCH = 200  # a transaction short enough that nobody waits for it


@recover
def mend_each_hour() -> int:
    """Mend at the worker's start and every hour from then on; give how many rows were mended."""
    last = current_app.extensions.get("kts_desk_mended")
    if last is not None and now() - last < EVERY:
        return 0
    current_app.extensions["kts_desk_mended"] = now()
    return mend()


@nightly
def mend() -> int:
    """Bring the table to what should wait now, in both directions; give how many rows.

    One kind that fails stops no other.
    """
    done = 0
    for kind in list(waiting.KINDS.values()):
        try:
            done += _mend(kind)
        except Exception:
            log.exception("what waits of the kind %s could not be mended", kind.key)
            db.session.rollback()
    return done


def _mend(kind: waiting.Kind) -> int:
    with reading():
        found = waiting.differences(kind)
        db.session.rollback()
    for start in range(0, len(found.missing), BATCH):
        for due in found.missing[start : start + BATCH]:
            waiting.put_due(kind.key, due)
        db.session.commit()
    for start in range(0, len(found.over), BATCH):
        for number in found.over[start : start + BATCH]:
            waiting.settle(kind.key, number)
        db.session.commit()
    return len(found.missing) + len(found.over)


@nightly
def forget_old_deeds() -> int:
    """Remove entries of the log whose time is over, and note how many; give the number."""
    days = current_app.config["KTS"].audit_days
    oldest, done = now() - timedelta(days=days), 0
    while removed := audit.forget_before(oldest, BATCH):
        done += removed
        db.session.commit()
    if done:
        audit.record(None, "audit_entry.expire", None, changes={"entries": [done, 0]})
        db.session.commit()
    return done
