"""What somebody wrote, as far as the viewer may read it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import joinedload

from kts.core.access import Viewer
from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.forum.queries.threads import visible_threads


def recent_posts(viewer: Viewer, person_id: int, limit: int = 10) -> Sequence[Row[Any]]:
    """List the newest readable posts of a person, each with its thread."""
    statement = (
        visible_threads(viewer)
        .add_columns(Post)
        .join(Post, Post.thread_id == Thread.id)
        .where(Post.author_id == person_id, ~Post.hidden, Post.deleted.is_(None))
        .options(joinedload(Thread.category))
        .order_by(Post.created.desc(), Post.id.desc())
        .limit(limit)
    )
    return db.session.execute(statement).all()
