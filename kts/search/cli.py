"""``kts search`` and ``kts index``: they work whether or not a worker is running."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click
from flask.cli import with_appcontext

from kts.search import sync
from kts.search.asked import Note, answer, understand
from kts.search.engine import IndexLockedError, SearchResponse
from kts.search.serialise import plain, response_as_json
from kts.search.services import engine

WAIT_FOR_INDEX = 120.0  # seconds; a rebuild by someone else takes about a minute
KINDS = ("document", "thread", "municipality", "dossier")
PUBLIC = frozenset({"public"})


@click.command()
@click.argument("query")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option("--kind", type=click.Choice(KINDS), help="Only hits of this kind.")
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option("--offset", type=click.IntRange(0), default=0)
@with_appcontext
def search(query: str, as_json: bool, kind: str | None, limit: int, offset: int) -> None:
    """Search as a guest does, for QUERY; operators such as kommune:Ulm work as on the site."""
    _catch_up()
    asked = understand(query, {"kind": [kind] if kind else []})
    response = answer(asked, PUBLIC, limit=limit, offset=offset)
    if as_json:
        found = response_as_json(response, asked.notes)
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _print_notes(asked.notes)
        _print(response, offset)


def _catch_up() -> None:
    """Index what no worker has indexed yet, unless another process is at it."""
    try:
        if not engine().status().ready:
            click.echo("There is no search index yet; making it.", err=True)
            sync.rebuild_if_missing()
        else:
            sync.drain(wait=0)
    except IndexLockedError:
        click.echo("Another process is writing the index; newest content may be missing.", err=True)


def _print_notes(notes: Sequence[Note]) -> None:
    for note in notes:
        what = "cannot be left out" if note.excluded else f"is no known {note.facet}"
        meant = "; perhaps: " + ", ".join(label for label, _query in note.meant)
        click.echo(f"“{note.value}” {what}{meant if note.meant else ''}")


def _print(response: SearchResponse, offset: int) -> None:
    if response.did_you_mean:
        click.echo(f"Shown for: {response.did_you_mean}")
    for number, hit in enumerate(response.hits, offset + 1):
        page = f", page {hit.page}" if hit.page else ""
        page += f" (version {hit.version}, there is a newer one)" if hit.superseded else ""
        click.secho(f"{number}. {hit.title}{page}", bold=True)
        click.echo(f"   {hit.url}")
        click.echo(f"   {plain(hit.snippet)}\n")
    note = "; some lack some of the words" if response.loosened else ""
    click.echo(f"{response.total} found in {response.took_ms:.0f} ms{note}")


@click.group()
def index() -> None:
    """Look after the search index."""


@index.command()
@click.option(
    "--wait", default=WAIT_FOR_INDEX, show_default=True, help="Seconds to wait for the index."
)
@with_appcontext
def rebuild(wait: float) -> None:
    """Write the index anew from the database; the site searches the old one meanwhile."""
    with _explained(), _bar("Rebuilding") as progress:
        written = sync.rebuild(progress, wait)
    click.echo(f"{written} entries are in the index.")


@index.command()
@click.option("--repair/--no-repair", default=True, help="Repair the differences (default).")
@with_appcontext
def check(repair: bool) -> None:
    """Compare the index with the database, thing by thing; ends with 1 where they differ still."""
    with _explained():
        if not engine().status().ready:
            raise click.ClickException("There is no search index. Run `kts index rebuild`.")
        with _bar("Comparing") as progress:
            found = sync.check(repair, progress)
    for difference in found:
        click.echo(f"{difference.kind} {difference.object_id}: {difference.problem}")
    if not found:
        click.echo("Index and database agree.")
    elif repair:
        click.echo(f"{len(found)} differences repaired.")
    else:
        raise click.ClickException(f"{len(found)} differences; run `kts index check` to repair.")


@index.command()
@click.option("--json", "as_json", is_flag=True, help="Print the state as JSON.")
@with_appcontext
def status(as_json: bool) -> None:
    """Say what the index holds and what it has still to learn."""
    state = engine().status()
    values = {
        "engine": state.engine,
        "ready": state.ready,
        "entries": state.documents,
        "things": state.parents,
        "bytes": state.bytes,
        "newest": state.updated.isoformat() if state.updated else None,
        "waiting": sync.pending(),
        "detail": state.detail,
    }
    if as_json:
        click.echo(json.dumps(values, indent=2))
        return
    for name, value in values.items():
        click.echo(f"{name + ':':<10}{value}")


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except IndexLockedError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _bar(label: str) -> Iterator[sync.Progress]:
    """Show progress on a terminal, and nothing but the label in a log."""
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield progress
