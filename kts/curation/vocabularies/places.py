"""Where the terms of a vocabulary are used, and how uses go from one term to others in bulk.

A place moves things by the ``token`` of a term (an id, or a kind's key) and gives an *image*: plain
JSON with every row that it took away and put there. ``put_back`` reads the image; what somebody has
changed since is left alone and counted. Numbers of statements do not grow with numbers of things,
but for a chunk of some hundred.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from flask_babel import LazyString
from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, select, true, update

from kts.extensions import db

Token = int | str
Moves = Mapping[int, Sequence[Token]]  # a thing, and the terms that it gets for the old one
Image = dict[str, Any]

EVERY = true()
AT_ONCE = 500  # ids in one statement; databases allow some thousand


def in_chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    """Cut many ids into statements that every database takes."""
    listed = sorted(ids)
    for start in range(0, len(listed), AT_ONCE):
        yield listed[start : start + AT_ONCE]


@dataclass(frozen=True)
class Thing:
    """Something that a term is used on, as lists name it; ``visibility`` says who may know it."""

    id: int
    title: str
    url: str
    visibility: str


class Place(Protocol):
    """One kind of content that has terms of a vocabulary."""

    key: str
    label: LazyString
    search_kind: str | None

    def counts(self) -> Mapping[Token, int]:
        """Count the uses of every term, in one statement."""

    def things(self, token: Token) -> list[int]:
        """List the things that have the term."""

    def with_both(self, token: Token, other: Token) -> int:
        """Count the things that have both terms."""

    def move(self, token: Token, moves: Moves) -> Image:
        """Take the term from these things and give them others."""

    def put_back(self, token: Token, image: Image) -> tuple[set[int], int]:
        """Give back what an image took; the things, and how many were changed since."""

    def describe(self, ids: Iterable[int]) -> dict[int, Thing]:
        """Name the things."""


Describe = Callable[[Iterable[int]], dict[int, Thing]]


@dataclass(frozen=True)
class LinkPlace:
    """Things that have terms by rows of a table: ``owner`` names the thing, ``term`` the term.

    ``only`` narrows a table that serves several places; ``fixed`` are the values of its columns in
    new rows, and ``carried`` the columns that go with a row when its term changes.
    """

    key: str
    label: LazyString
    table: Any
    owner: Any
    term: Any
    owners: Any  # the column that tells which things exist
    describe: Describe
    search_kind: str | None = None
    only: ColumnElement[bool] = EVERY
    fixed: Mapping[str, Any] | None = None
    carried: tuple[str, ...] = ()
    touched: Callable[[list[int]], None] | None = None

    def counts(self) -> Mapping[Token, int]:
        """Count the uses of every term, in one statement."""
        statement = select(self.term, func.count()).where(self.only).group_by(self.term)
        return {row[0]: row[1] for row in db.session.execute(statement)}

    def things(self, token: Token) -> list[int]:
        """List the things that have the term."""
        statement = select(self.owner).where(self.term == token, self.only).order_by(self.owner)
        return list(db.session.scalars(statement))

    def with_both(self, token: Token, other: Token) -> int:
        """Count the things that have both terms."""
        having = select(self.owner).where(self.term == other, self.only)
        return self._number(and_(self.term == token, self.owner.in_(having)))

    def _number(self, condition: ColumnElement[bool]) -> int:
        statement = select(func.count()).select_from(self.table).where(condition, self.only)
        return db.session.scalar(statement) or 0

    def move(self, token: Token, moves: Moves) -> Image:
        """Take the term from these things and give them others, each once."""
        targets = {target for there in moves.values() for target in there}
        had = self._held(moves, targets)
        carried = self._carried(token, moves)
        added = {
            thing: [target for target in there if target not in had[thing]]
            for thing, there in moves.items()
        }
        for ids in in_chunks(moves):
            self._delete(token, ids)
        self._insert((thing, to, carried[thing]) for thing, there in added.items() for to in there)
        self._note(list(moves))
        return {
            str(thing): {"to": list(there), "added": added[thing], "row": carried[thing]}
            for thing, there in moves.items()
        }

    def put_back(self, token: Token, image: Image) -> tuple[set[int], int]:
        """Give the term back to the things that still have all they got for it."""
        wanted = {int(thing): row for thing, row in image.items()}
        targets = {target for row in wanted.values() for target in row["to"]}
        had = self._held(wanted, {*targets, token})
        existing = self._existing(wanted)
        back = {
            thing
            for thing, row in wanted.items()
            if thing in existing and set(row["to"]) <= had[thing] and token not in had[thing]
        }
        surplus: dict[Token, list[int]] = defaultdict(list)
        for thing in back:
            for target in wanted[thing]["added"]:
                surplus[target].append(thing)
        for target, things in surplus.items():
            for ids in in_chunks(things):
                self._delete(target, ids)
        self._insert((thing, token, wanted[thing]["row"]) for thing in sorted(back))
        self._note(sorted(back))
        return back, len(wanted) - len(back)

    def _held(self, things: Iterable[int], terms: Iterable[Token]) -> dict[int, set[Token]]:
        """Tell which of the terms each thing has."""
        had: dict[int, set[Token]] = defaultdict(set)
        statement = select(self.owner, self.term).where(self.term.in_(sorted(terms)), self.only)
        for ids in in_chunks(things):
            for thing, term in db.session.execute(statement.where(self.owner.in_(ids))):
                had[thing].add(term)
        return had

    def _existing(self, things: Iterable[int]) -> set[int]:
        found: set[int] = set()
        for ids in in_chunks(things):
            found.update(db.session.scalars(select(self.owners).where(self.owners.in_(ids))))
        return found

    def _carried(self, token: Token, things: Iterable[int]) -> dict[int, dict[str, Any]]:
        """Give what goes with each row, as plain values."""
        rows: dict[int, dict[str, Any]] = defaultdict(dict)
        if not self.carried:
            return rows
        columns = [self.table.c[name] for name in self.carried]
        statement = select(self.owner, *columns).where(self.term == token, self.only)
        for ids in in_chunks(things):
            for thing, *values in db.session.execute(statement.where(self.owner.in_(ids))):
                rows[thing] = dict(zip(self.carried, map(_plain, values), strict=True))
        return rows

    def _delete(self, token: Token, ids: Sequence[int]) -> None:
        statement = delete(self.table).where(self.term == token, self.only, self.owner.in_(ids))
        db.session.execute(statement)

    def _insert(self, rows: Iterable[tuple[int, Token, Mapping[str, Any]]]) -> None:
        """Write rows of a thing, a term and what goes with them."""
        new = [
            {self.owner.key: thing, self.term.key: token, **(self.fixed or {}), **_restored(row)}
            for thing, token, row in rows
        ]
        if new:
            db.session.execute(insert(self.table), new)

    def _note(self, things: list[int]) -> None:
        if self.touched and things:
            self.touched(things)


@dataclass(frozen=True)
class ColumnPlace:
    """Things that have exactly one term, in a column of their own row."""

    key: str
    label: LazyString
    model: Any
    column: Any
    describe: Describe
    search_kind: str | None = None

    def counts(self) -> Mapping[Token, int]:
        """Count the uses of every term, in one statement."""
        statement = select(self.column, func.count()).group_by(self.column)
        return {row[0]: row[1] for row in db.session.execute(statement)}

    def things(self, token: Token) -> list[int]:
        """List the things that have the term."""
        statement = select(self.model.id).where(self.column == token).order_by(self.model.id)
        return list(db.session.scalars(statement))

    def with_both(self, token: Token, other: Token) -> int:
        """Count the things that have both terms: a column has one."""
        return 0

    def move(self, token: Token, moves: Moves) -> Image:
        """Give each of these things its other term."""
        self._set(moves, lambda there: there[0])
        return {str(thing): {"to": list(there[:1])} for thing, there in moves.items()}

    def _set(self, moves: Mapping[int, Any], wanted: Callable[[Any], Token]) -> None:
        grouped: dict[Token, list[int]] = defaultdict(list)
        for thing, there in moves.items():
            grouped[wanted(there)].append(thing)
        for target, things in grouped.items():
            for ids in in_chunks(things):
                self._write(self.model.id.in_(ids), target)

    def _write(self, condition: ColumnElement[bool], target: Token) -> None:
        # a change of the vocabulary is no change of the content, so its date stays
        kept = {"updated": self.model.updated} if hasattr(self.model, "updated") else {}
        statement = update(self.model).where(condition)
        statement = statement.values({self.column.key: target, **kept})
        db.session.execute(statement.execution_options(synchronize_session=False))

    def put_back(self, token: Token, image: Image) -> tuple[set[int], int]:
        """Give the term back to the things that still have what they got for it."""
        wanted = {int(thing): row["to"][0] for thing, row in image.items()}
        has: dict[int, Token] = {}
        for ids in in_chunks(wanted):
            statement = select(self.model.id, self.column).where(self.model.id.in_(ids))
            has.update({row[0]: row[1] for row in db.session.execute(statement)})
        back = {thing for thing, target in wanted.items() if has.get(thing) == target}
        self._set(dict.fromkeys(back, (token,)), lambda there: there[0])
        return back, len(wanted) - len(back)


def _plain(value: Any) -> Any:
    return {"moment": value.isoformat()} if isinstance(value, datetime) else value


def _restored(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value["moment"]) if isinstance(value, dict) else value
        for name, value in row.items()
    }


def describer(statement: Select[Any], thing: Callable[[Any], Thing]) -> Describe:
    """Make what names things: rows of the statement, whose first column is the id."""
    column = statement.selected_columns[0]

    def describe(ids: Iterable[int]) -> dict[int, Thing]:
        found: dict[int, Thing] = {}
        for chunk in in_chunks(ids):
            for row in db.session.execute(statement.where(column.in_(chunk))):
                found[row[0]] = thing(row)
        return found

    return describe
