"""Who follows what, when posts change their thread: people go along with their conversation."""

from sqlalchemy import ColumnElement, delete, insert, literal, select, true
from sqlalchemy.orm import aliased

from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.forum.models.moderating import PostMove, ThreadEvent
from kts.notifications.models import THREAD, Subscription


def bring_all(event: ThreadEvent, source: Thread, target: Thread) -> None:
    """Let followers follow on; what somebody has chosen for the target itself stays."""
    _bring(event, source, target, true())


def bring_authors(event: ThreadEvent, source: Thread, target: Thread) -> None:
    """Let those follow the target as they follow the source whose posts are there now.

    The others stayed for what is left, and have not asked to hear of something else.
    """
    wrote = (
        select(Post.id)
        .join(PostMove, PostMove.post_id == Post.id)
        .where(
            PostMove.event_id == event.id,
            Post.thread_id == target.id,
            Post.author_id == Subscription.user_id,
        )
    )
    _bring(event, source, target, wrote.exists())


def _bring(event: ThreadEvent, source: Thread, target: Thread, whose: ColumnElement[bool]) -> None:
    mine = aliased(Subscription)
    known = select(mine.id).where(
        mine.kind == THREAD, mine.target_id == target.id, mine.user_id == Subscription.user_id
    )
    rows = select(
        Subscription.user_id,
        literal(THREAD),
        literal(target.id),
        Subscription.level,
        Subscription.reason,
        literal(event.created, Subscription.created.type),
    ).where(
        Subscription.kind == THREAD, Subscription.target_id == source.id, ~known.exists(), whose
    )
    names = ["user_id", "kind", "target_id", "level", "reason", "created"]
    db.session.flush()
    db.session.execute(insert(Subscription).from_select(names, rows))


def send_back(event: ThreadEvent, source: Thread, target: Thread) -> None:
    """Remove the subscriptions that came with the act and were not changed since."""
    before = aliased(Subscription)
    came = select(before.id).where(
        before.kind == THREAD,
        before.target_id == source.id,
        before.user_id == Subscription.user_id,
        before.level == Subscription.level,
        before.reason == Subscription.reason,
    )
    gone = delete(Subscription).where(
        Subscription.kind == THREAD,
        Subscription.target_id == target.id,
        Subscription.created == event.created,
        came.exists(),
    )
    db.session.execute(gone.execution_options(synchronize_session=False))
