"""Counters that say whether anything has changed, so that kept pages know when they are old.

A feature says what its rows count up: ``watch(Post, lambda post: [f"thread:{post.thread_id}"])``.
Changes of objects and statements that change many rows at once both count, in the transaction of
the change itself; a statement that knows its rows says so (:data:`COUNTS`). Whoever kept something
reads its counters again (one small statement) *before* the rows, and compares.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import String, bindparam, event, inspect
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column

from kts.core.prepared import Prepared
from kts.core.upserts import insert
from kts.extensions import db

#: Execution option of a statement that says itself which counters it concerns.
COUNTS = "kts_counts"

_CHANGED = "kts_stamps"


class Stamp(db.Model):
    """How often what the name stands for was changed."""

    __tablename__ = "stamp"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True)
class Watch:
    """What a change of one model counts up.

    ``names_of`` gives the counters of one object, ``bulk`` those of a statement whose rows are not
    known; with ``columns`` only changes of these count.
    """

    names_of: Callable[[Any], Iterable[str]]
    bulk: Sequence[str]
    columns: Sequence[str] = ()


_WATCHES: dict[type, Watch] = {}


def watch(
    model: type,
    names_of: Callable[[Any], Iterable[str]],
    *,
    bulk: Sequence[str],
    columns: Sequence[str] = (),
) -> None:
    """Let changes of the model's rows count."""
    _WATCHES[model] = Watch(names_of, bulk, columns)


def read(*names: str) -> tuple[int, ...]:
    """Give the counters of these names in their order; 0 where nothing was changed yet."""
    prepared = _prepared(len(names))
    rows = prepared(**{f"name_{place}": name for place, name in enumerate(names)})
    found = {row[0]: row[1] for row in rows}
    return tuple(found.get(name, 0) for name in names)


@cache
def _prepared(count: int) -> Prepared:
    table = Stamp.__table__
    names = [bindparam(f"name_{place}", type_=String()) for place in range(count)]
    return Prepared(lambda: db.select(table.c.name, table.c.value).where(table.c.name.in_(names)))


@event.listens_for(Session, "after_flush")
def _note_flushed(session: Session, _context: object) -> None:
    for instance in (*session.new, *session.dirty, *session.deleted):
        watched = _WATCHES.get(type(instance))
        if watched and _counts(session, instance, watched):
            session.info.setdefault(_CHANGED, set()).update(watched.names_of(instance))


def _counts(session: Session, instance: Any, watched: Watch) -> bool:
    if instance not in session.dirty:
        return True
    if watched.columns:
        attributes = inspect(instance).attrs
        return any(attributes[name].history.has_changes() for name in watched.columns)
    return session.is_modified(instance)


@event.listens_for(Session, "do_orm_execute")
def _note_executed(state: ORMExecuteState) -> None:
    if not (state.is_update or state.is_delete or state.is_insert) or state.bind_mapper is None:
        return
    watched = _WATCHES.get(state.bind_mapper.class_)
    if watched:
        names = state.execution_options.get(COUNTS, watched.bulk)
        state.session.info.setdefault(_CHANGED, set()).update(names)


@event.listens_for(Session, "before_commit")
def _count_up(session: Session) -> None:
    """Count at the very end and in one order, so that two transactions hardly wait for another."""
    if session.in_nested_transaction():
        return
    session.flush()
    names = sorted(session.info.pop(_CHANGED, ()))
    if names:
        connection = session.connection(bind_arguments={"mapper": Stamp})
        insertion = insert(Stamp.__table__, connection.dialect.name)
        rows = insertion.values([{"name": name, "value": 1} for name in names])
        value = Stamp.__table__.c.value + 1
        connection.execute(
            rows.on_conflict_do_update(index_elements=["name"], set_={"value": value})
        )


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_CHANGED, None)
