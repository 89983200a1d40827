"""The forum's first page and its categories, kept for their audience, with what one has not read.

The lists themselves are the same for all who may see the same; how many posts of a thread are new
to the reader, and how closely she follows a category, fill the holes.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import render_template
from flask_login import current_user

from kts.core import shared_pages
from kts.core.shared_pages import Fill
from kts.forum import stamps
from kts.forum.models import Category
from kts.forum.queries.asking import peer_questions
from kts.forum.queries.gaps import gaps_behind
from kts.forum.queries.lists import UnreadCount, unread_count
from kts.forum.queries.threads import ThreadRow, has_hidden_threads
from kts.forum.queries.unread import read_numbers, unread_posts

PEER_QUESTIONS = 5
LASTING = {"follow", "peers", "read-all", "room", "row", "tab-unread"}


@dataclass(frozen=True)
class KeptThread:
    """What the holes of a list have to know of a thread in it."""

    id: int
    path: str
    last_number: int
    post_count: int
    last_post_at: datetime


@dataclass(frozen=True)
class KeptRoom:
    """What they have to know of a category."""

    id: int
    slug: str
    name: str
    visibility: str


@dataclass(frozen=True)
class KeptList:
    """The threads and categories of a page; ``room`` is the one that the page is about."""

    threads: Sequence[KeptThread]
    rooms: Sequence[KeptRoom]
    room: KeptRoom | None = None

    @classmethod
    def of(
        cls,
        rows: Iterable[ThreadRow],
        rooms: Iterable[Category],
        room: Category | None = None,
    ) -> "KeptList":
        """Keep what the rows and rooms say, without the rows of the database."""
        threads = [
            KeptThread(t.id, t.path, t.last_number, t.post_count, t.last_post_at)
            for t in (row.thread for row in rows)
        ]
        kept = {each.id: KeptRoom(each.id, each.slug, each.name, each.visibility) for each in rooms}
        return cls(threads, list(kept.values()), kept[room.id] if room else None)


class OwnMarks:
    """Fills the holes of a list for the person who asks."""

    def __init__(self, kept: KeptList) -> None:
        self.kept = kept

    @property
    def fills(self) -> Mapping[str, Fill]:
        """Give what fills each hole."""
        if not current_user.is_authenticated:
            return {}
        return {
            "follow": self.follow,
            "peers": self.peers,
            "read-all": self.read_all,
            "room": self.room,
            "row": self.row,
            "tab-unread": self.tab,
        }

    @cached_property
    def _new_posts(self) -> dict[int, int]:
        threads: Any = self.kept.threads
        numbers = read_numbers(current_user, [thread.id for thread in threads])
        gaps = gaps_behind(threads, numbers) if numbers else {}
        return {
            thread.id: unread_posts(current_user, thread, numbers) - gaps.get(thread.id, 0)
            for thread in threads
        }

    @cached_property
    def _unread(self) -> UnreadCount:
        rooms: Any = self.kept.rooms
        return unread_count(current_user, rooms)

    def row(self, thread_id: str) -> str:
        """Say how many posts of the thread are new."""
        number = int(thread_id)
        new = self._new_posts.get(number, 0)
        if new <= 0:
            return ""
        thread = next(each for each in self.kept.threads if each.id == number)
        return render_template("forum/own/row.html", thread=thread, unread=new)

    def room(self, category_id: str) -> str:
        """Say how many threads of the category are unread."""
        number = int(category_id)
        category = next(each for each in self.kept.rooms if each.id == number)
        if not (self._unread.categories or {}).get(number):
            return ""
        return render_template("forum/_own_room.html", category=category, unread=self._unread)

    def tab(self) -> str:
        """Say how many threads are unread, on the tab of that list."""
        if not self._unread.total:
            return ""
        return render_template("forum/own/tab_count.html", unread=self._unread)

    def read_all(self) -> str:
        """Offer to count everything as read."""
        context = {"category": self.kept.room, "unread": self._unread}
        return render_template("forum/_own_read_all.html", **context)

    def peers(self) -> str:
        """List what municipalities like the person's own ask."""
        found = peer_questions(current_user, PEER_QUESTIONS)
        if not found:
            return ""
        return render_template("forum/_own_peer_questions.html", peer_questions=found)

    def follow(self) -> str | None:
        """Say how closely the person follows the category."""
        room = self.kept.room
        if room is None:
            return None
        context = {"follow_kind": "category", "follow_id": room.id}
        return render_template("notifications/_own_follow.html", **context)


def respond(
    template: str, key: Hashable, load: Callable[[], tuple[dict[str, Any], KeptList]]
) -> bytes | str:
    """Give the page, kept or new, with the holes filled.

    Whoever has threads of her own that others do not see gets a page of her own.
    """
    if has_hidden_threads(current_user):
        return _own_page(template, load)
    stamp, own_stamp = stamps.of_lists(current_user.id)
    page, _kept = shared_pages.respond(
        template,
        key,
        stamp,
        load,
        lambda kept: OwnMarks(kept).fills,
        own_stamp=lambda: own_stamp,
        lasting=LASTING,
    )
    return page


def _own_page(template: str, load: Callable[[], tuple[dict[str, Any], KeptList]]) -> str:
    context, kept = load()
    rooms: Any = kept.rooms
    asked = [] if kept.room else peer_questions(current_user, PEER_QUESTIONS)
    unread = unread_count(current_user, rooms)
    return render_template(template, **context, unread=unread, peer_questions=asked)
