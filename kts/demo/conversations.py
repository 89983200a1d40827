"""Sample threads: written through the forum's own services, then dated back.

Every tenth of them shows something else than talk: one is pinned, one locked, some wait for an
answer; one has a post that was reported (``reports``).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from kts.accounts.queries import user_by_email
from kts.demo import ageing, content, marks
from kts.documents.models import Document, DocumentPage
from kts.extensions import db
from kts.forum.models import EXPERIENCE, Category, Post, Thread
from kts.forum.models.moderating import ThreadEvent
from kts.forum.services import (
    add_post,
    create_category,
    lock_thread,
    mark_read,
    pin_thread,
)
from kts.forum.services.heat import update_counts
from kts.forum.services.kinds import open_thread
from kts.notifications.models import Notification, NotificationEvent

if TYPE_CHECKING:
    from kts.demo import Loaded

KNOWN_AFTER = 21  # days since the last post; people come twice a month
OPENS = timedelta(hours=7)  # UTC: offices in Germany work from 8 to 18 in winter
OPEN_PART = 10 / 24
PAGED = {"pdf"}  # formats of which one says page; of the others, section


def load_threads(loaded: Loaded) -> dict[str, int]:
    """Open the rooms and threads that are missing, oldest thread first."""
    moderator = loaded.people["moderation"]
    rooms = {
        entry["name"]: _room(loaded, moderator, entry)
        for entry in content.read("categories")["category"]
    }
    known = set(db.session.scalars(db.select(Thread.external_key)))
    missing = [entry for entry in content.threads() if f"demo:{entry['key']}" not in known]
    posts = 0
    for entry in sorted(missing, key=lambda entry: -entry["days"]):
        posts += _write_thread(loaded, rooms[entry["category"]], entry)
    return {"sample_threads": len(missing), "sample_posts": posts}


def _room(loaded: Loaded, actor: Any, entry: content.Entry) -> Category:
    room = db.session.scalar(db.select(Category).filter_by(name=entry["name"]))
    if room is not None:
        return room
    return create_category(
        actor,
        entry["name"],
        description=entry["description"],
        visibility=loaded.visibility(entry["visibility"]),
        writable_by=entry.get("writable_by", "members"),
    )


def _write_thread(loaded: Loaded, room: Category, entry: content.Entry) -> int:
    """Write all posts of a thread and give their number."""
    place = loaded.places.get(entry.get("municipality", ""))
    topics = [loaded.topics[name] for name in entry.get("topics", ())]
    moment = loaded.ago(entry["days"])
    thread: Thread | None = None
    for author, hours, text in entry["posts"]:
        moment += timedelta(hours=hours)
        actor, body = loaded.people[author], _with_links(loaded, text.strip())
        if thread is None:
            thread = open_thread(
                actor,
                room,
                entry["title"],
                body,
                marks.details_of(loaded, entry),
                municipality_id=place.id if place else None,
                official_for_id=marks.speaks_for(loaded, entry),
                topics=topics,
            )
            thread.external_key = f"demo:{entry['key']}"
        else:
            add_post(actor, thread, body)
        _date_back(thread, _office_hours(moment, loaded.start))
    if thread is None:
        return 0
    marks.mark_thread(loaded, thread, entry)
    _keep_order(loaded, thread, entry)
    _date_thread(thread)
    _mark_read(loaded, thread)
    return thread.last_number


def _office_hours(moment: datetime, latest: datetime) -> datetime:
    """Move a moment into the working hours of its day, in the order that it had."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return min(midnight + OPENS + (moment - midnight) * OPEN_PART, latest)


def _date_back(thread: Thread, moment: datetime) -> None:
    """Let the newest post have been written at that moment."""
    post = db.session.get_one(Post, thread.last_post_id)
    post.created = post.updated = thread.last_post_at = moment
    if post.number == 1:
        thread.created = moment
    db.session.flush()


def _date_thread(thread: Thread) -> None:
    """Let the thread, what was done to it and the messages about it be as old as its last post."""
    thread.updated = thread.last_post_at
    update_counts(thread)
    about = f"thread:{thread.id}"
    for table in (Notification, NotificationEvent):
        db.session.execute(
            update(table)
            .where(table.target == about)
            .values(created=thread.last_post_at)
            .execution_options(synchronize_session=False)
        )
    for deed in db.session.scalars(db.select(ThreadEvent).filter_by(thread_id=thread.id)):
        deed.created = thread.last_post_at
    db.session.flush()
    ageing.date_back(EXPERIENCE, thread.id)


def _keep_order(loaded: Loaded, thread: Thread, entry: content.Entry) -> None:
    moderator = loaded.people["moderation"]
    if "pin" in entry:
        pin_thread(moderator, thread, entry["pin"])
    if "lock" in entry:
        lock_thread(moderator, thread, entry["lock"])


def _mark_read(loaded: Loaded, thread: Thread) -> None:
    """Let those who can sign in know the older threads, so that what is new stands out."""
    if thread.last_post_at > loaded.ago(KNOWN_AFTER):
        return
    for email, _role in content.SIGN_INS:
        person = user_by_email(email)
        if person is not None and thread.visibility in person.visibility_tokens:
            mark_read(person, thread, thread.last_number)


def _with_links(loaded: Loaded, text: str) -> str:
    """Turn ``{{page:document:chapter}}`` into a link to the page on which the chapter begins."""

    def link(match: re.Match[str]) -> str:
        document: Document = loaded.documents[match[1]]
        number = _page_of(document, match[2])
        paged = document.current_version.format in PAGED if document.current_version else False
        word = "Seite" if paged else "Abschnitt"
        return f"[{document.title}, {word} {number}]({document.path}/seite/{number})"

    return content.PAGE_LINK.sub(link, text)


def _page_of(document: Document, chapter: str) -> int:
    """Give the number of the page that begins with the chapter; the first where none does."""
    pages = db.session.scalars(
        db.select(DocumentPage)
        .filter_by(version_id=document.current_version_id)
        .order_by(DocumentPage.number)
    )
    for page in pages:
        if page.heading == chapter or page.text.lstrip("# ").startswith(chapter):
            return page.number
    return 1
