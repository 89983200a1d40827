"""What a thread says about its posts, derived anew when a post is hidden, deleted or moved.

Every way in which a post comes, goes or returns ends here, so that lists, counts and the accepted
answer say the same whichever way it was.
"""

from sqlalchemy import func, or_

from kts.extensions import db
from kts.forum.models import QUESTION, Post, Thread
from kts.forum.models.kinds import Acceptance
from kts.forum.services.heat import update_counts


def derive_thread(thread: Thread) -> None:
    """Count the posts that can be read, and find the newest of them, for lists.

    The first post counts in any case: without it the number of answers would be wrong. Newest is
    the last that was written: posts that were moved have higher numbers than younger ones.
    """
    db.session.flush()
    posts = db.select(Post.id, Post.created).where(Post.thread_id == thread.id)
    newest = posts.order_by(Post.shown.desc(), Post.created.desc(), Post.number.desc()).limit(1)
    last = db.session.execute(newest).first()
    if last is not None:
        thread.last_post_id, thread.last_post_at = last
    thread.post_count = db.session.scalars(
        db.select(func.count(Post.id)).where(
            Post.thread_id == thread.id, or_(Post.shown, Post.number == 1)
        )
    ).one()
    update_counts(thread)
    db.session.flush()


def derive_accepted(thread: Thread) -> None:
    """Let the thread name its accepted answer, if that can still be read there.

    Changes of single posts call it by themselves; whoever moves many posts with one statement
    calls it for the threads concerned.
    """
    acceptance = db.session.get(Acceptance, thread.id)
    shown = (
        acceptance is not None and thread.kind == QUESTION and is_answer(acceptance.post, thread.id)
    )
    thread.accepted_post_id = acceptance.post_id if shown and acceptance else None


def is_answer(post: Post | None, thread_id: int) -> bool:
    """Say whether everybody reads the post in that thread, and it is not the question itself."""
    return post is not None and post.thread_id == thread_id and post.number > 1 and post.shown
