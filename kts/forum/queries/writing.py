"""What the author of a post can do with it, the draft that waits, and who may open which file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import or_
from sqlalchemy.orm import joinedload

from kts.core.access import Viewer
from kts.core.clock import now
from kts.core.errors import NotFound
from kts.extensions import db
from kts.forum import policies
from kts.forum.models import Post, Thread
from kts.forum.models.attachments import Attachment, post_attachment
from kts.forum.models.drafts import Draft
from kts.forum.models.held import OPEN
from kts.forum.queries.held import held_answers, is_held
from kts.forum.queries.threads import visible_threads

UNDO_SHOWN_FOR = timedelta(minutes=10)  # in the form itself; the list offers it for days


def shared(viewer: Viewer, thread: Thread, posts: Sequence[Post]) -> dict[str, Any]:
    """Give what a page of the thread shows alike to all of the viewer's audience."""
    return {}


def own(viewer: Viewer, thread: Thread, posts: Sequence[Post]) -> dict[str, Any]:
    """Give what it shows to this viewer alone: the answer that she has begun."""
    kept = _kept(viewer, f"answer:{thread.id}")
    return {
        "draft": next((draft for draft in kept if draft.copy == 0), None),
        "discarded_draft": next((draft for draft in kept if draft.copy), None),
        "held_answers": held_answers(viewer, thread.id),
    }


def discarded_draft(viewer: Viewer, context: str) -> Draft | None:
    """Give the draft of a form that the viewer has only just discarded there."""
    return next((draft for draft in _kept(viewer, context) if draft.copy), None)


def _kept(viewer: Viewer, context: str) -> Sequence[Draft]:
    """List what waits for a form, and what was discarded a moment ago, newest first."""
    statement = db.select(Draft).where(
        Draft.user_id == viewer.id,
        Draft.context == context,
        or_(Draft.copy == 0, Draft.discarded > now() - UNDO_SHOWN_FOR),
    )
    return db.session.scalars(statement.order_by(Draft.discarded.desc())).all()


def get_attachment(viewer: Viewer, attachment_id: int) -> Attachment:
    """Find a file that the viewer may open; raise NotFound otherwise.

    Her own, those that a post shows which she may read, and for moderators what a text shows that
    waits for them.
    """
    attachment = db.session.get(Attachment, attachment_id)
    if attachment is None:
        raise NotFound
    if viewer.is_authenticated and attachment.uploader_id == viewer.id:
        return attachment
    if viewer.is_moderator and is_held(attachment, OPEN):
        return attachment
    readable = or_(Post.shown, viewer.is_moderator)
    if viewer.is_authenticated:
        readable = or_(readable, Post.author_id == viewer.id)
    statement = (
        db.select(Post.id)
        .join(post_attachment, post_attachment.c.post_id == Post.id)
        .where(
            post_attachment.c.attachment_id == attachment_id,
            Post.thread_id.in_(visible_threads(viewer).with_only_columns(Thread.id)),
            readable,
        )
    )
    if db.session.scalar(statement.limit(1)) is None:
        raise NotFound
    return attachment


def own_drafts(viewer: Viewer, *, discarded: bool = False) -> Sequence[Draft]:
    """List the viewer's drafts, the newest first; or those that she can still bring back."""
    is_discarded = Draft.discarded.is_not(None) if discarded else Draft.discarded.is_(None)
    statement = db.select(Draft).where(Draft.user_id == viewer.id, is_discarded)
    return db.session.scalars(statement.order_by(Draft.updated.desc(), Draft.id.desc())).all()


@dataclass(frozen=True)
class Place:
    """What a draft was written for, as far as the viewer may know of it now.

    ``url`` is empty where it can no longer be sent; ``title`` is where she may not see it.
    """

    title: str = ""
    url: str = ""


def draft_places(viewer: Viewer, drafts: Sequence[Draft]) -> dict[int, Place]:
    """Tell by draft what it belongs to, in two statements for all of them."""
    threads = _threads_of(viewer, [d.about_id for d in drafts if d.kind == "answer"])
    posts = _posts_of(viewer, [d.about_id for d in drafts if d.kind == "edit"])
    return {draft.id: _place(viewer, draft, threads, posts) for draft in drafts}


def _place(
    viewer: Viewer, draft: Draft, threads: dict[int, Thread], posts: dict[int, Post]
) -> Place:
    if draft.kind == "new":
        return Place(draft.title, "/forum/neu")
    if draft.kind == "answer":
        thread = threads.get(draft.about_id or 0)
        if thread is None:
            return Place()
        may = policies.can_answer_thread(viewer, thread)
        return Place(thread.title, f"{thread.path}#antwort" if may else "")
    post = posts.get(draft.about_id or 0)
    if post is None:
        return Place()
    may = policies.can_edit_post(viewer, post)
    return Place(post.title, f"/beitrag/{post.id}/bearbeiten" if may else "")


def _threads_of(viewer: Viewer, ids: Sequence[int | None]) -> dict[int, Thread]:
    if not ids:
        return {}
    found = db.session.scalars(visible_threads(viewer).where(Thread.id.in_(ids)))
    return {thread.id: thread for thread in found}


def _posts_of(viewer: Viewer, ids: Sequence[int | None]) -> dict[int, Post]:
    if not ids:
        return {}
    seen = visible_threads(viewer).with_only_columns(Thread.id)
    statement = (
        db.select(Post)
        .where(Post.id.in_(ids), Post.thread_id.in_(seen))
        .options(joinedload(Post.thread))
    )
    return {post.id: post for post in db.session.scalars(statement)}
