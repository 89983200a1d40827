"""What might belong in a dossier: documents with their best page, and threads.

The search engine is asked with the title and the fields of action, and for what is like the parts
that are in already. What the asking person may not see is never in an answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from kts.core.access import Viewer
from kts.curation.dossiers.models import DOCUMENT, EXPERIENCE, PAGE, POST, THREAD, Dossier
from kts.curation.dossiers.queries import dismissed
from kts.documents.models import Document
from kts.documents.queries import visible_documents
from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.forum.queries import visible_threads
from kts.search import services as search
from kts.search.engine import Hit, SearchRequest

SHOWN = 10  # more is a search of its own
ASKED = 12  # hits of one question
MOST_LIKE = 6  # parts for which something alike is looked for; each is a question to the engine
LIKE_THESE = 4
WORTH_SHOWING = 0.25  # of the best one's score; below, only common words are shared


@dataclass(frozen=True)
class Suggestion:
    """Something that might belong in the dossier; ``address`` is what adding it needs."""

    kind: str
    object_id: int
    title: str
    address: str
    place: str
    page: int | None = None
    snippet: str = ""


def suggestions(dossier: Dossier, viewer: Viewer) -> list[Suggestion]:
    """Give what might belong in the dossier, the best first; nothing without a search."""
    try:
        hits = list(_hits(dossier, viewer))
    except Exception:
        db.session.rollback()  # an engine inside the database may have ended the transaction
        current_app.logger.exception("no suggestions for dossier %s", dossier.id)
        return []
    known = _known(dossier) | dismissed(dossier)
    best: dict[tuple[str, int], tuple[float, Hit]] = {}
    for rank, hit in hits:
        key = (hit.kind, hit.id)
        if key in known or hit.kind not in (DOCUMENT, THREAD):
            continue
        score, first = best.get(key, (0.0, hit))
        best[key] = (score + 1 / (rank + 5), first if first.page or not hit.page else hit)
    found = [hit for _score, hit in sorted(best.values(), key=lambda row: -row[0])]
    return _still_visible(viewer, found[:SHOWN])


def _hits(dossier: Dossier, viewer: Viewer) -> Iterator[tuple[int, Hit]]:
    """Ask all questions; give hits with their rank, so that answers can be joined."""
    questions = [dossier.title, *(topic.name for topic in dossier.topics)]
    for question in questions:
        for kind in (DOCUMENT, THREAD):
            request = SearchRequest(
                question,
                viewer.visibility_tokens,
                kinds=frozenset({kind}),
                limit=ASKED,
                pages_per_hit=0,
            )
            hits = search.search(request).hits
            worth = [hit for hit in hits if hit.score >= WORTH_SHOWING * hits[0].score]
            yield from enumerate(worth)
    for parent in _parents(dossier):
        yield from enumerate(search.similar(parent, viewer.visibility_tokens, LIKE_THESE))


def _parents(dossier: Dossier) -> list[str]:
    parents = dict.fromkeys(
        f"{DOCUMENT if item.kind in (DOCUMENT, PAGE) else THREAD}:{item.object_id}"
        for item in dossier.items
        if item.kind in (DOCUMENT, PAGE, THREAD, EXPERIENCE)
    )
    return list(parents)[:MOST_LIKE]


def _known(dossier: Dossier) -> set[tuple[str, int]]:
    """Give the documents and threads of which something is in the dossier."""
    known = set()
    posts = []
    for item in dossier.items:
        if item.object_id is None:
            continue
        if item.kind == POST:
            posts.append(item.object_id)
        else:
            kind = DOCUMENT if item.kind in (DOCUMENT, PAGE) else THREAD
            known.add((kind, item.object_id))
    if posts:
        threads = db.session.scalars(select(Post.thread_id).where(Post.id.in_(posts)))
        known |= {(THREAD, number) for number in threads}
    return known


def _still_visible(viewer: Viewer, hits: Sequence[Hit]) -> list[Suggestion]:
    """Keep what the database still shows: the index may be some seconds behind."""
    ids = {kind: [hit.id for hit in hits if hit.kind == kind] for kind in (DOCUMENT, THREAD)}
    doors = {
        DOCUMENT: visible_documents(viewer)
        .where(Document.id.in_(ids[DOCUMENT]))
        .options(joinedload(Document.municipality)),
        THREAD: visible_threads(viewer)
        .where(Thread.id.in_(ids[THREAD]))
        .options(joinedload(Thread.municipality)),
    }
    things = {
        (kind, thing.id): thing
        for kind, statement in doors.items()
        if ids[kind]
        for thing in db.session.scalars(statement)
    }
    return [
        Suggestion(
            kind=hit.kind,
            object_id=hit.id,
            title=things[hit.kind, hit.id].title,
            address=_address(hit, things[hit.kind, hit.id].path),
            place=getattr(things[hit.kind, hit.id].municipality, "name", ""),
            page=hit.page if hit.kind == DOCUMENT else None,
            snippet=hit.snippet,
        )
        for hit in hits
        if (hit.kind, hit.id) in things
    ]


def _address(hit: Hit, path: str) -> str:
    return f"{path}/seite/{hit.page}" if hit.kind == DOCUMENT and hit.page else path
