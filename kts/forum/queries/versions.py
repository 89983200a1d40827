"""All texts that a post had, with who wrote each and when."""

from dataclasses import dataclass
from datetime import datetime

from kts.accounts.models import User
from kts.extensions import db
from kts.forum.models import Post, PostRevision
from kts.forum.queries.posts import revisions


@dataclass(frozen=True)
class Version:
    """A text of a post; ``editor`` is None for somebody who has left."""

    number: int
    source: str
    html: str
    saved: datetime
    editor: User | None


def versions_of(post: Post) -> list[Version]:
    """List all texts of the post, the first one first.

    A revision says what was replaced, when and by whom: so it names the author of the next text.
    """
    replaced = list(revisions(post))[::-1]
    found, saved, editor = [], post.created, post.author
    for revision in replaced:
        found.append(Version(revision.version, revision.source, revision.html, saved, editor))
        saved, editor = revision.created, revision.editor
    return [*found, Version(post.version, post.source, post.html, saved, editor)]


def revision_of(post: Post, number: int) -> PostRevision | None:
    """Give the text that the post had as this version; None for the one it has now or never had."""
    return db.session.scalar(db.select(PostRevision).filter_by(post_id=post.id, version=number))
