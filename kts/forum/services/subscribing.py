"""Following threads for what one does in them."""

from typing import Any

from kts.forum.models import Post
from kts.notifications import preferences
from kts.notifications.models import OPENED, THREAD, WROTE
from kts.notifications.subscriptions import follow_unless_chosen


def follow_own_thread(person: Any, post: Post) -> None:
    """Let whoever opens or answers a thread follow it, unless she chose otherwise."""
    if person is not None and preferences.follows_own(person.id):
        reason = OPENED if post.number == 1 else WROTE
        follow_unless_chosen(person, THREAD, post.thread_id, reason)
