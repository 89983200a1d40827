"""The answer that helped: said by the asker or a moderator, one at a time, and taken back."""

from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from kts.accounts.models import User
from kts.core import audit
from kts.core.access import MEMBERS, PUBLIC
from kts.core.errors import Invalid
from kts.extensions import db
from kts.forum import notifications, policies
from kts.forum.models import QUESTION, Post, Thread
from kts.forum.models.kinds import Acceptance, SharedProblem
from kts.forum.services.deriving import derive_accepted, is_answer
from kts.notifications.models import Notification
from kts.notifications.services import notify

ACCEPTED = "accepted"
DECIDING = ("hidden", "deleted", "thread_id")  # what of a post decides whether it can be accepted


def accept_post(actor: Any, post: Post) -> None:
    """Mark the post as the answer that helped, in the place of an earlier one.

    Its author hears of it, and those who have the same question. Raises Invalid for a post that
    cannot be read or does not answer a question.
    """
    thread = post.thread
    if thread.kind != QUESTION or not is_answer(post, thread.id):
        raise Invalid(_("This post cannot be the accepted answer."))
    db.session.refresh(thread, with_for_update={"of": Thread})
    acceptance = db.session.get(Acceptance, thread.id) or Acceptance(thread_id=thread.id)
    if acceptance.post_id == post.id:
        return
    acceptance.post_id, acceptance.actor_id = post.id, actor.id
    db.session.add(acceptance)
    thread.accepted_post_id = post.id
    db.session.flush()
    _note(actor, post, "post.accept")
    _tell_author(actor, post)
    _tell_sharers(actor, post)


def withdraw_acceptance(actor: Any, post: Post) -> None:
    """Take back that the post is the accepted answer; nothing happens where it is not."""
    acceptance = db.session.get(Acceptance, post.thread_id)
    if acceptance is None or acceptance.post_id != post.id:
        return
    db.session.delete(acceptance)
    post.thread.accepted_post_id = None
    db.session.flush()
    _note(actor, post, "post.unaccept")
    if not policies.acts_for(actor, post.thread):
        notifications.tell_author(actor, post, "post.unaccept", "")


@event.listens_for(Session, "before_flush")
def _follow_posts(session: Session, _context: object, _instances: object) -> None:
    """Derive the accepted answer anew when a post is hidden, deleted, moved or shown again."""
    for post in list(session.dirty):
        if isinstance(post, Post) and _decides(post):
            noted = db.select(Acceptance.thread_id).filter_by(post_id=post.id)
            for thread_id in session.scalars(noted).all():  # a merged thread keeps its note
                derive_accepted(session.get_one(Thread, thread_id))


def _decides(post: Post) -> bool:
    attributes = inspect(post).attrs
    return any(attributes[name].history.has_changes() for name in DECIDING)


def _note(actor: Any, post: Post, action: str) -> None:
    """Record what a moderator did in the asker's place; her own word needs no record."""
    if not policies.acts_for(actor, post.thread):
        audit.record(actor, action, post)


def _tell_author(actor: Any, post: Post) -> None:
    author = post.author
    if author is None or not author.active or author.id in _told(post):
        return
    with force_locale(author.language):
        text = _(
            "%(name)s has accepted your answer in “%(title)s”.",
            name=actor.display_name,
            title=post.thread.title,
        )
    notify(author, ACCEPTED, text, _address(post), actor=actor, **_about(post))


def _tell_sharers(actor: Any, post: Post) -> None:
    told = _told(post) | {post.author_id}
    sharers = (
        db.select(User)
        .join(SharedProblem, SharedProblem.user_id == User.id)
        .where(SharedProblem.thread_id == post.thread_id, User.active)
    )
    for person in db.session.scalars(sharers).all():
        if person.id in told or not _sees(person, post.thread):
            continue
        with force_locale(person.language):
            text = _(
                "“%(title)s” has an accepted answer. You have the same question.",
                title=post.thread.title,
            )
        notify(person, ACCEPTED, text, _address(post), actor=actor, **_about(post))


def _about(post: Post) -> dict[str, Any]:
    """Name the post, so that the sentence is said anew for whoever reads it."""
    return {"target": f"thread:{post.thread_id}", "data": {"post": post.id}}


def _told(post: Post) -> set[int]:
    """Give who was told of this answer before: nobody hears of it twice."""
    told = db.select(Notification.user_id).where(
        Notification.kind == ACCEPTED, Notification.url == _address(post)
    )
    return set(db.session.scalars(told))


def _address(post: Post) -> str:
    return f"/beitrag/{post.id}"


def _sees(person: User, thread: Thread) -> bool:
    return thread.visibility in (PUBLIC, MEMBERS) or thread.visibility in person.visibility_tokens
