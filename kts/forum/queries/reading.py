"""Where the viewer stands in a thread, its gist, and who answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_
from sqlalchemy.orm import joinedload

from kts.core.access import Viewer
from kts.core.text import excerpt, plain_text
from kts.extensions import db
from kts.forum.models import POSTS_PER_PAGE, Post, Thread
from kts.forum.queries.people import who_takes_part
from kts.forum.queries.unread import read_numbers, unread_posts

GIST_FROM = 11  # posts; ten are read as quickly as their summary
BEST = 3  # more would be a second thread
GIST_LENGTH = 280  # characters, three lines on an office monitor


@dataclass(frozen=True)
class GistPart:
    """A post that tells much of the thread: what it is (``first``, ``accepted``, ``best``)."""

    role: str
    post: Post

    @property
    def text(self) -> str:
        """Give the beginning of what the post says."""
        return excerpt(plain_text(self.post.html), GIST_LENGTH)


def shared(viewer: Viewer, thread: Thread, posts: Sequence[Post]) -> dict[str, Any]:
    """Give what a page of the thread shows alike to all of the viewer's audience."""
    return {"gist": gist(thread, posts), "round": who_takes_part(thread)}


def own(viewer: Viewer, thread: Thread, posts: Sequence[Post]) -> dict[str, Any]:
    """Give how far this viewer has read, in one statement.

    ``seen`` is the last post that she knows, ``unread`` how many she does not, ``gap`` says that
    some of these lie before this page.
    """
    unread = unread_posts(viewer, thread, read_numbers(viewer, [thread.id]))
    seen = thread.last_number - unread
    page = posts[0].page if posts else 1
    gap = unread > 0 and seen < (page - 1) * POSTS_PER_PAGE
    return {"seen": seen, "unread": unread, "gap": gap}


def gist(thread: Thread, posts: Sequence[Post]) -> list[GistPart]:
    """Give the posts that tell most of a long thread, for its first page; one statement.

    Hidden and deleted posts tell nothing, not even when they were accepted or liked.
    """
    if thread.post_count < GIST_FROM or not posts or posts[0].page > 1:
        return []
    told = {post.id: post for post in [*_telling(thread), *posts[:1]] if post.shown}
    parts = [GistPart("first", post) for post in posts[:1] if post.number == 1 and post.shown]
    accepted = told.get(thread.accepted_post_id or 0)
    if accepted is not None:
        parts.append(GistPart("accepted", accepted))
    taken = {part.post.id for part in parts}
    rated = sorted(
        (post for post in told.values() if post.rating > 0 and post.id not in taken),
        key=lambda post: (-post.rating, post.number),
    )
    parts.extend(GistPart("best", post) for post in rated[:BEST])
    return parts if len(parts) > 1 else []


def _telling(thread: Thread) -> Sequence[Post]:
    """Read the accepted answer and the best posts; two more than shown, since one may be both."""
    best = (
        db.select(Post.id)
        .where(
            Post.thread_id == thread.id,
            ~Post.hidden,
            Post.deleted.is_(None),
            Post.rating > 0,
        )
        .order_by(Post.rating.desc(), Post.number)
        .limit(BEST + 2)
    )
    statement = (
        db.select(Post)
        .where(
            Post.thread_id == thread.id,
            or_(Post.id == thread.accepted_post_id, Post.id.in_(db.select(best.subquery()))),
        )
        .options(joinedload(Post.author))
    )
    return db.session.scalars(statement).all()
