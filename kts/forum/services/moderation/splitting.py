"""Moving some posts of a thread elsewhere: into a new thread, or one that is there already."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, or_

from kts.core import audit
from kts.core.errors import Conflict, Invalid
from kts.extensions import db
from kts.forum.models import DISCUSSION, QUESTION, Category, Post, Thread
from kts.forum.models.moderating import ThreadEvent
from kts.forum.services.moderation import acceptances, followers, messages, read_marks, relocating
from kts.forum.services.moderation.audiences import require_confirmed, require_nobody_new
from kts.forum.services.moderation.events import note_event, take_back
from kts.forum.services.moderation.merging import require_mine
from kts.forum.services.moderation.telling import tell_moved_authors

SPANS_TOLD = 6  # more ranges of numbers tell a reader nothing


def split_into_new(
    actor: Any,
    source: Thread,
    category: Category,
    title: str,
    reason: str,
    *,
    ids: Sequence[int] = (),
    from_number: int | None = None,
    confirmed: bool = False,
) -> ThreadEvent:
    """Open a thread with the chosen posts; its opener is the author of the first of them."""
    require_confirmed(actor, source.visibility, category.visibility, confirmed=confirmed)
    relocating.lock_threads(source)
    chosen = _chosen(source, ids, from_number)
    first = db.session.scalar(_posts(source, chosen).order_by(Post.created, Post.number).limit(1))
    target = Thread(
        category_id=category.id,
        visibility=category.visibility,
        title=title.strip(),
        author_id=first.author_id if first else None,
        kind=QUESTION if source.kind == QUESTION else DISCUSSION,
        municipality_id=source.municipality_id,
        topics=list(source.topics),
    )
    db.session.add(target)
    db.session.flush()
    return _split(actor, source, target, chosen, reason, new=True)


def split_into_thread(
    actor: Any,
    source: Thread,
    target: Thread,
    reason: str,
    *,
    ids: Sequence[int] = (),
    from_number: int | None = None,
    confirmed: bool = False,
) -> ThreadEvent:
    """Put the chosen posts at the end of a thread that is there already."""
    if source.id == target.id:
        raise Invalid(_("The posts are in this thread already."))
    if target.merged_into_id or not target.shown:
        raise Invalid(_("The other thread is hidden or was merged; it takes no posts."))
    require_confirmed(actor, source.visibility, target.visibility, confirmed=confirmed)
    relocating.lock_threads(source, target)
    chosen = _chosen(source, ids, from_number)
    return _split(actor, source, target, chosen, reason, new=False)


def _chosen(source: Thread, ids: Sequence[int], from_number: int | None) -> ColumnElement[bool]:
    """Give the condition of the chosen posts; raise Invalid where it cannot be split there."""
    if source.merged_into_id:
        raise Conflict(_("The thread was merged by somebody else meanwhile."))
    conditions: list[ColumnElement[bool]] = [Post.id.in_(list(ids))]
    if from_number is not None:
        conditions.append(Post.number >= from_number)
    chosen = or_(*conditions)
    first = db.session.scalar(db.select(func.min(Post.number)).filter_by(thread_id=source.id))
    numbers = db.session.scalars(_posts(source, chosen).with_only_columns(Post.number)).all()
    if not numbers:
        raise Invalid(_("Please choose the posts that shall move."))
    if first in numbers:
        raise Invalid(
            _(
                "The first post stays, for the thread begins with it. To move everything, merge "
                "the thread or move it to another category."
            )
        )
    return chosen


def _posts(source: Thread, chosen: ColumnElement[bool]) -> Any:
    return db.select(Post).where(Post.thread_id == source.id, chosen)


def _split(
    actor: Any,
    source: Thread,
    target: Thread,
    chosen: ColumnElement[bool],
    reason: str,
    *,
    new: bool,
) -> ThreadEvent:
    numbers = sorted(db.session.scalars(_posts(source, chosen).with_only_columns(Post.number)))
    before = db.session.scalar(
        db.select(func.max(Post.number)).where(
            Post.thread_id == source.id, Post.number < numbers[0]
        )
    )
    event = note_event(
        actor,
        source,
        "thread.split",
        reason=reason,
        changes={"thread": [source.title, target.title], "posts": [spans(numbers), ""]},
        data={
            **{"target": target.id, "count": len(numbers), "spans": spans(numbers), "new": new},
            **{"last": numbers[-1]},
        },
        after=before or 0,
    )
    base = target.last_number
    relocating.carry_posts(event, source, target, chosen)
    read_marks.close_gaps(source)
    received = note_event(
        actor,
        target,
        "thread.receive",
        reason=reason,
        changes={"thread": [source.title, target.title]},
        data={
            **{"source": source.id, "title": source.title, "visibility": source.visibility},
            **{"count": len(numbers), "new": new},
        },
        after=base,
    )
    event.data = {**event.data, "received": received.id}
    acceptances.follow_split(event, source, target)
    followers.bring_authors(event, source, target)
    messages.bring_along(event, source, target)
    db.session.flush()
    tell_moved_authors(actor, event, reason, source, target)
    return event


def spans(numbers: Sequence[int]) -> str:
    """Write sorted numbers as ranges ("5–7, 12"); nothing where they are too many to tell."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    if len(ranges) > SPANS_TOLD:
        return ""
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in ranges)


def _has_posts(thread: Thread) -> bool:
    """Say whether any post is left, be it hidden."""
    left = db.select(Post.id).where(Post.thread_id == thread.id)
    return db.session.scalar(left.limit(1)) is not None


def unsplit_posts(actor: Any, event: ThreadEvent) -> None:
    """Bring the posts back to their old places; what was written since stays where it is."""
    source = event.thread
    target = db.session.get(Thread, event.data["target"])
    if target is None:
        raise Conflict(_("The thread that the posts are in no longer exists."))
    relocating.lock_threads(source, target)
    require_mine(event, source.merged_into_id is None)
    received = db.session.get(ThreadEvent, event.data.get("received", 0))
    written_for = received.data.get("visibility", "") if received else ""
    require_nobody_new(event, target, source, written_for=written_for)
    if not relocating.carry_back(event, source, target):
        raise Conflict(_("The posts were moved on meanwhile. Please undo that first."))
    read_marks.reopen_gaps(event, source, target)
    read_marks.close_gaps(target)
    acceptances.take_split_back(event, source, target)
    followers.send_back(event, source, target)
    messages.bring_along(event, target, source)
    if not _has_posts(target):  # its address leads back to where the posts are
        target.merged_into_id = source.id
    if received is not None:
        take_back(received)
    audit.record(actor, "thread.unsplit", source, changes={"thread": [target.title, source.title]})
    tell_moved_authors(actor, event, "", target, source)
