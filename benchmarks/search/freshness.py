"""How long after a save is it found, while many save?

Makes an empty installation in a temporary folder, fills it with posts, starts a worker, and lets
another process save threads at a steady pace. This one asks for the oldest that it has not found
yet, as a reader would, until it is found::

    python benchmarks/search/freshness.py --posts 10000 --rate 20 --saves 600
    python benchmarks/search/freshness.py --engine postgres --database postgresql+psycopg://…

Beside it each text is written to a table of SQLite's FTS5 that is searched by the process that
writes: the least that it can take. A time counts from the end of the transaction, FTS5's from its
beginning. The database must be an empty one made for this; it keeps what was written. Prints a
Markdown table.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpus import documents
from figures import machine, milliseconds, share, table
from sqlalchemy import delete

from kts import create_app
from kts.accounts.models import User
from kts.accounts.services import create_user
from kts.core.transactions import reading
from kts.extensions import db
from kts.forum import services
from kts.forum.models import Category
from kts.search import sync
from kts.search.engine import SearchRequest
from kts.search.engines import ENGINES
from kts.search.models import SearchChange
from kts.search.services import engine

WORD = "Neuzugang"  # in every text that is looked for; its thread tells it from the others
QUESTION = "SELECT rowid FROM post WHERE post MATCH ? AND rowid = ?"
PATIENCE = 60  # seconds until a save counts as lost
BETWEEN_LOOKS = 0.01  # seconds
SHARES = (0.5, 0.95, 0.99, 1.0)
MAIL = "bench@example.org"

Saved = tuple[int, float, float, float]  # thread, when (monotonic), ms to save, ms in FTS5


@dataclass
class Times:
    """What was measured, in milliseconds."""

    found: list[float] = field(default_factory=list)
    saving: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    seconds: float = 0.0


def texts(first: int, number: int) -> list[str]:
    """Give so many texts from the first on."""
    return [entry.body for entry in itertools.islice(documents(first + number), first, None)]


def fill(posts: int, beside: sqlite3.Connection) -> None:
    """Write as many posts and index them at once."""
    author = create_user(MAIL, "Bench")
    category = services.create_category(None, "Bench", visibility="public")
    db.session.commit()
    beside.execute("CREATE VIRTUAL TABLE post USING fts5(body)")
    beside.execute("BEGIN")
    for number, body in enumerate(texts(0, posts)):
        text = body if number % 100 else f"{WORD} {body}"  # a word that nothing holds costs more
        services.create_thread(author, category, f"Thema {number}", text)
        beside.execute("INSERT INTO post VALUES (?)", (text,))
        if number % 200 == 0:
            db.session.commit()
    beside.execute("COMMIT")
    db.session.execute(delete(SearchChange))  # for all is indexed now
    db.session.commit()
    sync.rebuild()


def save(folder: Path, bodies: Sequence[str], rate: float, saved: Any) -> None:
    """Save threads at a steady pace and tell of each (in a process of its own)."""
    app = create_app(instance=folder)
    beside = _open_beside(folder)
    with app.app_context():
        author = db.session.scalars(db.select(User).filter_by(email=MAIL)).one()
        category = db.session.scalars(db.select(Category).filter_by(name="Bench")).one()
        due = time.monotonic()
        for number, body in enumerate(bodies):
            time.sleep(max(0.0, due - time.monotonic()))
            due += 1 / rate
            text = f"{WORD} {body}"
            started = time.monotonic()
            thread = services.create_thread(author, category, f"Neu {number}", text)
            db.session.commit()
            ended = time.monotonic()
            row = (thread.id, ended, (ended - started) * 1000, _beside(beside, text))
            db.session.rollback()
            saved.put(row)


def _open_beside(folder: Path) -> sqlite3.Connection:
    beside = sqlite3.connect(folder / "beside.sqlite3", isolation_level=None)
    beside.execute("PRAGMA journal_mode=WAL")
    beside.execute("PRAGMA synchronous=FULL")
    return beside


def _beside(beside: sqlite3.Connection, text: str) -> float:
    written = time.monotonic()
    rowid = beside.execute("INSERT INTO post VALUES (?)", (text,)).lastrowid
    if beside.execute(QUESTION, (WORD, rowid)).fetchone() is None:
        raise SystemExit("FTS5 lost a text")
    return (time.monotonic() - written) * 1000


def look(saved: Any, saves: int) -> Times:
    """Take the saves in their order and wait until each is found."""
    times = Times()
    first = 0.0
    for _number in range(saves):
        thread, written, saving, beside = saved.get(timeout=PATIENCE)
        first = first or written
        times.found.append(_wait(thread, written))
        times.saving.append(saving)
        times.beside.append(beside)
        times.seconds = written - first
    return times


def _wait(thread: int, written: float) -> float:
    asked = SearchRequest(WORD, frozenset({"public"}), within=f"thread:{thread}", limit=1)
    while not _is_found(asked):
        if time.monotonic() - written > PATIENCE:
            raise SystemExit("a save was not found; is the worker running?")
        time.sleep(BETWEEN_LOOKS)
    return (time.monotonic() - written) * 1000


def _is_found(asked: SearchRequest) -> bool:
    with reading():  # asking must not hold the worker up
        response = engine().search(asked)
        db.session.rollback()
    return bool(response.total)


def measure(folder: Path, posts: int, saves: int, rate: float) -> Times:
    """Fill, start a worker and somebody who saves, and look."""
    app = create_app(instance=folder)
    spawn = multiprocessing.get_context("spawn")
    with app.app_context():
        fill(posts, _open_beside(folder))
        saved = spawn.Queue()
        with _worker():
            _warm_up()
            process = spawn.Process(
                target=save, args=(folder, texts(posts, saves), rate, saved), daemon=True
            )
            process.start()
            try:
                return look(saved, saves)
            finally:
                process.join(5)
                process.terminate()


def _warm_up() -> None:
    """Save once and find it, so that the worker and this process have read all they need."""
    author = db.session.scalars(db.select(User).filter_by(email=MAIL)).one()
    category = db.session.scalars(db.select(Category).filter_by(name="Bench")).one()
    thread = services.create_thread(author, category, "Warm", WORD)
    db.session.commit()
    _wait(thread.id, time.monotonic())


@contextmanager
def _worker():
    worker = subprocess.Popen([sys.executable, "-m", "kts", "worker"], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        worker.terminate()
        with suppress(subprocess.TimeoutExpired):
            worker.wait(30)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--engine", default="whoosh", choices=sorted(ENGINES))
    arguments.add_argument("--database", default="", metavar="URL", help="of an empty database")
    arguments.add_argument("--posts", type=int, default=10_000, help="there before")
    arguments.add_argument("--saves", type=int, default=600)
    arguments.add_argument("--rate", type=float, default=20.0, help="saves a second")
    given = arguments.parse_args()
    if given.engine == "postgres" and not given.database:
        arguments.error("--engine postgres needs --database")
    with tempfile.TemporaryDirectory() as name:
        os.environ.update(
            KTS_INSTANCE=name, KTS_SEARCH_ENGINE=given.engine, KTS_DATABASE_URL=given.database
        )
        subprocess.run([sys.executable, "-m", "kts", "init"], check=True, capture_output=True)
        times = measure(Path(name), given.posts, given.saves, given.rate)
    print(machine())
    pace = (given.saves - 1) / times.seconds if times.seconds else 0.0
    print(
        f"{given.engine}: {given.saves} saves, {pace:.1f} a second,"
        f" on top of {given.posts:,} posts; milliseconds\n"
    )
    rows = (
        ("saved until found", times.found),
        ("the save itself", times.saving),
        ("SQLite FTS5, written and found", times.beside),
    )
    head = ("", "p50", "p95", "p99", "max")
    print(
        table(
            head,
            [
                (label, *(milliseconds(share(values, part)) for part in SHARES))
                for label, values in rows
            ],
        )
    )
    ratio = share(times.found, 0.5) / share(times.beside, 0.5)
    print(f"Ratio of the medians of found and FTS5: {ratio:,.0f}")


if __name__ == "__main__":
    main()
