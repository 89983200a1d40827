"""Taking back one's own words: at once for readers, undone for a while, then really gone.

A post leaves a note with its number in its place. A thread that nobody else has written in goes as
a whole. Neither is a deed of moderation, so nothing is written into the audit log.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, or_

from kts.core.clock import now
from kts.extensions import db
from kts.forum.models import Post, PostRevision, Thread
from kts.forum.services.attachments import release_attachments
from kts.forum.services.deriving import derive_thread
from kts.forum.services.posts import derive_all

UNDO_FOR = timedelta(days=30)  # a mistake is noticed at the second visit of the month


def delete_post(actor: Any, post: Post) -> bool:
    """Take back a post, with its thread where nobody else has written; say whether all of it."""
    thread = post.thread
    db.session.refresh(thread, with_for_update={"of": Thread})
    if post.number == 1 and not has_others(thread):
        thread.deleted = now()
        db.session.flush()
        return True
    post.deleted = now()
    derive_thread(thread)
    return False


def has_others(thread: Thread) -> bool:
    """Say whether somebody else has written in the thread, and has not taken it back."""
    statement = db.select(Post.id).where(
        Post.thread_id == thread.id,
        Post.deleted.is_(None),
        or_(Post.author_id.is_(None), Post.author_id != thread.author_id),
    )
    return db.session.scalar(statement.limit(1)) is not None


def undelete_post(actor: Any, post: Post) -> None:
    """Show the post again."""
    post.deleted = None
    derive_thread(post.thread)


def undelete_thread(actor: Any, thread: Thread) -> None:
    """Show the thread again."""
    thread.deleted = None
    db.session.flush()


def forget_post(post: Post) -> None:
    """Remove the words of a deleted post, all earlier ones, and what only they showed."""
    db.session.execute(delete(PostRevision).where(PostRevision.post_id == post.id))
    release_attachments(post)
    post.source = post.html = ""
    post.submission = None
    db.session.flush()
    derive_all(post)


def forget_old(limit: int) -> int:
    """Forget posts and threads that were deleted long enough ago; give how many.

    A thread in which somebody wrote after all keeps those posts, so only its author's words go.
    """
    before = now() - UNDO_FOR
    old_posts = db.select(Post).where(Post.deleted < before, Post.source != "")
    posts = db.session.scalars(old_posts.order_by(Post.id).limit(limit)).all()
    for post in posts:
        forget_post(post)
    old_threads = db.select(Thread).where(Thread.deleted < before).order_by(Thread.id).limit(limit)
    threads = db.session.scalars(old_threads).all()
    for thread in threads:
        _forget_thread(thread)
    return len(posts) + len(threads)


def _forget_thread(thread: Thread) -> None:
    posts = db.session.scalars(db.select(Post).filter_by(thread_id=thread.id)).all()
    if has_others(thread):  # somebody answered in the very moment of the deletion
        for post in posts:
            if post.author_id == thread.author_id:
                post.deleted = post.deleted or thread.deleted
                forget_post(post)
        thread.deleted = None
        derive_thread(thread)
        return
    for post in posts:
        release_attachments(post)
    db.session.delete(thread)
    db.session.flush()
