"""What mails show of the forum: threads with their new posts, and questions nobody has answered.

Everything is read as the person may see it at the moment of composing; titles and words of hidden,
deleted or closed posts never get into a mail.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from flask_babel import gettext as _
from sqlalchemy import Row, exists, or_
from sqlalchemy.orm import joinedload

from kts.accounts.models import MunicipalityMembership
from kts.core.access import Viewer
from kts.core.text import excerpt, plain_text
from kts.extensions import db
from kts.forum.audience import ANSWER, NEW_THREAD
from kts.forum.models import QUESTION, Post, ReadState, Thread
from kts.forum.notifications import MAILED, MODERATION
from kts.forum.queries.people import Byline, bylines
from kts.forum.queries.threads import visible_threads
from kts.municipalities.peers import peers_of
from kts.notifications.contents import (
    Excerpt,
    Item,
    Section,
    Wanted,
    register_content,
    register_extra,
    register_mailed_apart,
)

EXCERPT_LENGTH = 300  # characters: enough to see whether it is worth opening
MOST_QUESTIONS = 5
QUESTIONS_SINCE = timedelta(days=21)  # so that a question is shown three times a person at most
MOST_PEERS = 30  # municipalities; the six of the page would leave most weeks without a question


def register(app: Flask) -> None:
    """Let mails about notifications show the forum."""
    register_content(app, "thread", load_threads, told={ANSWER, NEW_THREAD})
    register_extra(app, open_questions)
    register_mailed_apart(app, MODERATION, lambda message: message.data.get("action") in MAILED)


def load_threads(viewer: Viewer, wanted: Sequence[Wanted]) -> dict[int, Item]:
    """Give the entries of threads as the viewer may see them, in four statements.

    The excerpt is of the first of the wanted posts that somebody else wrote.
    """
    threads = _threads(viewer, [one.target_id for one in wanted])
    posts = _posts(threads, [post for one in wanted for post in one.posts])
    firsts = {thread_id: _by_others(viewer, ones)[:1] for thread_id, ones in posts.items()}
    excerpts = _excerpts([row.id for rows in firsts.values() for row in rows])
    return {
        thread_id: _item(viewer, thread, posts.get(thread_id, []), excerpts)
        for thread_id, thread in threads.items()
    }


def _threads(viewer: Viewer, ids: Sequence[int]) -> dict[int, Thread]:
    statement = visible_threads(viewer).where(Thread.id.in_(ids))
    found = db.session.scalars(statement.options(joinedload(Thread.category)))
    return {thread.id: thread for thread in found}


def _posts(threads: dict[int, Thread], ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """Give number and author of the posts that can be read, without their texts."""
    statement = (
        db.select(Post.id, Post.number, Post.thread_id, Post.author_id)
        .where(Post.id.in_(ids), Post.thread_id.in_(threads), Post.shown)
        .order_by(Post.number)
    )
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in db.session.execute(statement):
        found[row.thread_id].append(row)
    return found


def _by_others(viewer: Viewer, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    return [row for row in rows if row.author_id != viewer.id]


def _excerpts(post_ids: Sequence[int]) -> dict[int, Excerpt]:
    statement = db.select(Post).where(Post.id.in_(post_ids)).options(joinedload(Post.author))
    posts = db.session.scalars(statement).all()
    speakers = bylines(post.author for post in posts)
    return {post.id: _excerpt(post, speakers.get(post.author_id or 0)) for post in posts}


def _excerpt(post: Post, speaker: Byline | None) -> Excerpt:
    text = excerpt(plain_text(post.html), EXCERPT_LENGTH)
    return Excerpt(text, speaker.name if speaker else _("Former member"), _place(speaker))


def _place(speaker: Byline | None) -> str:
    return ", ".join(place[0] for place in speaker.municipalities) if speaker else ""


def _item(
    viewer: Viewer, thread: Thread, rows: Sequence[Row[Any]], excerpts: dict[int, Excerpt]
) -> Item:
    new = _by_others(viewer, rows)
    single = f"/beitrag/{new[0].id}" if len(new) == 1 else f"{thread.path}?neu=1"
    return Item(
        target=f"thread:{thread.id}",
        title=thread.title,
        url=single if new else thread.path,
        group=thread.category.name,
        list_id=thread.category.slug,
        root=f"thread-{thread.id}",
        number=new[-1].number if new else None,
        excerpt=excerpts.get(new[0].id) if new else None,
        new_posts=len(new),
        shown=frozenset(row.id for row in rows),
    )


def open_questions(person: Any, moment: datetime) -> Section | None:
    """Give unanswered questions from municipalities like the person's own; None without any.

    Not those that she has opened already, and none that is older than some weeks.
    """
    places = _places_like(person)
    if not places:
        return None
    asked = exists().where(
        MunicipalityMembership.user_id == Thread.author_id,
        MunicipalityMembership.municipality_id.in_(places),
    )
    opened = exists().where(ReadState.user_id == person.id, ReadState.thread_id == Thread.id)
    statement = visible_threads(person).where(
        Thread.kind == QUESTION,
        Thread.answers_by_others == 0,
        Thread.shown,
        ~Thread.locked,
        Thread.merged_into_id.is_(None),
        Thread.created > moment - QUESTIONS_SINCE,
        Thread.author_id != person.id,
        or_(Thread.municipality_id.in_(places), asked),
        ~opened,
    )
    newest = statement.order_by(Thread.created.desc(), Thread.id.desc()).limit(MOST_QUESTIONS)
    loaded = (joinedload(Thread.author), joinedload(Thread.category))
    threads = db.session.scalars(newest.options(*loaded)).all()
    speakers = bylines(thread.author for thread in threads)
    items = [_question(thread, speakers.get(thread.author_id or 0)) for thread in threads]
    return Section(_("Unanswered questions from municipalities like yours"), items)


def _places_like(person: Any) -> set[int]:
    """Give the ids of the person's municipalities and of those like them."""
    own = [membership.municipality for membership in person.memberships]
    alike = {peer.municipality.id for place in own for peer in peers_of(place, MOST_PEERS)}
    return alike | {place.id for place in own}


def _question(thread: Thread, speaker: Byline | None) -> Item:
    says = " · ".join(part for part in (_place(speaker), thread.category.name) if part)
    return Item(f"thread:{thread.id}", thread.title, thread.path, says=(says,))
