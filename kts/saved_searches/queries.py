"""Reads about saved searches; everybody finds only her own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kts.accounts.models import User
from kts.core.access import Viewer
from kts.core.errors import NotFound
from kts.extensions import db
from kts.saved_searches.models import SavedSearch
from kts.search import sources
from kts.search.asked import Asked, answer, understand
from kts.search.engine import FACETS, Hit

MOST_NEWS = 50  # hits of one search that are counted or told at once; more are "more than 50"
WEEK = timedelta(days=6, hours=12)  # the worker does not come at the same minute every night


@dataclass(frozen=True)
class News:
    """Hits of a saved search that its owner has not seen; ``more``: there are even more."""

    hits: Sequence[Hit]
    more: bool = False


def own_searches(viewer: Viewer) -> list[SavedSearch]:
    """List the viewer's searches by name, without deleted ones."""
    statement = db.select(SavedSearch).filter_by(user_id=viewer.id, deleted=None)
    return sorted(db.session.scalars(statement), key=lambda saved: saved.name.casefold())


def get_search(viewer: Viewer, search_id: int, *, deleted: bool = False) -> SavedSearch:
    """Find one of the viewer's own searches; raise NotFound for anything else."""
    found = db.session.scalar(
        db.select(SavedSearch).where(
            SavedSearch.id == search_id,
            SavedSearch.user_id == viewer.id,
            SavedSearch.deleted.is_not(None) if deleted else SavedSearch.deleted.is_(None),
        )
    )
    if found is None:
        raise NotFound
    return found


def same_search(viewer: Viewer, asked: Asked) -> SavedSearch | None:
    """Find the viewer's search that asks the same."""
    for saved in own_searches(viewer):
        if saved.query == asked.query and _filters(saved.filters) == _filters(asked.chosen):
            return saved
    return None


def asked_by(saved: SavedSearch) -> Asked:
    """Give the question as the search understands it."""
    return understand(saved.query, saved.filters)


def filter_labels(searches: Sequence[SavedSearch]) -> Mapping[str, Mapping[str, str]]:
    """Name all values that these searches narrow down to, one look-up a facet."""
    values = {
        facet: sorted({value for saved in searches for value in saved.filters.get(facet, ())})
        for facet in FACETS
    }
    return {facet: sources.labels_of(facet, found) for facet, found in values.items()}


def news(saved: SavedSearch, visibility: frozenset[str], since: datetime) -> News:
    """Find what came since a moment and these tokens may see, newest first.

    New is what was made since, not what was edited: a hit's ``created`` is the moment of its best
    place, in a thread that of the post.
    """
    response = answer(
        asked_by(saved),
        visibility,
        sort="newest",
        updated_after=since,
        limit=MOST_NEWS + 1,
        pages_per_hit=0,
    )
    if response.did_you_mean:  # nothing holds the words; what resembles them is no news
        return News(())
    hits = [hit for hit in response.hits if (hit.created or hit.updated) > since]
    return News(hits[:MOST_NEWS], len(hits) > MOST_NEWS)


def tokens_now(user: User) -> frozenset[str]:
    """Give what a person may see at this moment, not what the session remembers of her."""
    user.__dict__.pop("visibility_tokens", None)
    db.session.expire(user, ["group_memberships"])
    return user.visibility_tokens


def due_searches(moment: datetime) -> list[int]:
    """List the searches whose owners are to be told now, by number."""
    statement = (
        db.select(SavedSearch.id)
        .join(User, User.id == SavedSearch.user_id)
        .where(
            User.active,
            SavedSearch.deleted.is_(None),
            db.or_(
                SavedSearch.telling == "daily",
                (SavedSearch.telling == "weekly") & (SavedSearch.looked <= moment - WEEK),
            ),
        )
        .order_by(SavedSearch.id)
    )
    return list(db.session.scalars(statement))


def _filters(given: Mapping[str, object]) -> dict[str, set[str]]:
    return {facet: set(values) for facet, values in given.items() if values}  # type: ignore[call-overload]
