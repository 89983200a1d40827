"""Who speaks: what a reader needs to judge an answer by."""

import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from kts.accounts.models import MunicipalityMembership, User
from kts.extensions import db
from kts.municipalities.models import Municipality

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
