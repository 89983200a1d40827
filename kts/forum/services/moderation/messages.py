"""What becomes of messages about posts that change their thread: they go along.

A message that tells of several posts is divided where only some of them went. Whether its reader
may see the new place is asked when the message is read (``kts.forum.sentences``), as ever.
"""

import re
from collections.abc import Sequence

from kts.extensions import db
from kts.forum.audience import ANSWER, NEW_THREAD, thread_target
from kts.forum.models import Post, Thread
from kts.forum.models.moderating import PostMove, ThreadEvent
from kts.notifications.models import Notification, NotificationEvent

ADDRESS = re.compile(r"/beitrag/(\d{1,9})$")


def bring_along(event: ThreadEvent, source: Thread, target: Thread) -> None:
    """Let messages about the posts of the act that stand in ``target`` now speak of it.

    Called after the posts have moved, there or back. What nobody was told of yet will be told
    of the new place.
    """
    posts = set(db.session.scalars(_moved(event, target)))
    if not posts:
        return
    db.session.flush()
    for message in db.session.scalars(_about(Notification, source)).all():
        _bring(message, posts, target)
    waiting = _about(NotificationEvent, source).where(NotificationEvent.done.is_(None))
    for deed in db.session.scalars(waiting).all():
        if deed.data.get("post") in posts:
            deed.target = thread_target(target)
    db.session.flush()


def _moved(event: ThreadEvent, target: Thread) -> object:
    return (
        db.select(PostMove.post_id)
        .join(Post, Post.id == PostMove.post_id)
        .where(PostMove.event_id == event.id, Post.thread_id == target.id)
    )


def _about(model: type, thread: Thread) -> object:
    """Select and lock, for the worker adds posts to messages at the same time."""
    found = db.select(model).where(model.target == thread_target(thread))
    return found.order_by(model.id).with_for_update().execution_options(populate_existing=True)


def _bring(message: Notification, posts: set[int], target: Thread) -> None:
    told = _told_of(message)
    gone = [post for post in told if post in posts]
    if not gone:
        return
    if len(gone) < len(told):
        stays = [post for post in told if post not in posts]
        rest = message
        message = _copy(rest)
        rest.data, message.data = _only(rest, stays), _only(rest, gone)
        db.session.add(message)
    message.target = thread_target(target)
    if message.kind == ANSWER:
        message.url = f"{target.path}?neu=1"
    elif message.kind == NEW_THREAD:
        message.url = f"/beitrag/{gone[0]}"


def _told_of(message: Notification) -> Sequence[int]:
    """Read of which posts it tells: named in its data, or by the address that it leads to."""
    if single := message.data.get("post"):
        return [single]
    if several := message.data.get("posts"):
        return several
    address = ADDRESS.match(message.url)
    return [int(address[1])] if address else []


def _only(message: Notification, posts: Sequence[int]) -> dict[str, object]:
    """Give the message's data for some of its posts, with which of them a mail has had."""
    data = {**message.data, "posts": list(posts)}
    if "mailed" in data:
        data["mailed"] = [post for post in data["mailed"] if post in posts]
    return data


def _copy(message: Notification) -> Notification:
    """Make the message once more, without the event: each event is told a person once."""
    names = ("user_id", "actor_id", "kind", "level", "text", "created", "read_at")
    names = (*names, "mail_due", "mailed_at", "url")
    return Notification(**{name: getattr(message, name) for name in names})
