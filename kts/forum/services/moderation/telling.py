"""Telling those whose posts were moved: one message each, however many posts it were."""

from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func

from kts.accounts.models import User
from kts.extensions import db
from kts.forum.audience import may_hear, thread_target
from kts.forum.models import Post, Thread
from kts.forum.models.moderating import PostMove, ThreadEvent
from kts.forum.sentences import MODERATION, UNKNOWN, deed_of_moderators
from kts.notifications.services import notify


def tell_moved_authors(
    actor: Any, event: ThreadEvent, reason: str, source: Thread, target: Thread
) -> None:
    """Tell each author where her posts are now; of a place that she may not see no name.

    No title of another's thread is kept in the message, for who may read it can change.
    """
    moved = (
        db.select(User, func.min(Post.id))
        .join(Post, Post.author_id == User.id)
        .join(PostMove, PostMove.post_id == Post.id)
        .where(PostMove.event_id == event.id, Post.thread_id == target.id, User.active)
        .group_by(User.id)
    )
    for author, post_id in db.session.execute(moved).all():
        _tell(actor, author, post_id, reason, source, target)


def _tell(
    actor: Any, author: User, post_id: int, reason: str, source: Thread, target: Thread
) -> None:
    sees, own = may_hear(author, target), _is_own(author, source, target)
    action = "thread.merge" if own and sees else "thread.split" if sees else "posts.away"
    title = source.title if own else UNKNOWN
    with force_locale(author.language):
        text = deed_of_moderators(action, title, target if sees else None)
        if reason:
            text += " " + _("Reason: %(reason)s", reason=reason)
    notify(
        author,
        MODERATION,
        text,
        f"/beitrag/{post_id}" if sees else "/forum",
        actor=actor,
        target=thread_target(target),
        data={
            **{"action": action, "reason": reason, "from": source.id},
            **{"title": source.title if own else ""},
        },
    )


def _is_own(author: User, source: Thread, target: Thread) -> bool:
    """Say whether it is her thread, and all of it went; of others only posts did."""
    return source.merged_into_id == target.id and source.author_id == author.id
