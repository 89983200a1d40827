"""Make an installation with many threads: ``python benchmarks/forum/build.py FOLDER``.

2,000 threads with 40,000 posts of about 100 words, one of them with 2,000 posts; ``--scale 25``
makes a million posts. The words are drawn from German text of this project's own documents.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
THREADS, POSTS, LONGEST = 2_000, 40_000, 2_000
PEOPLE = 400
WORDS_A_POST = 100
CATEGORIES = ("Fragen und Antworten", "Erfahrungen", "Bauhof digital", "Daten teilen")
COMPARED = 200  # bodies
MEMBER, PASSWORD = "mitglied@example.org", "ein langes Passwort 2026"
FIRST = datetime(2022, 1, 3, 8, tzinfo=UTC)


def words():
    text = (ROOT / "kts/translations/de/LC_MESSAGES/messages.po").read_text()
    found = re.findall(r"[A-Za-zÄÖÜäöüß]{3,}", " ".join(re.findall(r'msgstr "(.*)"', text)))
    return sorted(set(found))


class Writer:
    """Draws words as language does: a few often, most rarely."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.words = words()
        self.random.shuffle(self.words)
        self.weights = list(accumulate(1 / (rank + 3) for rank in range(len(self.words))))

    def line(self, count):
        return " ".join(self.random.choices(self.words, cum_weights=self.weights, k=count))

    def body(self):
        parts = [self.line(WORDS_A_POST // 4) + "." for _ in range(4)]
        return f"{parts[0]} **{self.line(2)}**\n\n- {parts[1]}\n- {parts[2]}\n\n{parts[3]}"


def conversations(scale):
    """Give the threads as the importer reads them; the first is the long one."""
    writer = Writer(seed=7)
    usual = (POSTS - LONGEST) // (THREADS - 1)
    for number in range(THREADS * scale):
        count = LONGEST if number == 0 else usual
        start = FIRST + timedelta(minutes=number * (60 * 24 * 1400) // (THREADS * scale))
        posts = [
            {
                "author": f"Person {writer.random.randrange(PEOPLE)}",
                "created": (start + timedelta(minutes=3 * place)).isoformat(),
                "body": writer.body(),
            }
            for place in range(count)
        ]
        yield {
            "category": CATEGORIES[number % len(CATEGORIES)],
            "title": f"{writer.line(6)} {number}",
            "author": posts[0]["author"],
            "created": posts[0]["created"],
            "posts": posts,
        }


def kts(folder, *arguments, given=None):
    environment = {**os.environ, "KTS_INSTANCE": str(folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "kts", *arguments]
    subprocess.run(command, env=environment, check=True, input=given, text=True)


def rendering():
    """Give what renders the bodies of :class:`Writer` as the forum does, a hundred times as fast.

    Half of an import's time is Markdown. All bodies are made alike, so that one rendered body is
    the mould of all; the first ones are rendered both ways and compared.
    """
    from kts.forum.services.contents import render_post

    shape = re.compile(r"(.*?) \*\*(.*?)\*\*\n\n- (.*?)\n- (.*?)\n\n(.*)")
    mould = render_post("{0} **{1}**\n\n- {2}\n- {3}\n\n{4}")
    compared = 0

    def render(body):
        nonlocal compared
        html = mould.format(*shape.fullmatch(body).groups())
        if compared < COMPARED:
            compared += 1
            if html != render_post(body):
                raise SystemExit(f"rendered differently: {body}")
        return html

    return render


def take_over(folder, scale):
    """Import the conversations as ``kts import threads`` does, without a file between."""
    from kts import create_app
    from kts.core.transactions import writing
    from kts.extensions import db
    from kts.forum.cli import BATCH
    from kts.forum.services import importing

    importing.render_post = rendering()
    with create_app(instance=folder).app_context():
        importer = importing.Importer(visibility="public")
        lines = (json.dumps(thread) for thread in conversations(scale))
        while batch := [importing.read_line(line) for line in islice(lines, BATCH)]:
            prepared = importer.prepare(batch)
            db.session.rollback()
            with writing():
                importer.take(prepared)
                db.session.commit()
            db.session.remove()
            print(f"\r{importer.counts.posts} posts", end="", file=sys.stderr, flush=True)
    print(f"\r{importer.counts.threads} threads with {importer.counts.posts} posts")


def timed(name, run, *arguments):
    started = time.monotonic()
    run(*arguments)
    print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=int, default=1)
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    kts(folder, "init")
    timed("import", take_over, folder, arguments.scale)
    timed("index", kts, folder, "index", "rebuild")
    member = ["user", "create", MEMBER, "--name", "Mia Mitglied", "--role", "member"]
    kts(folder, *member, "--password-stdin", given=PASSWORD)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
