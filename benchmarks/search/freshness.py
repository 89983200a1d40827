"""How long after a save is it found? Beside it: a full-text table written in the same transaction.

Starts a worker of its own on an empty installation in a temporary folder, fills it with posts, then
saves one post after the other and asks until the search finds it::

    python benchmarks/search/freshness.py --posts 2000 --saves 50

Prints the median and the 95th percentile in milliseconds, and the ratio of the medians.
"""

import argparse
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kts import create_app
from kts.accounts.services import create_user
from kts.core.transactions import reading
from kts.extensions import db
from kts.forum import services
from kts.search.engine import SearchRequest
from kts.search.services import engine
from kts.search.sync import drain

WORDS = [
    *("Bürger", "Beteiligung", "Plattform", "Daten", "Sensor", "Verkehr", "Energie", "Klima"),
    *("Verwaltung", "Schule", "Pflege", "Strategie", "Förderung", "Vergabe", "Quartier", "Netz"),
    *("Karte", "Haushalt", "Messung", "Ergebnis", "und", "die", "der", "mit", "für"),
]
QUESTION = "SELECT rowid FROM post WHERE post MATCH ?"
PATIENCE = 30  # seconds until a save counts as lost


def text(number, length=100):
    chosen = random.Random(number).choices(WORDS, k=length)
    return f"Marke{number:06d} " + " ".join(chosen)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def wait_for(found):
    started = time.perf_counter()
    while not found():
        if time.perf_counter() - started > PATIENCE:
            raise SystemExit("a save was not found; is the worker running?")
        time.sleep(0.005)
    return (time.perf_counter() - started) * 1000


def measure(folder, posts, saves):
    app = create_app(instance=folder)
    beside = sqlite3.connect(folder / "beside.sqlite3", isolation_level=None)
    beside.execute("PRAGMA journal_mode=WAL")
    beside.execute("PRAGMA synchronous=FULL")
    beside.execute("CREATE VIRTUAL TABLE post USING fts5(body)")
    with app.app_context():
        author = create_user("bench@example.org", "Bench")
        category = services.create_category(None, "Bench", visibility="public")
        db.session.commit()
        for number in range(posts):
            services.create_thread(author, category, f"Thema {number}", text(number))
            beside.execute("INSERT INTO post VALUES (?)", (text(number),))
            if number % 200 == 0:
                db.session.commit()
        db.session.commit()
        drain(wait=PATIENCE)
        ours, theirs = [], []
        for number in range(posts, posts + saves):
            services.create_thread(author, category, f"Thema {number}", text(number))
            db.session.commit()
            asked = SearchRequest(f"Marke{number:06d}", frozenset({"public"}))
            ours.append(wait_for(lambda asked=asked: _is_found(engine(), asked)))
            db.session.rollback()
            beside.execute("INSERT INTO post VALUES (?)", (text(number),))
            mark = (f"marke{number:06d}",)
            theirs.append(wait_for(lambda m=mark: beside.execute(QUESTION, m).fetchone()))
    return ours, theirs


def _is_found(engine, asked):
    with reading():  # asking must not hold the worker up
        response = engine.search(asked)
        db.session.rollback()
    return response.total and not response.loosened and not response.did_you_mean


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--posts", type=int, default=2000)
    arguments.add_argument("--saves", type=int, default=50)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["KTS_INSTANCE"] = name
        kts = [sys.executable, "-m", "kts"]
        subprocess.run([*kts, "init"], check=True, capture_output=True)
        worker = subprocess.Popen([*kts, "worker"], stderr=subprocess.DEVNULL)
        try:
            ours, theirs = measure(folder, given.posts, given.saves)
        finally:
            worker.terminate()
            worker.wait()
    for label, values in (("saved until found", ours), ("SQLite FTS5 beside", theirs)):
        print(
            f"{label:<20} median {statistics.median(values):7.1f} ms   "
            f"95 % {percentile(values, 0.95):7.1f} ms   ({given.posts} posts, {len(values)} saves)"
        )
    print(f"ratio of medians     {statistics.median(ours) / statistics.median(theirs):.0f}")


if __name__ == "__main__":
    main()
