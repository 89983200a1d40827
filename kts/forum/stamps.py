"""Which counters say that what readers see of the forum has changed.

``thread:<id>`` counts for one thread, ``threads`` for every list; ``threads:many`` counts
statements whose rows are not known. ``people`` stands for names and memberships, ``rooms`` for
categories and groups; municipalities count ``places``, and the library ``documents``. Times are
told as distances from now, so every page is also as old as its minute. ``own:<id>`` stands for
what one person has read and follows.
"""

from typing import Any

from kts.accounts.models import Group, GroupMembership, MunicipalityMembership, User
from kts.core import stamps
from kts.core.clock import now
from kts.forum.models import Category, Post, ReadState, Thread, kinds
from kts.forum.models.marks import Reaction
from kts.forum.models.moderating import ThreadEvent
from kts.forum.models.reading import CategoryRead
from kts.notifications.models import Subscription

MANY = ("threads", "threads:many")
SHOWN_OF_PEOPLE = ("name", "shown_name", "handle", "role", "active")
THREADS = ("threads:many", "people", "places", "documents", "rooms")
LISTS = ("threads", "people", "places", "rooms")


def watch_all() -> None:
    """Let every change that a reader of the forum can see count."""
    stamps.watch(Thread, lambda thread: names_of(thread.id), bulk=MANY)
    for model in (Post, ThreadEvent, *kinds.TABLES):
        stamps.watch(model, lambda row: names_of(row.thread_id), bulk=MANY)
    stamps.watch(Reaction, lambda row: names_of(row.post.thread_id), bulk=MANY)
    for model in (ReadState, CategoryRead, Subscription):
        stamps.watch(model, lambda row: [f"own:{row.user_id}"], bulk=["own:many"])
    stamps.watch(User, lambda _user: ["people"], bulk=["people"], columns=SHOWN_OF_PEOPLE)
    for model in (MunicipalityMembership, GroupMembership):
        stamps.watch(model, lambda _row: ["people"], bulk=["people"])
    for model in (Category, Group):
        stamps.watch(model, lambda _row: ["rooms"], bulk=["rooms"])


def names_of(thread_id: int) -> list[str]:
    """Give the counters that a change in one thread concerns."""
    return ["threads", f"thread:{thread_id}"]


def of_thread(thread_id: int, person_id: int | None) -> tuple[tuple[Any, ...], tuple[int, ...]]:
    """Give what the pages of one thread depend on, and what of them is the person's own besides."""
    found = stamps.read(f"thread:{thread_id}", *THREADS, f"own:{person_id}", "own:many")
    return (*found[:-2], _minute()), found[-2:]


def of_lists(person_id: int | None) -> tuple[tuple[Any, ...], tuple[int, ...]]:
    """Give what lists of threads depend on, and what of a list is the person's own besides."""
    found = stamps.read(*LISTS, f"own:{person_id}", "own:many")
    return (*found[: len(LISTS)], _minute()), found[len(LISTS) :]


def _minute() -> int:
    return int(now().timestamp() // 60)
