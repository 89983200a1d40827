"""What moderators decide about a query that was searched for."""

from typing import Any

from sqlalchemy import delete

from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Invalid
from kts.core.waiting import settle
from kts.curation.queries.searches import settled
from kts.curation.waiting import SEARCH, number_of
from kts.extensions import db
from kts.search.learning import folded, spelled
from kts.search.models import IGNORED, GoodQuery, SettledQuery


def settle_query(actor: Any, asked: str, outcome: str, note: str = "") -> SettledQuery:
    """Take a query from the lists; settled once more, the newer word counts."""
    if not folded(asked):
        raise Invalid
    query = settled(asked)
    if query is None:
        query = SettledQuery(folded=folded(asked), text=spelled(asked))
        db.session.add(query)
    query.outcome, query.note = outcome, note.strip()
    query.day, query.by_id = now().date(), actor.id
    if outcome == IGNORED:
        db.session.execute(delete(GoodQuery).where(GoodQuery.folded == query.folded))
    audit.record(actor, f"query.{outcome}", query, reason=query.note)
    settle(SEARCH, number_of(query.folded), by=actor)
    return query


def reopen_query(actor: Any, query: SettledQuery) -> None:
    """Put a query back into the lists."""
    audit.record(actor, "query.reopen", query)
    db.session.delete(query)
