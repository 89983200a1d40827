"""What follows a topic without being content: subscriptions, saved searches, versions of dossiers.

Like a place, each function that moves gives an image of exactly what it changed, and its
counterpart reads that image and leaves alone what somebody changed since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Text, bindparam, cast, delete, insert, select, update

from kts.accounts.models import User
from kts.curation.dossiers.models import DossierVersion
from kts.curation.vocabularies.places import Image, Moves, in_chunks
from kts.extensions import db
from kts.notifications.models import LEVELS, TOPIC, Subscription
from kts.saved_searches.models import SavedSearch

FACET = "topic"


def subscribers(topic_id: int) -> list[int]:
    """List who has chosen a level for the topic."""
    statement = select(Subscription.user_id).where(_of([topic_id])).order_by(Subscription.user_id)
    return list(db.session.scalars(statement))


def saved_searches(slug: str) -> list[SavedSearch]:
    """List the saved searches that are narrowed down to the topic."""
    named = cast(SavedSearch.filters, Text).contains(f'"{slug}"', autoescape=True)
    found = db.session.scalars(select(SavedSearch).where(named).order_by(SavedSearch.id))
    return [one for one in found if slug in (one.filters or {}).get(FACET, ())]


def _of(topic_ids: Iterable[int]) -> Any:
    return (Subscription.kind == TOPIC) & Subscription.target_id.in_(list(topic_ids))


def move_subscriptions(source: int, targets: Sequence[int], *, stays: bool) -> Image:
    """Let who follows the topic follow the others; of two levels the louder one counts.

    ``stays``: the topic goes on, so nobody's choice for it ends.
    """
    rows = db.session.execute(
        select(
            Subscription.user_id, Subscription.target_id, Subscription.level, Subscription.reason
        ).where(_of([source, *targets]))
    ).all()
    known = {(user, target): level for user, target, level, _reason in rows}
    old = [(user, level, reason) for user, target, level, reason in rows if target == source]
    added, raised = [], []
    for user, level, reason in old:
        for target in targets:
            had = known.get((user, target))
            if had is None:
                added.append([user, target, level, reason])
            elif LEVELS.index(level) < LEVELS.index(had):
                raised.append([user, target, had, level])
    _add(added)
    _set_levels((user, target, after) for user, target, _before, after in raised)
    if not stays:
        _end((user, source) for user, _level, _reason in old)
    return {
        "removed": [] if stays else [list(one) for one in old],
        "added": added,
        "raised": raised,
    }


def put_subscriptions_back(source: int, image: Image) -> int:
    """Undo a move; give how many choices were changed since and stay as they are."""
    added, raised = image["added"], image["raised"]
    targets = {row[1] for row in (*added, *raised)}
    now = _levels({*targets, source})
    alive = set(db.session.scalars(select(User.id).where(User.id.in_(_people(image)))))
    untouched = [row for row in added if now.get((row[0], row[1])) == row[2]]
    _end((user, target) for user, target, _level, _reason in untouched)
    lowered = [row for row in raised if now.get((row[0], row[1])) == row[3]]
    _set_levels((user, target, before) for user, target, before, _after in lowered)
    ended = {row[0] for row in added if (row[0], row[1]) not in now}
    back = [
        [user, source, level, reason]
        for user, level, reason in image["removed"]
        if user in alive and user not in ended and (user, source) not in now
    ]
    _add(back)
    return len(added) - len(untouched) + len(raised) - len(lowered)


def _people(image: Image) -> list[int]:
    return sorted({row[0] for row in image["removed"]})


def _levels(targets: Iterable[int]) -> dict[tuple[int, int], str]:
    columns = (Subscription.user_id, Subscription.target_id, Subscription.level)
    found = db.session.execute(select(*columns).where(_of(targets)))
    return {(user, target): level for user, target, level in found}


def _add(rows: Iterable[Sequence[Any]]) -> None:
    new = [
        {"user_id": user, "kind": TOPIC, "target_id": target, "level": level, "reason": reason}
        for user, target, level, reason in rows
    ]
    if new:
        db.session.execute(insert(Subscription), new)


def _end(pairs: Iterable[tuple[int, int]]) -> None:
    for target, users in _grouped((target, user) for user, target in pairs).items():
        for ids in in_chunks(users):
            _run(delete(Subscription).where(_of([target]), Subscription.user_id.in_(ids)))


def _set_levels(rows: Iterable[tuple[int, int, str]]) -> None:
    for (target, level), users in _grouped(((t, level), u) for u, t, level in rows).items():
        for ids in in_chunks(users):
            statement = update(Subscription).where(_of([target]), Subscription.user_id.in_(ids))
            _run(statement.values(level=level))


def _grouped(pairs: Iterable[tuple[Any, int]]) -> dict[Any, list[int]]:
    grouped: dict[Any, list[int]] = defaultdict(list)
    for key, value in pairs:
        grouped[key].append(value)
    return grouped


def _run(statement: Any) -> None:
    db.session.execute(statement.execution_options(synchronize_session=False))


def move_saved_searches(source: str, targets: Sequence[str], *, stays: bool) -> Image:
    """Let the saved searches look for the others; where the topic goes on, for it too."""
    image: Image = {}
    for one in saved_searches(source):
        before = list(one.filters[FACET])
        wanted = [source, *targets] if stays else list(targets)
        after = list(dict.fromkeys(new for old in before for new in _put(old, source, wanted)))
        if after != before:
            image[str(one.id)] = [before, after]
    _write_filters({int(number): after for number, (_before, after) in image.items()})
    return image


def _put(value: str, source: str, wanted: Sequence[str]) -> Sequence[str]:
    return wanted if value == source else (value,)


def put_saved_searches_back(image: Image) -> int:
    """Undo a move; give how many searches were changed since and stay as they are."""
    wanted = {int(number): pair for number, pair in image.items()}
    found: dict[int, list[str]] = {}
    for ids in in_chunks(wanted):
        columns = select(SavedSearch.id, SavedSearch.filters).where(SavedSearch.id.in_(ids))
        found.update({n: list(f.get(FACET, ())) for n, f in db.session.execute(columns)})
    back = {n: before for n, (before, after) in wanted.items() if found.get(n) == after}
    _write_filters(back)
    return len(wanted) - len(back)


def _write_filters(wanted: dict[int, list[str]]) -> None:
    rows = []
    for ids in in_chunks(wanted):
        columns = select(SavedSearch.id, SavedSearch.filters).where(SavedSearch.id.in_(ids))
        for number, filters in db.session.execute(columns):
            rows.append({"number": number, "put": {**filters, FACET: wanted[number]}})
    if rows:
        table = SavedSearch.__table__
        statement = update(table).where(table.c.id == bindparam("number"))
        statement = statement.values(filters=bindparam("put"), updated=table.c.updated)
        db.session.connection().execute(statement, rows)
        db.session.expire_all()


def move_versions(source: int, moves: Moves, usual: Sequence[int]) -> Image:
    """Let the published versions of dossiers name the others, as the draft of each does.

    ``usual`` is for a dossier whose draft does not have the topic any more; nothing for none.
    """
    image: Image = {}
    for version in _versions():
        topics = list(version.snapshot.get("topics", ()))
        wanted = moves.get(version.dossier_id, usual)
        if source in topics and wanted:
            kept = [topic for topic in topics if topic != source]
            image[str(version.id)] = [topics, sorted({*kept, *wanted})]
    return _write_versions(image, after=True)


def put_versions_back(image: Image) -> int:
    """Undo a move; versions are changed by nothing else but another move."""
    return len(image) - len(_write_versions(image, after=False))


def _versions(ids: Sequence[int] | None = None) -> Iterable[DossierVersion]:
    statement = select(DossierVersion)
    if ids is not None:
        statement = statement.where(DossierVersion.id.in_(ids))
    return db.session.scalars(statement)


def _write_versions(image: Image, *, after: bool) -> Image:
    written: Image = {}
    for version in _versions([int(number) for number in image]) if image else ():
        old, new = image[str(version.id)] if after else reversed(image[str(version.id)])
        if version.snapshot.get("topics") == old:
            version.snapshot = {**version.snapshot, "topics": new}
            written[str(version.id)] = image[str(version.id)]
    db.session.flush()
    return written
