"""What messages of the forum say, from the rows as they are when the message is read.

Titles and names are never kept in a message: whoever has left a group reads nothing of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import joinedload

from kts.core.access import Viewer
from kts.extensions import db
from kts.forum.audience import ACCEPTED, ANSWER, MENTION, NEW_THREAD, QUOTE, REPLY
from kts.forum.models import Post, Thread
from kts.forum.queries.following import levels_of
from kts.forum.queries.threads import visible_threads
from kts.notifications import texts
from kts.notifications.levels import Choice
from kts.notifications.models import THREAD, Notification
from kts.notifications.texts import Saying

MODERATION = "moderation"
UNKNOWN = "…"  # stands for a title that the reader may not know
NAMED_APART = 2  # people who are named; the others are counted


@dataclass(frozen=True)
class Facts:
    """What the messages of a page are about, as far as their reader may see it."""

    threads: dict[int, Thread]
    posts: dict[int, Post]
    levels: dict[int, Choice]


def load(viewer: Viewer, messages: Sequence[Notification]) -> Facts:
    """Fetch threads, posts with their authors, and levels: four statements for all messages."""
    ids = {thread_id(message) for message in messages}
    threads = _threads(viewer, ids | {message.data.get("from", 0) for message in messages})
    posts = _posts({post for message in messages for post in post_ids(message)}, threads)
    return Facts(threads, posts, levels_of(viewer, threads.values()))


def _threads(viewer: Viewer, ids: set[int]) -> dict[int, Thread]:
    statement = visible_threads(viewer).where(Thread.id.in_(ids))
    found = db.session.scalars(statement.options(joinedload(Thread.category)))
    return {thread.id: thread for thread in found}


def _posts(ids: set[int], threads: Iterable[int]) -> dict[int, Post]:
    statement = (
        db.select(Post)
        .where(
            Post.id.in_(ids),
            Post.thread_id.in_(threads),
            ~Post.hidden,
            Post.deleted.is_(None),
        )
        .options(joinedload(Post.author))
    )
    return {post.id: post for post in db.session.scalars(statement)}


def thread_id(message: Notification) -> int:
    """Read from the message which thread it is about; 0 for none."""
    kind, _separator, number = message.target.partition(":")
    return int(number) if kind == THREAD and number.isdigit() else 0


def post_ids(message: Notification) -> list[int]:
    """Read from the message which posts it tells of."""
    single = message.data.get("post")
    return [single] if single else message.data.get("posts", [])


def say_answers(facts: Facts, messages: Sequence[Notification]) -> Saying:
    """Say how many posts there are in a thread, and by whom."""
    thread = facts.threads.get(thread_id(messages[0]))
    if thread is None:
        return texts.gone()
    told = {post: None for message in messages for post in post_ids(message)}
    posts = [facts.posts[post] for post in told if post in facts.posts]
    if not posts:
        text = _("The new post in “%(title)s” is no longer there.", title=thread.title)
        return _about(facts, thread, text, thread.path)
    unread = any(message.read_at is None for message in messages)
    return _about(facts, thread, _count(thread, posts, unread=unread), f"{thread.path}?neu=1")


def _count(thread: Thread, posts: Sequence[Post], *, unread: bool) -> str:
    names = list_of_names([_author(post) for post in posts])
    if unread:
        return ngettext(
            "%(num)d new post in “%(title)s” by %(names)s",
            "%(num)d new posts in “%(title)s” by %(names)s",
            len(posts),
            title=thread.title,
            names=names,
        )
    return ngettext(
        "%(num)d post in “%(title)s” by %(names)s",
        "%(num)d posts in “%(title)s” by %(names)s",
        len(posts),
        title=thread.title,
        names=names,
    )


def list_of_names(names: Iterable[str]) -> str:
    """Name two people and count the others: “Anna, Otto and 1 other person”."""
    known = list(dict.fromkeys(names))
    if len(known) == 1:
        return known[0]
    if len(known) == NAMED_APART:
        return _("%(first)s and %(second)s", first=known[0], second=known[1])
    return ngettext(
        "%(first)s, %(second)s and %(num)d other person",
        "%(first)s, %(second)s and %(num)d other people",
        len(known) - NAMED_APART,
        first=known[0],
        second=known[1],
    )


def _author(post: Post) -> str:
    return post.author.display_name if post.author else _("Former member")


def say_one(facts: Facts, messages: Sequence[Notification]) -> Saying:
    """Say what happened in one post that concerns the reader, or that opened a thread."""
    message = messages[0]
    thread = facts.threads.get(thread_id(message))
    if thread is None:
        return texts.gone()
    post = facts.posts.get(message.data.get("post", 0))
    if post is None:
        text = _("The new post in “%(title)s” is no longer there.", title=thread.title)
        return _about(facts, thread, text, thread.path)
    if message.kind == NEW_THREAD and post.number > 1:  # its thread was merged into another one
        text = _count(thread, [post], unread=message.read_at is None)
        return _about(facts, thread, text, f"/beitrag/{post.id}")
    text = _deed(message, thread, post)
    return _about(facts, thread, text, _place(message, thread))


def _place(message: Notification, thread: Thread) -> str:
    return thread.path if message.kind == NEW_THREAD else message.url


def _deed(message: Notification, thread: Thread, post: Post) -> str:
    words = {"name": _author(post), "title": thread.title}
    kind = message.kind
    if kind == ACCEPTED:
        return _acceptance(thread, own=post.author_id == message.user_id)
    if kind == MENTION:
        return _("%(name)s named you in “%(title)s”.", **words)
    if kind == REPLY:
        return _("%(name)s answered your post in “%(title)s”.", **words)
    if kind == QUOTE:
        return _("%(name)s quoted you in “%(title)s”.", **words)
    return _("%(name)s opened “%(title)s” in %(category)s.", category=thread.category.name, **words)


def _acceptance(thread: Thread, *, own: bool) -> str:
    if own:
        return _("Your post in “%(title)s” was accepted as the answer.", title=thread.title)
    return _("“%(title)s” has an accepted answer. You have the same question.", title=thread.title)


def _about(facts: Facts, thread: Thread, text: str, url: str) -> Saying:
    choice = facts.levels.get(thread.id, Choice())
    return Saying(text, url, thread.title, subject=(THREAD, thread.id), level=choice.level)


def say_moderation(facts: Facts, messages: Sequence[Notification]) -> Saying:
    """Say what moderators did with the reader's own words, and why."""
    data = messages[0].data
    thread = facts.threads.get(thread_id(messages[0]))
    away = data["action"] == "posts.away"
    if thread is None and not away and not _own_title(data):
        return texts.gone()
    before = facts.threads.get(data.get("from", 0)) if away else None
    title = before.title if before else _own_title(data) or UNKNOWN
    text = deed_of_moderators(data["action"], title, None if away else thread)
    if data.get("reason"):
        text += " " + _("Reason: %(reason)s", reason=data["reason"])
    if thread is None:
        return Saying(text, "/forum")
    return _about(facts, thread, text, messages[0].url)


def _own_title(data: dict[str, Any]) -> str:
    """Give the title that the reader's own thread had when she was told; empty for any other's."""
    own = data["action"].startswith("thread.") and data["action"] != "thread.split"
    return data.get("title", "") if own or "from" in data else ""


def deed_of_moderators(action: str, title: str, thread: Thread | None) -> str:
    """Say what was done; a category that the author may not know of stays unnamed.

    ``title`` is the one that the thread had, for its opener who can no longer see it.
    """
    words = {"title": thread.title if thread else title}
    if action == "thread.move" and thread is not None:
        return _(
            "Your thread “%(title)s” was moved to “%(category)s”.",
            category=thread.category.name,
            **words,
        )
    sentences = {
        "thread.pin": _("Your thread “%(title)s” was pinned.", **words),
        "thread.unpin": _("Your thread “%(title)s” is no longer pinned.", **words),
        "thread.lock": _("Your thread “%(title)s” was closed for answers.", **words),
        "thread.unlock": _("Your thread “%(title)s” is open for answers.", **words),
        "thread.hide": _("Your thread “%(title)s” was hidden.", **words),
        "thread.unhide": _("Your thread “%(title)s” is shown again.", **words),
        "thread.move": _("Your thread “%(title)s” was moved to where you cannot read it.", **words),
        "thread.merge": _("Your thread “%(title)s” was merged into another one.", title=title),
        "thread.split": _("Posts of yours are now in “%(title)s”.", **words),
        "proposal.decline": _("Your proposal to move “%(title)s” was not taken up.", **words),
        "thread.unmerge": _("Your thread “%(title)s” stands for itself again.", **words),
        "post.hide": _("Your post in “%(title)s” was hidden.", **words),
        "post.unhide": _("Your post in “%(title)s” is shown again.", **words),
        "post.wiki": _("Your post in “%(title)s” can now be edited by all who answer.", **words),
        "post.unwiki": _("Your post in “%(title)s” is edited by you alone again.", **words),
        "posts.away": _(
            "Posts of yours from “%(title)s” were moved to where you cannot read them.", **words
        ),
        "thread.kind": _("Your thread “%(title)s” was given another kind.", **words),
        "thread.rename": _("Your thread has a new title: “%(title)s”.", **words),
        "poll.close": _("Your poll “%(title)s” was ended.", **words),
        "post.restore": _("In your post in “%(title)s” an earlier text was restored.", **words),
        "post.unaccept": _("Your post in “%(title)s” is no longer the accepted answer.", **words),
        "thread.slow": _("Slow mode is on in your thread “%(title)s”.", **words),
        "thread.unslow": _("Slow mode is off in your thread “%(title)s”.", **words),
    }
    unknown = _("Moderators changed something of yours in “%(title)s”.", **words)
    return sentences.get(action, unknown)


def register() -> None:
    """Speak for all kinds of messages of the forum; they share one ``load``."""
    texts.register(ANSWER, say_answers, load, together=True)
    for kind in (MENTION, REPLY, QUOTE, ACCEPTED, NEW_THREAD):
        texts.register(kind, say_one, load)
    texts.register(MODERATION, say_moderation, load)
