"""Rendering posts again when the rules of Markdown have changed."""

from kts.core.tasks import nightly
from kts.core.text import RENDER_VERSION
from kts.extensions import db
from kts.forum import services
from kts.forum.models import Post

BATCH = 200  # a transaction short enough that nobody waits for it


@nightly
def render_old_posts() -> int:
    """Bring every post's HTML to the current rules; give how many were rendered."""
    old = db.select(Post).where(Post.render_version != RENDER_VERSION).order_by(Post.id)
    done = 0
    while posts := db.session.scalars(old.limit(BATCH)).all():
        for post in posts:
            services.render_again(post)
        done += len(posts)
        db.session.commit()
    return done
