"""Writes down, in the transaction of a change itself, what the index has to learn.

A listener sees what a session flushes. Writes in bulk go past it: who makes one calls ``note``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from kts.core import tasks
from kts.core.clock import now
from kts.extensions import db
from kts.search import sources
from kts.search.models import SearchChange
from kts.search.tasks import drain

_NOTED = "kts_search_noted"


def note(kind: str, ids: Iterable[int]) -> None:
    """Note that the index entries of these things may be out of date."""
    _write(db.session(), {(kind, int(number)) for number in ids})


def _write(session: Session, changed: set[tuple[str, int]]) -> None:
    noted: set[tuple[str, int]] = session.info.setdefault(_NOTED, set())
    new = sorted(changed - noted)
    if not new:
        return
    noted.update(new)
    moment = now()
    session.execute(
        insert(SearchChange),
        [
            {"kind": kind, "object_id": number, "created": moment, "attempts": 0}
            for kind, number in new
        ],
    )
    tasks.after_commit(drain)


def _changed(session: Session) -> set[tuple[str, int]]:
    changed: set[tuple[str, int]] = set()
    for instance in (*session.new, *session.dirty, *session.deleted):
        touched = sources.source_of(type(instance))
        if not touched or not _is_changed(session, instance):
            continue
        for source, thing_of in touched:
            number = thing_of(instance)
            if number is not None:
                changed.add((source.kind, number))
    return changed


def _is_changed(session: Session, instance: Any) -> bool:
    return instance not in session.dirty or session.is_modified(instance)


@event.listens_for(Session, "after_flush")
def _note_flushed(session: Session, _context: object) -> None:
    changed = _changed(session)
    if changed:
        _write(session, changed)


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def _forget_noted(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_NOTED, None)
