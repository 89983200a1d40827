"""Telling at night what is new to saved searches."""

from __future__ import annotations

import logging

from kts.core.clock import now
from kts.core.tasks import nightly
from kts.core.transactions import reading
from kts.extensions import db
from kts.saved_searches import queries, services

log = logging.getLogger(__name__)


@nightly
def tell_all() -> None:
    """Tell every owner once; one search that fails stops no other.

    Killed on the way, it goes on with the next night: each search remembers when it was looked at.
    """
    with reading():
        due = queries.due_searches(now())
        db.session.rollback()
    for search_id in due:
        try:
            services.tell_news(search_id)
        except Exception:
            log.exception("the saved search %d could not be looked at", search_id)
            db.session.rollback()
    services.forget_deleted()
