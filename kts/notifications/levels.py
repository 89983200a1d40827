"""Which of a person's choices counts for one thread; the only place that decides it.

The specific beats the general: what she chose for the thread itself, then for its topics and its
municipality, then for its category, then for its group. So a thread that she follows inside a
muted category tells her, and a muted thread inside a watched category does not.

Among equals (two topics, or a topic and the municipality) the louder one counts: watch, follow,
mute, normal. Whoever watches one topic of a thread asked to hear of it; a message too many is
muted with one click, a message that never came is not noticed. A mute counts more than a
``normal``, which asks for nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_

from kts.extensions import db
from kts.notifications.models import (
    CATEGORY,
    FOLLOW,
    GROUP,
    MUNICIPALITY,
    MUTE,
    NORMAL,
    THREAD,
    TOPIC,
    WATCH,
    Subscription,
)

RANKS = {THREAD: 30, TOPIC: 20, MUNICIPALITY: 20, CATEGORY: 10, GROUP: 0}
STRENGTHS = {WATCH: 4, FOLLOW: 3, MUTE: 2, NORMAL: 1}

#: The things that a thread belongs to: for each kind their ids, listed or as a subquery.
Places = Mapping[str, Any]


@dataclass(frozen=True)
class Choice:
    """The level that counts, and the thing for which it was chosen; no ``kind`` without choice."""

    level: str = NORMAL
    kind: str = ""
    target_id: int | None = None

    def tells_of_posts(self) -> bool:
        """Say whether a new post is told, not only a new thread.

        Following tells of posts only where the thread itself is followed: whoever follows a
        category wants to know what begins there, not every answer.
        """
        return self.level == WATCH or (self.level == FOLLOW and self.kind == THREAD)

    def tells_of_threads(self) -> bool:
        """Say whether a new thread is told."""
        return self.level in (WATCH, FOLLOW)


NOTHING_CHOSEN = Choice()


def decisive(choices: Iterable[Choice]) -> Choice:
    """Give the choice that counts among all that concern one thread."""
    return max(choices, key=_weight, default=NOTHING_CHOSEN)


def _weight(choice: Choice) -> tuple[int, str, int]:
    """Give the order of choices; kind and id only make it the same each time."""
    rank = RANKS[choice.kind] + STRENGTHS[choice.level]
    return rank, choice.kind, choice.target_id or 0


def weight() -> ColumnElement[int]:
    """Say in SQL how much a subscription counts; the largest number decides."""
    rank = case(RANKS, value=Subscription.kind, else_=0)
    return rank + case(STRENGTHS, value=Subscription.level, else_=0)


def says_mute(heaviest: ColumnElement[int]) -> ColumnElement[bool]:
    """Say in SQL whether the largest weight is that of a mute."""
    return heaviest.in_([rank + STRENGTHS[MUTE] for rank in sorted(set(RANKS.values()))])


def covering(places: Places) -> ColumnElement[bool]:
    """Give the condition on subscriptions to any of the places."""
    return or_(
        *(
            and_(Subscription.kind == kind, Subscription.target_id.in_(ids))
            for kind, ids in places.items()
        )
    )


def chosen_levels(places: Places, user_id: int | None = None) -> dict[int, Choice]:
    """Give for each person with a choice that concerns the thread the one that counts.

    One statement over the subscriptions to the thread's places; people without any are not
    looked at. ``user_id`` asks for one person only.
    """
    statement = db.select(
        Subscription.user_id, Subscription.level, Subscription.kind, Subscription.target_id
    ).where(covering(places))
    if user_id is not None:
        statement = statement.where(Subscription.user_id == user_id)
    choices: dict[int, list[Choice]] = {}
    for person, level, kind, target_id in db.session.execute(statement):
        choices.setdefault(person, []).append(Choice(level, kind, target_id))
    return {person: decisive(own) for person, own in choices.items()}
