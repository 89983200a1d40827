"""What municipalities like the viewer's own ask, for the forum's first page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import exists, or_

from kts.accounts.models import MunicipalityMembership
from kts.core.access import Viewer
from kts.core.clock import now
from kts.extensions import db
from kts.forum.models import QUESTION, Thread
from kts.forum.queries.threads import _for_list, visible_threads
from kts.municipalities.models import Municipality
from kts.municipalities.peers import peers_of

MOST_OWN = 3  # municipalities of one person that are compared; hardly anybody has more
MOST_PEERS = 20  # for each of them
REMEMBERED = timedelta(minutes=10)  # the register changes a few times a year, profiles now and then


@dataclass(frozen=True)
class PeerQuestion:
    """An open question and the municipality, like the viewer's own, that asks it."""

    thread: Thread
    name: str
    size: str


def peer_questions(viewer: Viewer, limit: int = 5) -> list[PeerQuestion]:
    """List open questions that municipalities like the viewer's ask, most shared first.

    A municipality asks through the thread that is about it, or through whoever belongs to it.
    """
    if not viewer.is_authenticated:
        return []
    peers = _peers_of_own(viewer)
    if not peers:
        return []
    statement = (
        visible_threads(viewer)
        .where(
            Thread.kind == QUESTION,
            Thread.accepted_post_id.is_(None),
            ~Thread.locked,
            ~Thread.hidden,
            Thread.deleted.is_(None),
            Thread.merged_into_id.is_(None),
            or_(Thread.author_id.is_(None), Thread.author_id != viewer.id),
            or_(Thread.municipality_id.in_(peers), _asked_from(peers)),
        )
        .options(*_for_list())
        .order_by(Thread.problem_count.desc(), Thread.created.desc())
        .limit(limit)
    )
    threads = db.session.scalars(statement).all()
    return _named(threads, peers)


def _asked_from(peers: Sequence[int]):  # type: ignore[no-untyped-def]
    return exists().where(
        MunicipalityMembership.user_id == Thread.author_id,
        MunicipalityMembership.municipality_id.in_(peers),
    )


def _named(threads: Sequence[Thread], peers: Sequence[int]) -> list[PeerQuestion]:
    authors = {thread.author_id for thread in threads}
    statement = (
        db.select(MunicipalityMembership.user_id, Municipality)
        .join(Municipality, Municipality.id == MunicipalityMembership.municipality_id)
        .where(
            MunicipalityMembership.user_id.in_(authors),
            MunicipalityMembership.municipality_id.in_(peers),
        )
        .order_by(Municipality.name.desc())
    )
    places = {row[0]: row[1] for row in db.session.execute(statement)} if threads else {}
    rows = []
    for thread in threads:
        place = thread.municipality if thread.municipality_id in peers else None
        place = place or places[thread.author_id]
        rows.append(PeerQuestion(thread, place.name, place.size_label))
    return rows


def _peers_of_own(viewer: Viewer) -> list[int]:
    """Give the ids of the municipalities like the viewer's, without her own."""
    own = db.session.scalars(
        db.select(MunicipalityMembership.municipality_id)
        .where(MunicipalityMembership.user_id == viewer.id)
        .order_by(MunicipalityMembership.id)
        .limit(MOST_OWN)
    ).all()
    found = {peer for municipality_id in own for peer in _peer_ids(municipality_id)}
    return sorted(found - set(own))


def _peer_ids(municipality_id: int) -> list[int]:
    """Give the most similar municipalities, compared again some minutes later at the latest."""
    known: dict[int, tuple[datetime, list[int]]]
    known = current_app.extensions.setdefault("kts_forum_peers", {})
    at, ids = known.get(municipality_id, (None, []))
    if at is None or now() - at > REMEMBERED:
        place = db.session.get(Municipality, municipality_id)
        ids = [peer.municipality.id for peer in peers_of(place, MOST_PEERS)] if place else []
        known[municipality_id] = (now(), ids)
    return ids
