"""Acts that set or remove one mark: pinned, closed, hidden, a text for all."""

from datetime import datetime
from typing import Any

from kts.extensions import db
from kts.forum import notifications
from kts.forum.models import Post, Thread
from kts.forum.models.moderating import MARKS, ThreadEvent
from kts.forum.services.deriving import derive_thread
from kts.forum.services.moderation.events import note_event


def pin_thread(
    actor: Any, thread: Thread, reason: str = "", until: datetime | None = None
) -> ThreadEvent | None:
    """Keep the thread at the top of its category, until that moment where one is given."""
    return _set(actor, thread, "thread.pin", reason, until)


def unpin_thread(actor: Any, thread: Thread, reason: str = "") -> ThreadEvent | None:
    """Let the thread take its place by activity again."""
    return _set(actor, thread, "thread.unpin", reason)


def lock_thread(actor: Any, thread: Thread, reason: str = "") -> ThreadEvent | None:
    """Accept no further answers; every reader sees the reason."""
    return _set(actor, thread, "thread.lock", reason)


def unlock_thread(actor: Any, thread: Thread, reason: str = "") -> ThreadEvent | None:
    """Accept answers again."""
    return _set(actor, thread, "thread.unlock", reason)


def hide_thread(actor: Any, thread: Thread, reason: str = "") -> ThreadEvent | None:
    """Take the thread out of lists, search and view of all but its author and moderators."""
    return _set(actor, thread, "thread.hide", reason)


def unhide_thread(actor: Any, thread: Thread, reason: str = "") -> ThreadEvent | None:
    """Show the thread again."""
    return _set(actor, thread, "thread.unhide", reason)


def hide_post(actor: Any, post: Post, reason: str = "") -> ThreadEvent | None:
    """Leave a note with the reason in the post's place."""
    return _set(actor, post, "post.hide", reason)


def unhide_post(actor: Any, post: Post, reason: str = "") -> ThreadEvent | None:
    """Show the post again."""
    return _set(actor, post, "post.unhide", reason)


def make_wiki(actor: Any, post: Post, reason: str = "") -> ThreadEvent | None:
    """Let everybody change the post who may answer its thread."""
    return _set(actor, post, "post.wiki", reason)


def end_wiki(actor: Any, post: Post, reason: str = "") -> ThreadEvent | None:
    """Leave the post to its author again; what others wrote stays in it."""
    return _set(actor, post, "post.unwiki", reason)


def _set(
    actor: Any, obj: Thread | Post, kind: str, reason: str, until: datetime | None = None
) -> ThreadEvent | None:
    """Change one mark; what is so already is neither logged nor told again."""
    field, value, _counterpart = MARKS[kind]
    if getattr(obj, field) == value:
        return None
    data: dict[str, Any] = {}
    if isinstance(obj, Post):
        data = {"post_id": obj.id, "number": obj.number}
    if field == "hidden" and not value:
        data["hidden_reason"] = obj.hidden_reason  # undoing puts it back
    change_mark(obj, field, value, reason)
    event = note_event(
        actor,
        obj,
        kind,
        reason=reason,
        changes={field: [not value, value]},
        data=data,
        after=obj.number if isinstance(obj, Post) else None,
        until=until,
    )
    notifications.tell_author(actor, obj, kind, reason)
    return event


def change_mark(obj: Thread | Post, field: str, value: bool, reason: str) -> None:
    """Set the mark and, for what is hidden, the reason that stands in its place."""
    setattr(obj, field, value)
    if field == "hidden":
        obj.hidden_reason = reason if value else ""
    db.session.flush()
    if field == "hidden" and isinstance(obj, Post):
        derive_thread(obj.thread)
