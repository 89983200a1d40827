"""Who hears of answers and of moderation.

Whoever takes part in a thread has at most one unread message about its answers: it leads to the
first unread post, however many there are. Nobody is told of what she may no longer see.
"""

from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, exists, or_, true, update

from kts.accounts.models import GroupMembership, User
from kts.core.clock import now
from kts.core.mail import queue_mail
from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.notifications.models import Notification
from kts.notifications.services import notify

ANSWER = "thread_answer"
MODERATION = "moderation"
MAILED = {"thread.hide", "post.hide"}  # words that were taken away: a person should not miss it


def announce_post(post: Post) -> None:
    """Tell those who wrote in the thread and have no unread message about it."""
    thread = post.thread
    if thread.hidden:
        return
    for person in db.session.scalars(_listeners(post)).all():
        with force_locale(person.language):
            text = _(
                "%(name)s has answered in “%(title)s”.",
                name=post.author.display_name if post.author else _("Somebody"),
                title=thread.title,
            )
        notify(person, ANSWER, text, f"{thread.path}?neu=1", actor=post.author)


def _listeners(post: Post) -> Any:
    thread = post.thread
    told = exists().where(
        Notification.user_id == User.id,
        Notification.kind == ANSWER,
        Notification.read_at.is_(None),
        Notification.url.like(f"/thema/{thread.id}-%"),
    )
    writers = db.select(Post.author_id).where(Post.thread_id == thread.id)
    return db.select(User).where(
        User.id.in_(writers),
        User.id != post.author_id,
        User.active,
        _may_see(thread.visibility),
        ~told,
    )


def _may_see(token: str) -> ColumnElement[bool]:
    """Say in SQL whether a person holds the visibility token."""
    if not token.startswith("group:"):
        return true()
    in_group = exists().where(
        GroupMembership.user_id == User.id,
        GroupMembership.group_id == int(token.removeprefix("group:")),
    )
    return or_(User.role.in_(("moderator", "admin")), in_group)


def forget_read(person: Any, thread: Thread) -> None:
    """Mark the message about a thread's answers as read, since they were."""
    db.session.execute(
        update(Notification)
        .where(
            Notification.user_id == person.id,
            Notification.kind == ANSWER,
            Notification.read_at.is_(None),
            Notification.url.like(f"/thema/{thread.id}-%"),
        )
        .values(read_at=now())
        .execution_options(synchronize_session=False)
    )


def tell_author(actor: Any, obj: Thread | Post, action: str, reason: str) -> None:
    """Tell the author what was done and why; by mail too when words were hidden."""
    author = obj.author
    if author is None or author.id == getattr(actor, "id", None) or not author.active:
        return
    thread = obj.thread if isinstance(obj, Post) else obj
    with force_locale(author.language):
        text = _sentence(action, thread, sees=_sees(author, thread))
        if reason:
            text += " " + _("Reason: %(reason)s", reason=reason)
    notify(author, MODERATION, text, _address(author, obj, thread), actor=actor)
    if action in MAILED:
        _mail(author, obj, thread, action, reason)


def _sees(person: User, thread: Thread) -> bool:
    return thread.visibility in person.visibility_tokens


def _sentence(action: str, thread: Thread, *, sees: bool) -> str:
    """Say what was done; a category that the author may not know of stays unnamed."""
    if action == "thread.move" and not sees:
        return _(
            "Your thread “%(title)s” was moved to where you cannot read it.", title=thread.title
        )
    sentences = {
        "thread.pin": _("Your thread “%(title)s” was pinned.", title=thread.title),
        "thread.unpin": _("Your thread “%(title)s” is no longer pinned.", title=thread.title),
        "thread.lock": _("Your thread “%(title)s” was closed for answers.", title=thread.title),
        "thread.unlock": _("Your thread “%(title)s” is open for answers.", title=thread.title),
        "thread.hide": _("Your thread “%(title)s” was hidden.", title=thread.title),
        "thread.unhide": _("Your thread “%(title)s” is shown again.", title=thread.title),
        "thread.move": _(
            "Your thread “%(title)s” was moved to “%(category)s”.",
            title=thread.title,
            category=thread.category.name,
        ),
        "post.hide": _("Your post in “%(title)s” was hidden.", title=thread.title),
        "post.unhide": _("Your post in “%(title)s” is shown again.", title=thread.title),
    }
    return sentences[action]


def _address(author: User, obj: Thread | Post, thread: Thread) -> str:
    if not _sees(author, thread):
        return "/forum"
    return f"/beitrag/{obj.id}" if isinstance(obj, Post) else thread.path


def _mail(author: User, obj: Thread | Post, thread: Thread, action: str, reason: str) -> None:
    settings = current_app.config["KTS"]
    queue_mail(
        author.email,
        "forum_hidden",
        locale=author.language,
        name=author.display_name,
        is_thread=action == "thread.hide",
        title=thread.title,
        reason=reason,
        url=settings.base_url.rstrip("/") + _address(author, obj, thread),
        contact=settings.operator_mail,
    )
