"""Choosing how closely to follow something.

What can be followed belongs to features that this one may not know: each registers for its kind a
function that finds the things a viewer may know of.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app
from sqlalchemy import delete

from kts.core.access import Viewer
from kts.core.errors import Invalid, NotFound
from kts.core.upserts import insert
from kts.extensions import db
from kts.notifications.models import CHOSEN, FOLLOW, LEVELS, Subscription


@dataclass(frozen=True)
class Found:
    """A thing that can be followed, as one viewer may know it."""

    id: int
    name: str
    url: str


#: Gives those of the ids that the viewer may know of; all that are offered to her for None.
Finder = Callable[[Viewer, Collection[int] | None], Mapping[int, Found]]


@dataclass(frozen=True)
class Target:
    """One kind of thing; ``ids`` is the column that tells which exist."""

    find: Finder
    ids: Any
    offers_all: bool


def register_target(
    app: Flask, kind: str, find: Finder, ids: Any, *, offers_all: bool = False
) -> None:
    """Let things of the kind be followed; ``offers_all``: few enough to list those not chosen."""
    app.extensions.setdefault("kts_targets", {})[kind] = Target(find, ids, offers_all)


def targets() -> dict[str, Target]:
    """Give what is registered."""
    known: dict[str, Target] = current_app.extensions.get("kts_targets", {})
    return known


def find(viewer: Viewer, kind: str, target_id: int) -> Found:
    """Find one thing; raise NotFound for what the viewer may not know of."""
    target = targets().get(kind)
    found = target.find(viewer, [target_id]) if target else {}
    if target_id not in found:
        raise NotFound
    return found[target_id]


def choose_level(person: Any, kind: str, target_id: int, level: str) -> None:
    """Note how closely she follows the thing; raise Invalid for a level that does not exist."""
    if level not in LEVELS:
        raise Invalid
    values = {"level": level, "reason": CHOSEN}
    statement = _insert(person, kind, target_id, **values)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["user_id", "kind", "target_id"], set_=values
        )
    )


def end_choice(person: Any, kind: str, target_id: int) -> None:
    """Forget what she chose; what is above the thing counts again."""
    db.session.execute(
        delete(Subscription).where(
            Subscription.user_id == person.id,
            Subscription.kind == kind,
            Subscription.target_id == target_id,
        )
    )


def follow_unless_chosen(person: Any, kind: str, target_id: int, reason: str) -> None:
    """Follow for what she did there; whatever she has chosen before stays."""
    statement = _insert(person, kind, target_id, level=FOLLOW, reason=reason)
    db.session.execute(statement.on_conflict_do_nothing())


def _insert(person: Any, kind: str, target_id: int, **values: str) -> Any:
    return insert(Subscription).values(user_id=person.id, kind=kind, target_id=target_id, **values)
