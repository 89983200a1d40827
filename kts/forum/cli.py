"""``kts import threads``: conversations from elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TextIO

import click
from flask.cli import with_appcontext

from kts.core.transactions import reading, writing
from kts.extensions import db
from kts.forum.services.importing import Conversation, Importer, RefusedError, read_line

BATCH = 50  # threads a transaction; an import that is stopped has kept all batches before
TENTHS = 10  # lines about the progress where there is no terminal
MOST_SHOWN = 20  # refused lines; more would scroll the counts away


@click.command("threads")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--new-categories",
    type=click.Choice(["members", "public"]),
    default="members",
    show_default=True,
    help="Who can read categories that the file names and the forum does not have yet.",
)
@with_appcontext
def threads_command(file: Path, new_categories: str) -> None:
    """Import threads from FILE (JSON lines); can be stopped and run again.

    Each line is {"category", "title", "author", "created",
    "posts": [{"author", "created", "body"}]}. Authors are found by e-mail address or name;
    unknown ones become inactive members.
    """
    started = time.monotonic()
    importer = Importer(visibility=new_categories)
    refused: list[tuple[int, str]] = []
    try:
        with file.open(encoding="utf-8-sig") as lines:
            total = sum(1 for _line in lines)
            lines.seek(0)
            _import(lines, total, importer, refused)
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is not a text file in UTF-8.") from error
    _report(importer, refused, time.monotonic() - started)


def _import(lines: TextIO, total: int, importer: Importer, refused: list[tuple[int, str]]) -> None:
    numbered = enumerate(lines, start=1)
    with _progress(total) as advance:
        while batch := list(islice(numbered, BATCH)):
            conversations = list(_readable(batch, refused))
            with reading():
                prepared = importer.prepare(conversations)
                db.session.rollback()
            with writing():
                importer.take(prepared)
                db.session.commit()
            advance(len(batch))


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], object]]:
    """Show how far it is: a bar in a terminal, elsewhere a line for each tenth."""
    if sys.stderr.isatty():
        with click.progressbar(length=total, label="Threads", file=sys.stderr) as bar:
            yield bar.update
        return
    done = 0

    def advance(number: int) -> None:
        nonlocal done
        before, done = done, done + number
        if done * TENTHS // total > before * TENTHS // total:
            click.echo(f"Threads: {done} of {total} lines ({done * 100 // total} %)", err=True)

    yield advance


def _readable(
    batch: list[tuple[int, str]], refused: list[tuple[int, str]]
) -> Iterator[Conversation]:
    for number, line in batch:
        if not line.strip():
            continue
        try:
            yield read_line(line)
        except RefusedError as error:
            refused.append((number, str(error)))


def _report(importer: Importer, refused: list[tuple[int, str]], seconds: float) -> None:
    for number, reason in refused[:MOST_SHOWN]:
        click.echo(f"line {number} refused: {reason}", err=True)
    if len(refused) > MOST_SHOWN:
        click.echo(f"... and {len(refused) - MOST_SHOWN} more lines", err=True)
    counts = importer.counts
    if counts.categories:
        click.echo(f"Categories opened for {importer.visibility}: {', '.join(counts.categories)}")
    click.echo(
        f"{counts.threads} threads with {counts.posts} posts imported, {counts.known} known "
        f"already, {counts.people} inactive members made, {len(refused)} lines refused; "
        f"{seconds:.1f} s."
    )
