"""What sample people do to each other's posts: accept, share a question, vote, react, keep.

Written through the forum's own services. What is there already stays, so a second run adds nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kts.demo import content
from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.forum.models.kinds import Poll
from kts.forum.models.marks import Bookmark, ReadingItem
from kts.forum.services import marks
from kts.forum.services.kinds import (
    Details,
    PollSettings,
    accept_post,
    official_for,
    share_problem,
    vote,
)
from kts.forum.services.moderation import make_wiki

if TYPE_CHECKING:
    from kts.demo import Loaded


def details_of(loaded: Loaded, entry: content.Entry) -> Details:
    """Give the kind of a sample thread and what only this kind has."""
    poll = entry.get("poll")
    news = entry.get("news_days")
    return Details(
        kind=entry.get("kind", "discussion"),
        experience=entry.get("experience"),
        poll=PollSettings(poll["options"], ends=_in_days(loaded, poll["days"])) if poll else None,
        until=_in_days(loaded, news) if news else None,
    )


def _in_days(loaded: Loaded, days: int) -> Any:
    return loaded.start + timedelta(days=days)


def speaks_for(loaded: Loaded, entry: content.Entry) -> int | None:
    """Give the municipality in whose name the thread is opened, if it is an official statement."""
    if not entry.get("official"):
        return None
    author, place = loaded.people[entry["author"]], loaded.places[entry["municipality"]]
    return official_for(author, place.id)


def mark_thread(loaded: Loaded, thread: Thread, entry: content.Entry) -> None:
    """Let the people do to the thread and its posts what the entry says."""
    posts = {
        post.number: post for post in db.session.scalars(db.select(Post).filter_by(thread=thread))
    }
    for number, person, kind in entry.get("reactions", ()):
        marks.react(loaded.people[person], posts[number], kind)
    if number := entry.get("accepted"):
        accept_post(loaded.people[entry["author"]], posts[number])
    if number := entry.get("wiki"):
        make_wiki(loaded.people["moderation"], posts[number])
    for person in entry.get("shared", ()):
        _share(loaded.people[person], thread)
    _vote(loaded, thread, entry)
    for post in posts.values():
        post.updated = post.created
    db.session.flush()


def _share(person: Any, thread: Thread) -> None:
    places = [membership.municipality_id for membership in person.memberships]
    share_problem(person, thread, places[0] if places else None)


def _vote(loaded: Loaded, thread: Thread, entry: content.Entry) -> None:
    if "poll" not in entry:
        return
    poll = db.session.get_one(Poll, thread.id)
    options = {option.position: option.id for option in poll.options}
    for person, position in entry["poll"]["votes"]:
        vote(loaded.people[person], poll, [options[position]])


def load_marks(loaded: Loaded) -> dict[str, int]:
    """Keep and recommend the posts that the people have not on their lists."""
    table = content.read("marks")
    return {
        "sample_bookmarks": sum(_keep(loaded, entry) for entry in table["bookmark"]),
        "sample_recommendations": sum(
            _recommend(loaded, entry) for entry in table["recommendation"]
        ),
    }


def _keep(loaded: Loaded, entry: content.Entry) -> bool:
    person, post = loaded.people[entry["person"]], _post(entry)
    known = db.select(Bookmark.id).filter_by(user_id=person.id, post_id=post.id)
    if db.session.scalar(known) is not None:
        return False
    days = entry.get("remind_days")
    kept = marks.bookmark(person, post=post)
    marks.change_bookmark(kept, entry["note"], _in_days(loaded, days) if days else None)
    return True


def _recommend(loaded: Loaded, entry: content.Entry) -> bool:
    person, post = loaded.people[entry["person"]], _post(entry)
    place = loaded.places[entry["municipality"]]
    known = db.select(ReadingItem.id).filter_by(municipality_id=place.id, post_id=post.id)
    if db.session.scalar(known) is not None:
        return False
    item = marks.recommend(person, place.id, post=post, note=entry["note"])
    if entry.get("done"):
        marks.settle(person, item, done=True)
    return True


def _post(entry: content.Entry) -> Post:
    thread = db.session.scalars(
        db.select(Thread).filter_by(external_key=f"demo:{entry['thread']}")
    ).one()
    wanted = db.select(Post).filter_by(thread_id=thread.id, number=entry["post"])
    return db.session.scalars(wanted).one()
