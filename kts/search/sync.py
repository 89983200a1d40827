"""Keeps the index equal to the database.

``drain`` works off the outbox, ``check`` compares everything and repairs, ``rebuild`` writes the
index anew. All three hold the engine's only right to write from the moment they look at the outbox
until the index is written: so an older state never overwrites a newer one, and a change that comes
meanwhile stays in the outbox. Killed at any point, they leave the outbox rows for the next run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import delete, func, select, update

from kts.core.transactions import reading, writing
from kts.extensions import db
from kts.search import sources
from kts.search.engine import Change, IndexDocument, IndexLockedError
from kts.search.models import SearchChange
from kts.search.services import engine

log = logging.getLogger(__name__)

AT_ONCE = 200  # things in one commit of the index; a commit is what makes them findable
LOADED_AT_ONCE = 100  # things whose texts are in memory while everything is read
WAIT_TO_DRAIN = 20.0  # seconds for another drain; a rebuild takes longer and works it off itself
GIVEN_UP_AFTER = 5  # attempts; the nightly check tries again

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Difference:
    """A thing that the index tells otherwise than the database, and how."""

    kind: str
    object_id: int
    problem: str


@contextmanager
def _own_session() -> Iterator[None]:
    """Work in a session of its own, so that the caller's objects and transaction stay untouched."""
    with current_app._get_current_object().app_context():  # type: ignore[attr-defined]
        yield


# Draining


def drain(wait: float = WAIT_TO_DRAIN) -> int:
    """Work off the outbox; give the number of things brought up to date.

    Where there is no index yet it is written whole, for one with only the latest changes would
    look complete. Raises IndexLockedError when another process holds the index for longer than
    ``wait``.
    """
    if not pending():
        return 0
    with _own_session(), engine().exclusive(wait):
        if not engine().status().ready:
            rebuild()
        return _drain_all()


def pending() -> int:
    """Give the number of changes that the index has still to learn."""
    with _own_session(), reading():
        return db.session.scalar(select(func.count()).select_from(SearchChange)) or 0


def _drain_all() -> int:
    done = 0
    while rows := _claim():
        done += _bring_up_to_date(rows)
    return done


def _claim() -> list[tuple[int, str, int]]:
    with reading():
        rows = db.session.execute(
            select(SearchChange.id, SearchChange.kind, SearchChange.object_id)
            .where(SearchChange.attempts < GIVEN_UP_AFTER)
            .order_by(SearchChange.attempts, SearchChange.id)
            .limit(AT_ONCE)
        ).all()
        db.session.rollback()
    return [(row.id, row.kind, row.object_id) for row in rows]


def _bring_up_to_date(rows: Sequence[tuple[int, str, int]]) -> int:
    """Load the current state, write it, then forget exactly these rows."""
    things = sorted({(kind, number) for _row, kind, number in rows})
    changes: list[Change] = []
    failed: set[tuple[str, int]] = set()
    for kind in sorted({kind for kind, _number in things}):
        ids = [number for other, number in things if other == kind]
        loaded, broken = _load(kind, ids)
        changes.extend(loaded)
        failed.update((kind, number) for number in broken)
    failed |= _write(changes)
    _settle(
        [row for row, kind, number in rows if (kind, number) not in failed],
        [row for row, kind, number in rows if (kind, number) in failed],
    )
    return len(changes)


def _load(kind: str, ids: Sequence[int]) -> tuple[list[Change], list[int]]:
    """Give the changes of these things, and the ids of those that cannot be loaded."""
    if kind not in sources.SOURCES:
        return [Change(f"{kind}:{number}") for number in ids], []
    try:
        return _changes(kind, ids), []
    except Exception:
        db.session.rollback()
        if len(ids) == 1:
            log.exception("%s %s cannot be loaded for the index", kind, ids[0])
            return [], list(ids)
    loaded: list[Change] = []
    broken: list[int] = []
    for number in ids:
        one, failed = _load(kind, [number])
        loaded.extend(one)
        broken.extend(failed)
    return loaded, broken


def _changes(kind: str, ids: Sequence[int]) -> list[Change]:
    found: dict[str, list[IndexDocument]] = {f"{kind}:{number}": [] for number in ids}
    with reading():
        for document in sources.SOURCES[kind].load(ids):
            found[document.parent].append(document)
        db.session.rollback()
        db.session.expunge_all()
    return [Change(parent, documents) for parent, documents in found.items()]


def _write(changes: Sequence[Change]) -> set[tuple[str, int]]:
    """Write these changes; give the things of those that the engine cannot take."""
    try:
        engine().apply(changes)
    except IndexLockedError:
        raise
    except Exception:
        if len(changes) > 1:
            return set().union(*(_write([change]) for change in changes))
        log.exception("%s cannot be written to the index", changes[0].parent)
        kind, _colon, number = changes[0].parent.partition(":")
        return {(kind, int(number))}
    return set()


def _settle(done: Sequence[int], failed: Sequence[int]) -> None:
    with writing():
        if done:
            db.session.execute(delete(SearchChange).where(SearchChange.id.in_(done)))
        if failed:
            db.session.execute(
                update(SearchChange)
                .where(SearchChange.id.in_(failed))
                .values(attempts=SearchChange.attempts + 1)
            )
        db.session.commit()


# Everything


def rebuild(progress: Progress | None = None, wait: float | None = None) -> int:
    """Write the index anew from the database; give the number of entries."""
    with _own_session(), engine().exclusive(wait):
        things = _all_things()
        documents = _documents(things, progress)
        written = engine().rebuild(documents)
        _drain_all()
    return written


def rebuild_if_missing() -> bool:
    """Write the index where there is none that this version can read; say whether."""
    if engine().status().ready:
        return False
    with engine().exclusive():
        if engine().status().ready:
            return False
        rebuild()
    return True


def _all_things() -> dict[str, list[int]]:
    with reading():
        things = {kind: list(source.all_ids()) for kind, source in sources.SOURCES.items()}
        db.session.rollback()
    return things


def _documents(
    things: dict[str, list[int]], progress: Progress | None = None
) -> Iterator[IndexDocument]:
    total = sum(map(len, things.values()))
    done = 0
    for kind, ids in things.items():
        for start in range(0, len(ids), LOADED_AT_ONCE):
            some = ids[start : start + LOADED_AT_ONCE]
            loaded, _broken = _load(kind, some)
            for change in loaded:
                yield from change.documents
            done += len(some)
            if progress is not None:
                progress(done, total)


def check(repair: bool = True, progress: Progress | None = None) -> list[Difference]:
    """Compare the index with the database; repair the differences unless told not to."""
    with _own_session():
        found = list(_differences(progress))
        if repair and found:
            _repair(found)
    return found


def _repair(found: Sequence[Difference]) -> None:
    with writing():
        db.session.execute(update(SearchChange).values(attempts=0))
        db.session.add_all(
            SearchChange(kind=difference.kind, object_id=difference.object_id)
            for difference in found
        )
        db.session.commit()
    drain()


def differences() -> int:
    """Give the number of things that differ and that no waiting change explains."""
    with _own_session():
        waiting = _waiting()
        return sum((found.kind, found.object_id) not in waiting for found in _differences())


def _waiting() -> set[tuple[str, int]]:
    with reading():
        rows = db.session.execute(
            select(SearchChange.kind, SearchChange.object_id).where(
                SearchChange.attempts < GIVEN_UP_AFTER
            )
        ).all()
        db.session.rollback()
    return {(row.kind, row.object_id) for row in rows}


def _differences(progress: Progress | None = None) -> Iterable[Difference]:
    indexed = {parent: dict(keys) for parent, keys in engine().check().items()}
    wanted: dict[str, dict[str, str]] = {}
    for document in _documents(_all_things(), progress):
        wanted.setdefault(document.parent, {})[document.key] = document.fingerprint
    for parent in sorted(wanted.keys() | indexed.keys()):
        kind, _colon, number = parent.partition(":")
        if parent not in indexed:
            yield Difference(kind, int(number), "missing")
        elif parent not in wanted:
            yield Difference(kind, int(number), "no longer there")
        elif wanted[parent] != indexed[parent]:
            yield Difference(kind, int(number), "changed")


__all__ = [
    "Difference",
    "IndexLockedError",
    "check",
    "differences",
    "drain",
    "pending",
    "rebuild",
    "rebuild_if_missing",
]
