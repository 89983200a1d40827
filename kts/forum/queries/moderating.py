"""What moderators did, as readers see it between the posts and moderators see it in the log."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from kts.core import decided
from kts.core.access import Viewer, visible
from kts.core.clock import now
from kts.core.errors import NotFound
from kts.core.pagination import Page, paginate
from kts.extensions import db
from kts.forum import policies
from kts.forum.models import Category, Post, Thread, page_of
from kts.forum.models.moderating import PostMove, ThreadEvent
from kts.forum.queries.moderation_log import log_of as log_of
from kts.forum.queries.moderation_log import newest_events
from kts.forum.queries.threads import by_activity, chosen_threads, get_thread, visible_threads

SHOWN = (
    *("thread.lock", "thread.unlock", "thread.slow", "thread.unslow"),
    *("thread.move", "thread.merge", "thread.split", "thread.receive"),
)
SHOWN_AT_MOST = 200  # of one thread; whoever needs more reads the log
MOVED_AWAY_FOR = timedelta(days=14)  # people who come twice a month find the thread again
PROPOSALS = 20  # threads to choose from; more are found by their title
POSTS_TO_CHOOSE = 50  # on one page of choosing posts
TITLE_WORDS = 6
ADDRESS = re.compile(r"/thema/(\d{1,9})(?:\D|$)|^\s*#?(\d{1,9})\s*$")


@dataclass(frozen=True)
class Happening:
    """One act as all of an audience may read of it; a place that they may not see has no name."""

    kind: str
    by: str  # "moderators", "coordinators" or "" for what ended in time
    at: datetime
    reason: str
    data: dict[str, Any]
    until: datetime | None
    category: Category | None = None
    thread: Thread | None = None
    title: str = ""


@dataclass(frozen=True)
class State:
    """What holds in a thread now and why."""

    lock: Happening | None
    slow: Happening | None


def shared(viewer: Viewer, thread: Thread, posts: Sequence[Post]) -> dict[str, Any]:
    """Give what happened on this page, behind which post, and what holds in the thread now."""
    happenings = [(event, _told(viewer, event)) for event in _shown_events(thread)]
    happenings = _with_places(viewer, happenings)
    behind, before = _placed(happenings, [post.number for post in posts])
    return {
        "moderating_events": behind,
        "moderating_before": before,
        "moderating_state": _state(thread, [line for _event, line in happenings]),
        "statements": decided.statements(viewer, "post", [p.id for p in posts if p.hidden]),
        "statement": decided.statements(viewer, "thread", [thread.id] if thread.hidden else ()),
    }


def own(viewer: Viewer, thread: Thread, posts: Sequence[Post]) -> dict[str, Any]:
    """Give what it shows to this viewer alone: nothing."""
    return {}


def _shown_events(thread: Thread) -> Sequence[ThreadEvent]:
    statement = (
        db.select(ThreadEvent)
        .where(
            ThreadEvent.thread_id == thread.id,
            ThreadEvent.kind.in_(SHOWN),
            ThreadEvent.undone_at.is_(None),
        )
        .order_by(ThreadEvent.id.desc())
        .limit(SHOWN_AT_MOST)
        .options(joinedload(ThreadEvent.actor))
    )
    return db.session.scalars(statement).all()[::-1]


def _told(viewer: Viewer, event: ThreadEvent) -> Happening:
    by = ""
    if event.actor_id is not None:
        by = "moderators" if event.actor and event.actor.is_moderator else "coordinators"
    until = event.data.get("until")
    seen = event.data.get("visibility") in viewer.visibility_tokens
    return Happening(
        kind=event.kind,
        by=by,
        at=event.created,
        reason=event.reason,
        data=event.data,
        until=datetime.fromisoformat(until) if until else None,
        title=event.data.get("title", "") if seen else "",
    )


def _with_places(
    viewer: Viewer, happenings: list[tuple[ThreadEvent, Happening]]
) -> list[tuple[ThreadEvent, Happening]]:
    """Add the other category or thread where the viewer may see it, in a statement each."""
    known = _titles_known(viewer, [event for event, _line in happenings])
    rooms = _rooms(viewer, {event.data["from"] for event, _ in happenings if "from" in event.data})
    ids = {event.data.get(name) for event, _ in happenings for name in ("target", "source")}
    threads = _threads(viewer, {number for number in ids if number})
    return [
        (
            event,
            Happening(
                **{
                    **vars(line),
                    "category": rooms.get(event.data.get("from")),
                    "thread": threads.get(event.data.get("target") or event.data.get("source")),
                    "title": line.title if event.data.get("source") in known else "",
                }
            ),
        )
        for event, line in happenings
    ]


def _titles_known(viewer: Viewer, events: Sequence[ThreadEvent]) -> set[int]:
    """Give the merged threads that the viewer may see now: a title may have become secret since."""
    ids = {event.data["source"] for event in events if event.data.get("title")}
    if not ids:
        return set()
    seen = visible(Thread.visibility, viewer)
    return set(db.session.scalars(db.select(Thread.id).where(Thread.id.in_(ids), seen)))


def _rooms(viewer: Viewer, ids: set[int]) -> dict[int, Category]:
    if not ids:
        return {}
    seen = visible(Category.visibility, viewer)
    found = db.session.scalars(db.select(Category).where(Category.id.in_(ids), seen))
    return {category.id: category for category in found}


def _threads(viewer: Viewer, ids: set[int]) -> dict[int, Thread]:
    if not ids:
        return {}
    found = db.session.scalars(chosen_threads(viewer, ids))
    return {thread.id: thread for thread in found}


def _placed(
    happenings: Iterable[tuple[ThreadEvent, Happening]], numbers: Sequence[int]
) -> tuple[dict[int, list[Happening]], list[Happening]]:
    """Put each act behind the last post that is still there before it, or before the page."""
    behind: dict[int, list[Happening]] = defaultdict(list)
    before: list[Happening] = []
    page = page_of(numbers[0]) if numbers else 0
    for event, line in happenings:
        if not numbers:
            before += [line] if line.kind == "thread.split" else []
        elif page_of(max(1, event.after_number)) == page:
            place = max((n for n in numbers if n <= event.after_number), default=None)
            (before if place is None else behind[place]).append(line)
    return dict(behind), before


def _state(thread: Thread, lines: Sequence[Happening]) -> State:
    newest = {line.kind: line for line in lines}
    return State(
        lock=newest.get("thread.lock") if thread.locked else None,
        slow=newest.get("thread.slow") if thread.slow_seconds else None,
    )


def find_event(thread: Thread, event_id: int) -> ThreadEvent:
    """Find an act on the thread, by the thread that it is logged at; raise NotFound otherwise."""
    event = db.session.get(ThreadEvent, event_id)
    if event is None or event.thread_id != thread.id:
        raise NotFound
    return event


def open_proposals(viewer: Viewer, thread: Thread) -> list[tuple[ThreadEvent, Category]]:
    """List where others want the thread to be moved, as far as the viewer may see it."""
    waiting = [event for event in newest_events(thread) if _is_waiting(event)]
    rooms = _rooms(viewer, {event.data["to"] for event in waiting})
    return [(e, rooms[e.data["to"]]) for e in waiting if e.data["to"] in rooms]


def _is_waiting(event: ThreadEvent) -> bool:
    proposed = event.kind == "thread.propose" and event.undone_at is None
    return proposed and "answer" not in event.data


def waiting_proposals(viewer: Viewer) -> list[tuple[ThreadEvent, Thread]]:
    """List the moves that were proposed and not answered, the oldest first."""
    statement = (
        db.select(ThreadEvent, Thread)
        .join(Thread, Thread.id == ThreadEvent.thread_id)
        .where(
            ThreadEvent.kind == "thread.propose",
            ThreadEvent.undone_at.is_(None),
            Thread.id.in_(visible_threads(viewer).with_only_columns(Thread.id)),
        )
        .order_by(ThreadEvent.created)
        .options(joinedload(ThreadEvent.actor))
    )
    rows = db.session.execute(statement)
    return [(event, thread) for event, thread in rows if _is_waiting(event)]


def moved_away(viewer: Viewer, category: Category) -> list[Thread]:
    """List the threads that left the category lately, for those who may see where they went."""
    latest = (
        select(func.max(ThreadEvent.id))
        .where(ThreadEvent.kind == "thread.move", ThreadEvent.undone_at.is_(None))
        .where(ThreadEvent.created > now() - MOVED_AWAY_FOR)
        .group_by(ThreadEvent.thread_id)
    )
    left = select(ThreadEvent.thread_id).where(
        ThreadEvent.id.in_(latest), ThreadEvent.data["from"].as_integer() == category.id
    )
    statement = (
        chosen_threads(viewer, left)
        .where(Thread.category_id != category.id, Thread.shown)
        .order_by(*by_activity())
        .limit(PROPOSALS)
        .options(joinedload(Thread.category))
    )
    return list(db.session.scalars(statement))


def thread_or_heir(viewer: Viewer, thread_id: int) -> Thread:
    """Find a thread, or the one that its posts are in since it was merged.

    Where the viewer may see the old place but not the new one, it gives the merged thread itself,
    which takes nothing. Raises NotFound where she may know of neither.
    """
    try:
        return get_thread(viewer, thread_id)
    except NotFound:
        merged = _merged_thread(viewer, thread_id)
    heir = _heir(viewer, merged)
    return heir or merged


def _merged_thread(viewer: Viewer, thread_id: int) -> Thread:
    merged = db.session.get(Thread, thread_id)
    if merged is None or merged.merged_into_id is None:
        raise NotFound
    if merged.visibility not in viewer.visibility_tokens:
        raise NotFound
    return merged


def _heir(viewer: Viewer, merged: Thread) -> Thread | None:
    """Follow merges to the thread that is still one; None where the viewer may not see it."""
    seen = {merged.id}
    thread: Thread | None = merged
    while thread is not None and thread.merged_into_id is not None:
        thread = db.session.get(Thread, thread.merged_into_id)
        if thread is None or thread.id in seen:
            return None
        seen.add(thread.id)
    return _visible(viewer, thread.id) if thread is not None else None


def _visible(viewer: Viewer, thread_id: int) -> Thread | None:
    try:
        return get_thread(viewer, thread_id)
    except NotFound:
        return None


def place_of_merged(viewer: Viewer, thread_id: int) -> tuple[Thread, int]:
    """Say where a merged thread's posts begin now: the thread and the first one's number.

    Whoever sees the new place is led there, whether or not she could see the old one. Raises
    NotFound for all others.
    """
    merged = db.session.get(Thread, thread_id)
    if merged is None or merged.merged_into_id is None:
        raise NotFound
    first = db.session.execute(
        select(Post.thread_id, Post.number)
        .join(PostMove, PostMove.post_id == Post.id)
        .where(PostMove.from_thread_id == thread_id, Post.thread_id != thread_id)
        .order_by(PostMove.event_id.desc(), PostMove.to_number)
        .limit(1)
    ).first()
    if first is not None:
        return get_thread(viewer, first.thread_id), first.number
    heir = _heir(viewer, merged)
    if heir is None:
        raise NotFound
    return heir, 1


def threads_to_choose(viewer: Viewer, thread: Thread, words: str) -> list[Thread]:
    """List the threads of that title, address or number, else the newest of the same category."""
    statement = visible_threads(viewer).where(Thread.id != thread.id, Thread.shown)
    statement = statement.options(joinedload(Thread.category))
    if number := thread_number(words):
        statement = statement.where(Thread.id == number)
    elif words.strip():
        for word in words.split()[:TITLE_WORDS]:
            statement = statement.where(Thread.title.icontains(word, autoescape=True))
    else:
        statement = statement.where(Thread.category_id == thread.category_id)
    found = db.session.scalars(statement.order_by(*by_activity()).limit(PROPOSALS))
    return [each for each in found if policies.can_moderate_thread(viewer, each)]


def thread_number(address: str) -> int | None:
    """Read a thread's number from its address or from what stands behind a ``#``."""
    match = ADDRESS.search(address)
    return int(match[1] or match[2]) if match else None


def posts_to_choose(thread: Thread, page: int) -> Page:
    """Give one page of the thread's posts, to choose which shall move."""
    statement = (
        db.select(Post)
        .where(Post.thread_id == thread.id)
        .order_by(Post.number)
        .options(joinedload(Post.author))
    )
    return paginate(statement, page, POSTS_TO_CHOOSE)


def has_posts_after(thread: Thread, number: int) -> bool:
    """Say whether a post of the thread comes after that number; only gaps need a look."""
    if number >= thread.last_number:
        return False
    later = db.select(Post.id).where(Post.thread_id == thread.id, Post.number > number)
    return db.session.scalar(later.limit(1)) is not None


def where_posts_went(actor: Any, post_ids: Sequence[int], thread: Thread) -> ThreadEvent | None:
    """Find the act of this actor that moved exactly these posts out of the thread just now."""
    statement = (
        db.select(ThreadEvent)
        .join(PostMove, PostMove.event_id == ThreadEvent.id)
        .where(
            ThreadEvent.thread_id == thread.id,
            ThreadEvent.actor_id == actor.id,
            ThreadEvent.undone_at.is_(None),
            PostMove.post_id.in_(list(post_ids)),
            PostMove.from_thread_id == thread.id,
        )
        .order_by(ThreadEvent.id.desc())
        .limit(1)
    )
    return db.session.scalar(statement) if post_ids else None
