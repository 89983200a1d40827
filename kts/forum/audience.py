"""Who is told of what happens in the forum, looked up at the moment of telling.

Nobody hears of what she may not see now, of her own deeds, or of a post that she has read. What
is hidden or taken back meanwhile is told to nobody. Who has several reasons is told once, for the
strongest: named, answered, quoted, then her level.
"""

import re
from collections.abc import Collection
from typing import Any

from sqlalchemy import and_, exists, or_

from kts.accounts.models import User
from kts.extensions import db
from kts.forum.models import Post, ReadState, Thread
from kts.forum.models.mentions import PostMention
from kts.forum.queries.following import levels_for_thread, places_of
from kts.forum.queries.readers import in_audience
from kts.notifications.levels import NOTHING_CHOSEN, Choice, covering
from kts.notifications.models import (
    MUTE,
    THREAD,
    WATCH,
    Notification,
    NotificationEvent,
    Subscription,
)
from kts.notifications.telling import Told

POST, THREAD_OPENED, EDITED = "post", "thread", "post_edited"

ANSWER, NEW_THREAD = "thread_answer", "thread_new"
MENTION, REPLY, QUOTE, ACCEPTED = "mention", "reply", "quote", "accepted"
DESPITE_MUTE = {MENTION}  # whoever names a person wants her, whatever the conversation is

QUOTED = re.compile(r'href="(?:https?://[^"/]+)?/beitrag/(\d{1,9})[">#?]')
MOST_QUOTED = 20  # quotes in one post; more would be a way to ring at everybody's door


def of_post(event: NotificationEvent) -> list[Told]:
    """Say who is told of an answer: those whom it concerns, watchers, and who follow the thread."""
    post = _tellable(event.data["post"])
    if post is None:
        return []
    reasons = _reasons(post)
    levels = levels_for_thread(post.thread)
    reached = _reached(post, reasons)
    found = (_told(post, u, reasons.get(u), levels.get(u, NOTHING_CHOSEN)) for u in reached)
    return [one for one in found if one is not None]


def _told(post: Post, user_id: int, reason: str | None, choice: Choice) -> Told | None:
    if reason is not None:
        muted = choice.level == MUTE and reason not in DESPITE_MUTE
        return None if muted else _direct(post, user_id, reason)
    if not choice.tells_of_posts():
        return None
    url = f"{post.thread.path}?neu=1"
    adds_up = choice.level != WATCH
    return Told(user_id, ANSWER, url, choice.level, {"posts": [post.id]}, adds_up=adds_up)


def _direct(post: Post, user_id: int, reason: str) -> Told:
    return Told(user_id, reason, f"/beitrag/{post.id}", data={"post": post.id})


def of_thread(event: NotificationEvent) -> list[Told]:
    """Say who is told of a new thread: those whom it names, and who watch or follow its place."""
    post = _tellable(event.data["post"])
    if post is None:
        return []
    reasons = _reasons(post)
    levels = levels_for_thread(post.thread)
    told = []
    for user_id in _reached(post, reasons):
        choice = levels.get(user_id, NOTHING_CHOSEN)
        if reason := reasons.get(user_id):
            if choice.level != MUTE or reason in DESPITE_MUTE:
                told.append(_direct(post, user_id, reason))
        elif choice.tells_of_threads() and choice.kind != THREAD:  # who follows it knows it
            data = {"post": post.id}
            told.append(Told(user_id, NEW_THREAD, post.thread.path, choice.level, data))
    return told


def of_edit(event: NotificationEvent) -> list[Told]:
    """Say whom a changed text names who was not told of this post before."""
    post = _tellable(event.data["post"])
    if post is None:
        return []
    named = _named(post) - _told_of(post)
    return [_direct(post, u, MENTION) for u in _reached(post, named, again=True) if u in named]


AUDIENCES = {
    POST: of_post,
    THREAD_OPENED: of_thread,
    EDITED: of_edit,
}


def _tellable(post_id: int) -> Post | None:
    """Find the post unless it, or its thread, was hidden or taken back."""
    post = db.session.get(Post, post_id)
    if post is None or post.hidden or post.deleted:
        return None
    thread = post.thread
    return None if thread.hidden or thread.deleted else post


def _reasons(post: Post) -> dict[int, str]:
    """Give for each person whom the post concerns the strongest reason."""
    reasons = dict.fromkeys(_quoted(post), QUOTE)
    if post.reply_to is not None and post.reply_to.author_id is not None:
        reasons[post.reply_to.author_id] = REPLY
    reasons.update(dict.fromkeys(_named(post), MENTION))
    return reasons


def _named(post: Post) -> set[int]:
    statement = db.select(PostMention.user_id).where(PostMention.post_id == post.id)
    return set(db.session.scalars(statement))


def _quoted(post: Post) -> set[int]:
    ids = {int(number) for number in QUOTED.findall(post.html)[:MOST_QUOTED]}
    if not ids:
        return set()
    statement = db.select(Post.author_id).where(Post.id.in_(ids), Post.author_id.is_not(None))
    return {author_id for author_id in db.session.scalars(statement) if author_id is not None}


def _told_of(post: Post) -> set[int]:
    """Give who has a message in which this post is told for a reason of her own."""
    statement = db.select(Notification.user_id, Notification.data).where(
        Notification.target == thread_target(post.thread), Notification.kind == MENTION
    )
    rows = db.session.execute(statement)
    return {user_id for user_id, data in rows if data.get("post") == post.id}


def thread_target(thread: Thread) -> str:
    """Name the thread as messages and events do."""
    return f"thread:{thread.id}"


def _reached(post: Post, direct: Collection[int], *, again: bool = False) -> list[int]:
    """List who may see the post now, of those with a reason or a choice.

    Whoever has read the post is left out, unless it was changed ``again``.
    """
    follows = exists().where(Subscription.user_id == User.id, covering(places_of(post.thread)))
    state = and_(ReadState.user_id == User.id, ReadState.thread_id == post.thread_id)
    statement = (
        db.select(User.id)
        .outerjoin(ReadState, state)
        .where(User.active, in_audience(post.thread.visibility), or_(User.id.in_(direct), follows))
    )
    if not again:
        fresh = or_(ReadState.last_read.is_(None), ReadState.last_read < post.number)
        statement = statement.where(fresh)
    return list(db.session.scalars(statement))


def may_hear(person: Any, thread: Thread) -> bool:
    """Say whether the person may see the thread now."""
    return thread.visibility in person.visibility_tokens
