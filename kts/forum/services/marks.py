"""Reacting to posts, bookmarking, and recommending to colleagues; each can be taken back."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func
from sqlalchemy.exc import IntegrityError

from kts.core.clock import now
from kts.core.errors import Denied, Invalid
from kts.core.tasks import recover
from kts.extensions import db
from kts.forum.models import Post
from kts.forum.models.marks import RATING, REACTIONS, WHOLE, Bookmark, Reaction, ReadingItem
from kts.forum.services.heat import update_counts
from kts.forum.services.turns import take_own_turn
from kts.notifications.models import NORMAL, THREAD, Notification
from kts.notifications.services import notify

REACTED, REMINDER = "reaction", "reminder"
BOOKMARK = "bookmark"
REMINDERS_AT_ONCE = 100


def react(actor: Any, post: Post, kind: str) -> None:
    """Say it of the post; said twice it counts once. Raises Denied for one's own post."""
    if kind not in REACTIONS:
        raise Invalid(_("There is no such reaction."))
    if post.author_id == actor.id:
        raise Denied(_("You cannot react to your own post."))
    _lock(post)
    if db.session.get(Reaction, (post.id, actor.id, kind)) is not None:
        return
    db.session.add(Reaction(post=post, user_id=actor.id, kind=kind))
    _rate(post)
    _tell_author(actor, post)


def take_back(actor: Any, post: Post, kind: str) -> None:
    """No longer say it."""
    _lock(post)
    said = db.session.get(Reaction, (post.id, actor.id, kind))
    if said is not None:
        db.session.delete(said)
    _rate(post)


def _lock(post: Post) -> None:
    """Let reactions to a post come one after another, so that its rating counts them all."""
    db.session.refresh(post, with_for_update={"of": Post})


def _rate(post: Post) -> None:
    """Count the people who found the post of use, however many things they say of it."""
    db.session.flush()
    people = db.select(func.count(Reaction.user_id.distinct())).where(
        Reaction.post_id == post.id, Reaction.kind.in_(RATING)
    )
    post.rating = db.session.scalar(people) or 0
    db.session.flush()
    update_counts(post.thread)


def _tell_author(actor: Any, post: Post) -> None:
    """Tell once for a thread, until it is read; a kind word is no reason for a mail."""
    if post.author is None or not post.author.active:
        return
    target = f"{THREAD}:{post.thread_id}"
    waiting = db.select(Notification.id).filter_by(
        user_id=post.author_id, kind=REACTED, target=target, read_at=None
    )
    if db.session.scalar(waiting.limit(1)) is None:
        place = f"/beitrag/{post.id}"
        data = {"post": post.id}
        notify(post.author, REACTED, "", place, actor, target=target, data=data, level=NORMAL)


def bookmark(
    actor: Any, *, post: Post | None = None, document: Any = None, page: int = WHOLE
) -> Bookmark:
    """Keep a post or a page for oneself; what is kept already stays as it is."""
    thing = _thing(post, document, page)
    take_own_turn(actor)
    found = db.session.scalar(db.select(Bookmark).filter_by(user_id=actor.id, **thing))
    if found is None:
        found = Bookmark(user_id=actor.id, **thing)
        db.session.add(found)
        db.session.flush()
    return found


def _thing(post: Post | None, document: Any, page: int) -> dict[str, Any]:
    return {
        "post_id": post.id if post is not None else None,
        "document_id": document.id if document is not None else None,
        "page": page if document is not None else WHOLE,
    }


def change_bookmark(bookmark: Bookmark, note: str, remind_at: datetime | None) -> None:
    """Note why it is kept, and when to be reminded; a new moment reminds again."""
    bookmark.note = note
    if bookmark.remind_at != remind_at:
        bookmark.remind_at, bookmark.reminded_at = remind_at, None
    db.session.flush()


def forget_bookmark(bookmark: Bookmark) -> None:
    """Keep it no longer."""
    db.session.delete(bookmark)
    db.session.flush()


@recover
def remind() -> None:
    """Tell people of what they wanted to be reminded of; the message and its note are one."""
    due = (
        db.select(Bookmark)
        .where(Bookmark.reminded_at.is_(None), Bookmark.remind_at <= now())
        .order_by(Bookmark.remind_at)
        .limit(REMINDERS_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    while found := db.session.scalars(due).all():
        for each in found:
            notify(
                each.user,
                REMINDER,
                "",
                f"/merkliste#merkzeichen-{each.id}",
                target=f"{BOOKMARK}:{each.id}",
                data={"bookmark": each.id},
            )
            each.reminded_at = now()
        db.session.commit()


def recommend(
    actor: Any,
    municipality_id: int,
    *,
    post: Post | None = None,
    document: Any = None,
    page: int = WHOLE,
    note: str = "",
) -> ReadingItem:
    """Put a post or page on the municipality's reading list; what is there gets the new note."""
    thing = _thing(post, document, page)
    wanted = db.select(ReadingItem).filter_by(municipality_id=municipality_id, **thing)
    found = db.session.scalar(wanted)
    if found is None:
        found = ReadingItem(municipality_id=municipality_id, added_by_id=actor.id, **thing)
        try:
            with db.session.begin_nested():
                db.session.add(found)
        except IntegrityError:  # a colleague was quicker
            found = db.session.scalars(wanted).one()
    found.note = note or found.note or ""
    db.session.flush()
    return found


def settle(actor: Any, item: ReadingItem, *, done: bool) -> None:
    """Note that somebody has dealt with it, or that it is open again."""
    item.done_at = now() if done else None
    item.done_by_id = actor.id if done else None
    db.session.flush()


def remove(item: ReadingItem) -> None:
    """Take it off the list."""
    db.session.delete(item)
    db.session.flush()
