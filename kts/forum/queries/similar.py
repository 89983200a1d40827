"""What may hold the answer already: threads and document pages like a title that is typed."""

from dataclasses import dataclass, field

from flask import current_app

from kts.core.access import Viewer
from kts.extensions import db
from kts.forum.models import Thread
from kts.forum.queries.threads import visible_threads
from kts.search import services as search
from kts.search.engine import Hit, SearchRequest

SHOWN = 5  # of each kind; more is a search of its own
SHORTEST = 4  # characters; a title needs as many
LONGEST = 200
WORTH_SHOWING = 0.25  # of the best one's score; below, a title shares only its common words


@dataclass(frozen=True)
class SimilarThread:
    """A thread like the one that is being opened."""

    thread: Thread
    url: str
    passage: str

    @property
    def is_answered(self) -> bool:
        """Say whether an answer was accepted."""
        return self.thread.accepted_post_id is not None


@dataclass(frozen=True)
class Similar:
    """What a title is like; empty where nothing is found or the search is missing."""

    title: str
    threads: list[SimilarThread] = field(default_factory=list)
    pages: list[Hit] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Give how many things were found."""
        return len(self.threads) + len(self.pages)


def similar_to(viewer: Viewer, title: str) -> Similar:
    """Find threads and pages like a title; the permission filter is inside the search."""
    title = " ".join(title.split())
    if not SHORTEST <= len(title) <= LONGEST:
        return Similar(title)
    try:
        threads = _found(viewer, title, "thread")
        pages = _found(viewer, title, "document")
    except Exception:
        db.session.rollback()  # an engine inside the database may have ended the transaction
        current_app.logger.exception("nothing similar could be looked for")
        return Similar(title)
    return Similar(title, _still_visible(viewer, threads), pages)


def _found(viewer: Viewer, title: str, kind: str) -> list[Hit]:
    request = SearchRequest(
        title,
        viewer.visibility_tokens,
        kinds=frozenset({kind}),
        limit=SHOWN,
        pages_per_hit=0,
    )
    hits = search.search(request).hits
    return [hit for hit in hits if hit.score >= WORTH_SHOWING * hits[0].score]


def _still_visible(viewer: Viewer, hits: list[Hit]) -> list[SimilarThread]:
    """Keep what the database still shows: the index may be some seconds behind."""
    if not hits:
        return []
    statement = visible_threads(viewer).where(Thread.id.in_([hit.id for hit in hits]))
    threads = {thread.id: thread for thread in db.session.scalars(statement)}
    return [
        SimilarThread(threads[hit.id], hit.url, hit.snippet) for hit in hits if hit.id in threads
    ]
