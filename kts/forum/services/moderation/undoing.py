"""Taking an act back, and ending what was meant to last for a time only."""

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict, NotFound
from kts.core.waiting import settle
from kts.extensions import db
from kts.forum import notifications
from kts.forum.models import Category, Post, Thread
from kts.forum.models.moderating import MARKS, ThreadEvent
from kts.forum.services.moderation.audiences import require_confirmed, require_unchanged, widens
from kts.forum.services.moderation.events import take_back
from kts.forum.services.moderation.marks import change_mark, unpin_thread
from kts.forum.services.moderation.merging import require_mine, unmerge_threads
from kts.forum.services.moderation.moving import put_into
from kts.forum.services.moderation.pace import set_pace
from kts.forum.services.moderation.splitting import unsplit_posts
from kts.forum.waiting import PROPOSAL


def undo(actor: Any, event: ThreadEvent) -> None:
    """Take the act back; raise Conflict where the thread is no longer as the act left it."""
    db.session.refresh(event, with_for_update={"of": ThreadEvent})
    if event.undone_at:
        raise Conflict(_("This was undone already."))
    if event.kind in MARKS:
        _undo_mark(actor, event)
    elif event.kind in OTHERS:
        OTHERS[event.kind](actor, event)
    else:
        raise NotFound
    take_back(event)


def _undo_mark(actor: Any, event: ThreadEvent) -> None:
    field, value, counterpart = MARKS[event.kind]
    obj: Thread | Post | None = event.thread
    if "post_id" in event.data:
        obj = db.session.get(Post, event.data["post_id"])
    if obj is None:
        raise Conflict(_("The post no longer exists."))
    require_mine(event, getattr(obj, field) == value)
    change_mark(obj, field, not value, event.data.get("hidden_reason", ""))
    audit.record(actor, counterpart, obj, changes={field: [value, not value]})
    notifications.tell_author(actor, obj, counterpart, "")


def _undo_move(actor: Any, event: ThreadEvent) -> None:
    thread, old = event.thread, db.session.get(Category, event.data["from"])
    require_mine(event, thread.category_id == event.data["to"])
    if old is None:
        raise Conflict(_("The category no longer exists."))
    _require_nothing_written(actor, event, old)
    names = [thread.category.name, old.name]
    tokens = [thread.visibility, old.visibility]
    put_into(thread, old, pinned=event.data.get("pinned", False))
    audit.record(actor, "thread.move", thread, changes={"category": names, "visibility": tokens})
    notifications.tell_author(actor, thread, "thread.move", "", seen_as=tokens[0])


def _require_nothing_written(actor: Any, event: ThreadEvent, old: Category) -> None:
    """Keep what was written for fewer people since then from going out by one click."""
    thread = event.thread
    if not widens(thread.visibility, old.visibility):
        return
    require_confirmed(actor, thread.visibility, old.visibility, confirmed=True)
    if thread.last_number > event.after_number:
        raise Conflict(
            _(
                "Since the move people have written here, for fewer readers than before. Please "
                "move the thread on purpose instead."
            )
        )
    require_unchanged(event, Post.thread_id == thread.id)


def _undo_pace(actor: Any, event: ThreadEvent) -> None:
    thread = event.thread
    require_mine(event, thread.slow_seconds == event.data["seconds"])
    before, thread.slow_seconds = thread.slow_seconds, event.data["before"]
    kind = "thread.slow" if thread.slow_seconds else "thread.unslow"
    audit.record(actor, kind, thread, changes={"slow_seconds": [before, thread.slow_seconds]})
    notifications.tell_author(actor, thread, kind, "")


def _withdraw(actor: Any, event: ThreadEvent) -> None:
    require_mine(event, "answer" not in event.data)
    audit.record(actor, "thread.withdraw", event.thread)
    settle(PROPOSAL, event.id, by=actor)


OTHERS: dict[str, Callable[[Any, ThreadEvent], None]] = {
    "thread.move": _undo_move,
    "thread.slow": _undo_pace,
    "thread.unslow": _undo_pace,
    "thread.merge": unmerge_threads,
    "thread.split": unsplit_posts,
    "thread.propose": _withdraw,
}


def acts_over() -> Sequence[ThreadEvent]:
    """List the acts that were to last until now."""
    return db.session.scalars(select(ThreadEvent).where(ThreadEvent.until <= now())).all()


def end_what_is_over() -> int:
    """Unpin and speed up again what was meant to be so until now; give how many acts ended."""
    over = acts_over()
    for event in over:
        event.until = None
        if event.undone_at is None:
            _end(event)
    db.session.flush()
    return len(over)


def _end(event: ThreadEvent) -> None:
    newest = db.session.scalar(
        select(ThreadEvent.id)
        .filter_by(thread_id=event.thread_id, kind=event.kind, undone_at=None)
        .order_by(ThreadEvent.id.desc())
        .limit(1)
    )
    if newest != event.id:
        return  # a later act of the same kind has an end of its own
    if event.kind == "thread.pin":
        unpin_thread(None, event.thread)
    else:
        set_pace(None, event.thread, 0)
