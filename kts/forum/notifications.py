"""What happens in the forum, told to those whom it concerns.

A deed writes one event; the worker finds out who is told (``kts.forum.audience``) and the
sentences are made when they are read (``kts.forum.sentences``). Acts of moderators on somebody's
own words are told at once, to her alone.
"""

from typing import Any

from flask import Flask, current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from kts.core.mail import queue_mail
from kts.forum import audience, sentences
from kts.forum.audience import ANSWER, may_hear, thread_target
from kts.forum.models import Post, Thread
from kts.forum.queries import following
from kts.forum.sentences import MODERATION, UNKNOWN, deed_of_moderators
from kts.forum.services.subscribing import follow_own_thread
from kts.notifications import subscriptions, telling
from kts.notifications.services import announce, mark_target_read, notify

__all__ = ["ANSWER", "MODERATION"]

MAILED = {"thread.hide", "post.hide"}  # words that were taken away: a person should not miss it


def register(app: Flask) -> None:
    """Say who hears of what, in which words, and what can be followed."""
    for kind, told in audience.AUDIENCES.items():
        telling.register(kind, told)
    sentences.register()
    for kind, (find, ids, offers_all) in following.TARGETS.items():
        subscriptions.register_target(app, kind, find, ids, offers_all=offers_all)


def announce_thread(post: Post) -> None:
    """Tell those who watch where the thread was opened; ``post`` is its first."""
    follow_own_thread(post.author, post)
    _announce(audience.THREAD_OPENED, post, post.author)


def announce_post(post: Post) -> None:
    """Tell those whom the post concerns and those who follow the thread."""
    follow_own_thread(post.author, post)
    _announce(audience.POST, post, post.author)


def announce_edit(actor: Any, post: Post) -> None:
    """Tell those whom a changed text names for the first time."""
    _announce(audience.EDITED, post, actor)


def _announce(kind: str, post: Post, actor: Any) -> None:
    announce(kind, thread_target(post.thread), actor, {"post": post.id})


def forget_read(person: Any, thread: Thread) -> None:
    """Mark the messages about a thread as read, since it was."""
    mark_target_read(person, thread_target(thread))


def tell_author(
    actor: Any, obj: Thread | Post, action: str, reason: str, *, seen_as: str = ""
) -> None:
    """Tell the author what was done and why; by mail too when words were hidden.

    Of a thread whose author has handed over her role hears who looks after it since. Whoever may
    not see the thread now hears of it only when her words are taken away, without the title, or
    when it goes where she cannot follow: ``seen_as`` is the visibility that it had until now.
    """
    author = (obj.steward if isinstance(obj, Thread) else None) or obj.author
    if author is None or author.id == getattr(actor, "id", None) or not author.active:
        return
    thread = obj.thread if isinstance(obj, Post) else obj
    knows = may_hear(author, thread) or seen_as in author.visibility_tokens
    if not knows and action not in MAILED:
        return
    title = thread.title if knows else UNKNOWN
    own_title = thread.title if knows and obj is thread else ""
    data = {"action": action, "reason": reason, "title": own_title}
    notify(
        author,
        MODERATION,
        _stored(author, thread, action, reason, title),
        _address(author, obj, thread),
        actor=actor,
        target=thread_target(thread),
        data=data,
    )
    if action in MAILED:
        _mail(author, obj, thread, action, reason, title)


def tell_proposer(actor: Any, proposer: Any, thread: Thread, reason: str) -> None:
    """Tell whoever wanted the thread to be moved that it stays; its title is said when read."""
    data = {"action": "proposal.decline", "reason": reason, "title": ""}
    text = _stored(proposer, thread, data["action"], reason, UNKNOWN)
    target = thread_target(thread)
    notify(proposer, MODERATION, text, thread.path, actor=actor, target=target, data=data)


def _stored(author: Any, thread: Thread, action: str, reason: str, title: str) -> str:
    """Say it in the author's language, for exports; lists and mails say it anew."""
    with force_locale(author.language):
        seen = thread if may_hear(author, thread) else None
        text = deed_of_moderators(action, title, seen)
        if reason:
            text += " " + _("Reason: %(reason)s", reason=reason)
    return text


def _address(author: Any, obj: Thread | Post, thread: Thread) -> str:
    if not may_hear(author, thread):
        return "/forum"
    return f"/beitrag/{obj.id}" if isinstance(obj, Post) else thread.path


def _mail(
    author: Any, obj: Thread | Post, thread: Thread, action: str, reason: str, title: str
) -> None:
    settings = current_app.config["KTS"]
    queue_mail(
        author.email,
        "forum_hidden",
        locale=author.language,
        name=author.display_name,
        is_thread=action == "thread.hide",
        title=title,
        reason=reason,
        url=settings.base_url.rstrip("/") + _address(author, obj, thread),
        contact=settings.operator_mail,
    )
