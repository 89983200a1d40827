"""Taking words out of a post and of everything that its history keeps of it."""

from collections.abc import Callable

from sqlalchemy import select

from kts.core.clock import now
from kts.core.text import RENDER_VERSION
from kts.extensions import db
from kts.forum.models import Post, PostRevision
from kts.forum.models.kinds import Experience
from kts.forum.services.contents import render_post
from kts.forum.services.posts import derive_all

TOLD = ("start", "done", "worked", "failed", "cost", "advice", "duration")


def redact_post(post: Post, take_out: Callable[[str], str]) -> None:
    """Put ``take_out(text)`` in the place of the post's text and of all its earlier texts.

    No revision is kept, for it would hold what shall be gone; the version grows, so that a form
    which was opened before cannot bring it back.
    """
    for revision in db.session.scalars(select(PostRevision).filter_by(post_id=post.id)):
        revision.source = take_out(revision.source)
        revision.html = render_post(revision.source)
    post.source = take_out(post.source)
    post.html, post.render_version = render_post(post.source), RENDER_VERSION
    post.version += 1
    post.edited_at = now()
    experience = db.session.get(Experience, post.thread_id) if post.number == 1 else None
    if experience is not None:
        for name in TOLD:
            setattr(experience, name, take_out(getattr(experience, name)))
    db.session.flush()
    derive_all(post)
