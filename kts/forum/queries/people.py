"""Who speaks: what a reader needs to judge an answer by."""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from kts.accounts.models import MunicipalityMembership, User
from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.municipalities.models import Municipality, size_class

TINTS = 6  # as many avatar colours as forum.css has


@dataclass(frozen=True)
class Byline:
    """Who speaks: name, municipalities, and whether for the KTS."""

    name: str
    is_moderator: bool = False
    is_active: bool = True
    municipalities: list[tuple[str, str]] = field(default_factory=list)

    @property
    def initials(self) -> str:
        """Give one or two letters that stand for the name."""
        words = [word for word in self.name.split() if word[:1].isalnum()]
        return "".join(word[0] for word in (words[:1] + words[-1:] if words[1:] else words)).upper()

    @property
    def tint(self) -> int:
        """Give the number of the avatar's colour, the same each time for the same name."""
        return zlib.crc32(self.name.encode()) % TINTS


def bylines(people: Iterable[User | None]) -> dict[int, Byline]:
    """Tell for each account who speaks, in one statement for the municipalities."""
    known = {person.id: person for person in people if person is not None}
    places = defaultdict(list)
    if known:
        statement = (
            db.select(MunicipalityMembership.user_id, Municipality.name, Municipality.slug)
            .join(Municipality, Municipality.id == MunicipalityMembership.municipality_id)
            .where(MunicipalityMembership.user_id.in_(known))
            .order_by(Municipality.name)
        )
        for user_id, name, slug in db.session.execute(statement):
            places[user_id].append((name, slug))
    return {
        user_id: Byline(p.display_name, p.is_moderator, p.active, places[user_id])
        for user_id, p in known.items()
    }


#: In what order a summary names the kinds of municipalities that take part.
SIZE_ORDER = ("large", "medium", "small", "rural", "district", "cooperation", "")


@dataclass(frozen=True)
class Round:
    """Who takes part in a thread: people, municipalities by size, and whether the KTS does.

    ``sizes`` gives, in SIZE_ORDER, each size class with its number of municipalities; the empty
    one stands for those whose size is not known.
    """

    people: int = 0
    sizes: list[tuple[str, int]] = field(default_factory=list)
    has_moderators: bool = False

    @property
    def municipalities(self) -> int:
        """Give the number of municipalities."""
        return sum(number for _size, number in self.sizes)


def who_takes_part(thread: Thread) -> Round:
    """Summarise who wrote in a thread and from which kinds of municipality, in one statement."""
    writers = (
        db.select(Post.author_id)
        .where(Post.thread_id == thread.id, ~Post.hidden, Post.deleted.is_(None))
        .distinct()
        .subquery()
    )
    statement = (
        db.select(User.id, User.role, Municipality.id, Municipality.kind, Municipality.population)
        .join(writers, writers.c.author_id == User.id)
        .outerjoin(MunicipalityMembership, MunicipalityMembership.user_id == User.id)
        .outerjoin(Municipality, Municipality.id == MunicipalityMembership.municipality_id)
    )
    people, sizes, moderators = set(), {}, False
    for person_id, role, place_id, kind, population in db.session.execute(statement):
        people.add(person_id)
        moderators = moderators or role in ("moderator", "admin")
        if place_id is not None:
            sizes[place_id] = kind if kind in SIZE_ORDER else size_class(population)
    counts = Counter(sizes.values())
    return Round(len(people), [(s, counts[s]) for s in SIZE_ORDER if counts[s]], moderators)
