"""Keeping order: each act has its counterpart, a line in the audit log, and the author is told."""

from typing import Any

from kts.core import audit
from kts.extensions import db
from kts.forum import notifications
from kts.forum.models import Category, Post, Thread


def pin_thread(actor: Any, thread: Thread, reason: str = "") -> None:
    """Keep the thread at the top of its category."""
    _set(actor, thread, "pinned", True, "thread.pin", reason)


def unpin_thread(actor: Any, thread: Thread, reason: str = "") -> None:
    """Let the thread take its place by activity again."""
    _set(actor, thread, "pinned", False, "thread.unpin", reason)


def lock_thread(actor: Any, thread: Thread, reason: str = "") -> None:
    """Accept no further answers."""
    _set(actor, thread, "locked", True, "thread.lock", reason)


def unlock_thread(actor: Any, thread: Thread, reason: str = "") -> None:
    """Accept answers again."""
    _set(actor, thread, "locked", False, "thread.unlock", reason)


def hide_thread(actor: Any, thread: Thread, reason: str = "") -> None:
    """Take the thread out of lists, search and view of all but its author and moderators."""
    thread.hidden_reason = reason
    _set(actor, thread, "hidden", True, "thread.hide", reason)


def unhide_thread(actor: Any, thread: Thread, reason: str = "") -> None:
    """Show the thread again."""
    thread.hidden_reason = ""
    _set(actor, thread, "hidden", False, "thread.unhide", reason)


def hide_post(actor: Any, post: Post, reason: str = "") -> None:
    """Leave a note with the reason in the post's place."""
    post.hidden_reason = reason
    _set(actor, post, "hidden", True, "post.hide", reason)


def unhide_post(actor: Any, post: Post, reason: str = "") -> None:
    """Show the post again."""
    post.hidden_reason = ""
    _set(actor, post, "hidden", False, "post.unhide", reason)


def move_thread(actor: Any, thread: Thread, category: Category, reason: str = "") -> None:
    """Put the thread into another category; who may see it follows the category."""
    if thread.category_id == category.id:
        return
    old = thread.category
    thread.category, thread.visibility = category, category.visibility
    audit.record(
        actor,
        "thread.move",
        thread,
        reason=reason,
        changes={
            "category": [old.name, category.name],
            "visibility": [old.visibility, category.visibility],
        },
    )
    notifications.tell_author(actor, thread, "thread.move", reason)


def _set(actor: Any, obj: Any, field: str, value: bool, action: str, reason: str) -> None:
    """Change one mark; what is so already is neither logged nor told again."""
    if getattr(obj, field) == value:
        return
    setattr(obj, field, value)
    db.session.flush()
    audit.record(actor, action, obj, reason=reason, changes={field: [not value, value]})
    notifications.tell_author(actor, obj, action, reason)
