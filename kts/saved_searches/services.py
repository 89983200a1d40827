"""Keeping, changing and forgetting questions, and telling what is new to them."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import delete

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.errors import Invalid
from kts.core.transactions import reading, writing
from kts.extensions import db
from kts.notifications.services import notify
from kts.saved_searches import queries
from kts.saved_searches.models import SavedSearch, ToldHit
from kts.search.asked import Asked

MOST_SAVED = 20  # of one person; the list and the worker ask each of them
TAKEN_BACK_WITHIN = timedelta(days=1)
#: What was saved before the last look may only be in the index after it (a scan that is read for
#: hours, a worker that stood still); whatever was told is remembered, so looking twice is no harm.
LATE = timedelta(days=3)
NOTIFICATION = "saved_search"


def save_search(actor: User, asked: Asked, name: str, telling: str) -> SavedSearch:
    """Keep a question; raise Invalid for an empty one, one kept already, or one too many."""
    if not asked:
        raise Invalid(_("There is nothing to search for in it."))
    if same := queries.same_search(actor, asked):
        raise Invalid(_("You have saved this search already, as “%(name)s”.", name=same.name))
    if len(queries.own_searches(actor)) >= MOST_SAVED:
        raise Invalid(
            ngettext(
                "You can save %(num)d search. Delete one that you no longer need.",
                "You can save %(num)d searches. Delete one that you no longer need.",
                MOST_SAVED,
            )
        )
    saved = SavedSearch(
        user_id=actor.id,
        name=name,
        query=asked.query,
        filters={facet: sorted(values) for facet, values in asked.chosen.items() if values},
        telling=telling,
    )
    db.session.add(saved)
    db.session.flush()
    return saved


def change_search(saved: SavedSearch, name: str, telling: str) -> None:
    """Give another name and say how often to tell."""
    if saved.telling == "off" and telling != "off":
        saved.looked = now()  # what came while nobody was to be told is not told afterwards
    saved.name, saved.telling = name, telling
    db.session.flush()


def delete_search(saved: SavedSearch) -> None:
    """Take it away; ``restore_search`` brings it back for a day."""
    saved.deleted = now()
    db.session.flush()


def restore_search(saved: SavedSearch) -> None:
    """Bring a deleted search back as it was."""
    saved.deleted = None
    db.session.flush()


def mark_seen(saved: SavedSearch) -> datetime:
    """Note that the owner has looked; give until when she had looked before."""
    before, saved.seen = saved.seen, now()
    db.session.flush()
    return before


def forget_deleted() -> None:
    """Remove what was deleted too long ago to be taken back, and commit."""
    with writing():
        db.session.execute(
            delete(SavedSearch).where(SavedSearch.deleted < now() - TAKEN_BACK_WITHIN)
        )
        db.session.commit()


def tell_news(search_id: int) -> int:
    """Tell the owner what is new to a search, and commit; give the number of hits told.

    The search is asked with what the owner may see at this moment. What is told is written in one
    transaction with the message, so that nothing is told twice, whenever the process ends.
    """
    moment = now()
    with reading():
        saved = db.session.get(SavedSearch, search_id)
        if saved is None or saved.deleted or saved.telling == "off" or not saved.user.active:
            db.session.rollback()
            return 0
        since = max(saved.created, saved.looked - LATE)
        found = queries.news(saved, queries.tokens_now(saved.user), since)
        db.session.rollback()
    with writing():
        told = _tell(search_id, found, since, moment)
        db.session.commit()
    return told


def _tell(search_id: int, found: queries.News, since: datetime, moment: datetime) -> int:
    saved = db.session.get(SavedSearch, search_id, populate_existing=True)
    if saved is None or saved.deleted or not saved.user.active:
        return 0
    known = set(db.session.scalars(db.select(ToldHit.parent).filter_by(saved_search_id=search_id)))
    fresh = [hit for hit in found.hits if hit.parent not in known]
    saved.looked = moment
    if not fresh:
        return 0
    db.session.add_all(ToldHit(saved_search_id=search_id, parent=hit.parent) for hit in fresh)
    earliest = min(hit.created or hit.updated for hit in fresh) - timedelta(seconds=1)
    notify(
        saved.user, NOTIFICATION, _sentence(saved, len(fresh), found.more), address(saved, earliest)
    )
    return len(fresh)


def _sentence(saved: SavedSearch, number: int, more: bool) -> str:
    with force_locale(saved.user.language):
        if more:
            return _(
                "More than %(num)d new hits for your saved search “%(name)s”.",
                num=number,
                name=saved.name,
            )
        return ngettext(
            "%(num)d new hit for your saved search “%(name)s”.",
            "%(num)d new hits for your saved search “%(name)s”.",
            number,
            name=saved.name,
        )


def address(saved: SavedSearch, since: datetime) -> str:
    """Give the address that shows only what is new since a moment."""
    return f"/meine-suchen/{saved.id}?seit={since.strftime('%Y-%m-%dT%H:%M:%SZ')}"
