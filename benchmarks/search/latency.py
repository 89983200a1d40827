"""How long does the search take, how large is the index, how long does writing it take?

Beside an engine of the platform stand SQLite's FTS5 and Tantivy (for ``postgres`` PostgreSQL's own
full-text search too): the same texts, the same questions, one after the other in the same run::

    pip install -e ".[benchmarks]"
    python benchmarks/search/latency.py --engine whoosh
    python benchmarks/search/latency.py --engine postgres --database postgresql+psycopg://…
    python benchmarks/search/latency.py --engine whoosh --growth

Texts and questions are those of ``corpus.py`` and ``questions.py``. Each system writes in one
process and answers in another, both new, so that each one's memory is its own. Nothing is asked
before the first question; then every question once ("asked first") and once more ("asked again").
Use a database made for this: the engine's index in it is overwritten, and emptied at the end.
Prints Markdown; what goes on is told on standard error.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import pickle
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from corpus import documents
from figures import machine, milliseconds, share, table
from questions import LENGTHS, Question, default
from systems import beside, kilobytes, make, server_memory, server_version

from kts.search.engine import IndexDocument
from kts.search.engines import ENGINES

GROWTH = (10_000, 50_000, 100_000, 200_000)
SHARES = (0.5, 0.95, 0.99, 1.0)
MEGABYTE = 1_000_000
FIRST = "Beteiligung der Menschen an der Strategie"  # asked before the mix, not one of it

T = TypeVar("T")


@dataclass(frozen=True)
class Written:
    """What writing an index took."""

    seconds: float
    bytes: int
    memory: int


@dataclass(frozen=True)
class Answered:
    """What answering took: milliseconds, by question, and how many of them found nothing."""

    label: str
    first: float
    cold: list[float]
    again: list[float]
    memory: int
    server: int
    nothing: int


@dataclass(frozen=True)
class Measured:
    """One system with one number of entries."""

    entries: int
    written: Written
    answered: Answered

    @property
    def label(self) -> str:
        """Give the name to show."""
        return self.answered.label


# In processes of their own


def write(name: str, folder: Path, database: str, texts: Path, entries: int) -> Written:
    """Write an index of the first entries of a file."""
    system = make(name, folder, database)
    started = time.perf_counter()
    system.write(islice(_read_texts(texts), entries))
    seconds = time.perf_counter() - started
    return Written(seconds, system.size(), _peak_memory())


def answer(name: str, folder: Path, database: str, asked: Sequence[Question]) -> Answered:
    """Answer the questions with an index that is there."""
    everybody = Question(FIRST, 6, asked[0].asker)
    started = time.perf_counter()
    system = make(name, folder, database)
    system.search(everybody)
    first = (time.perf_counter() - started) * 1000
    nothing = 0

    def timed(question: Question) -> float:
        nonlocal nothing
        started = time.perf_counter()
        nothing += not system.search(question)
        return (time.perf_counter() - started) * 1000

    cold = [timed(question) for question in asked]
    missed, nothing = nothing, 0
    again = [timed(question) for question in asked]
    server = server_memory(database) if name in {"postgres", "tsvector"} else 0
    return Answered(system.label, first, cold, again, _peak_memory(), server, missed)


def _peak_memory() -> int:
    """Give the most bytes of memory that this process has held (Linux)."""
    return kilobytes(Path("/proc/self/status"), "VmHWM") * 1024


def _in_its_own_process(function: Callable[..., T], *given: Any) -> T:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(function, *given).result()


# Texts on disk, so that making them counts for nobody and their memory is nobody's


def _write_texts(path: Path, number: int) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        for entry in documents(number):
            pickle.dump(entry, file, pickle.HIGHEST_PROTOCOL)
    part.replace(path)


def _read_texts(path: Path) -> Iterator[IndexDocument]:
    with path.open("rb") as file:
        while True:
            try:
                yield pickle.load(file)
            except EOFError:
                return


# Measuring


def measure(
    name: str, folder: Path, database: str, texts: Path, entries: int, asked: Sequence[Question]
) -> Measured:
    """Write (unless the folder says that it is done) and answer."""
    place = folder / f"{name}-{entries}"
    done = place.with_suffix(".json")
    _say(f"{name}, {entries:,} entries: writing")
    if not done.exists():
        written = _in_its_own_process(write, name, place, database, texts, entries)
        done.write_text(json.dumps(asdict(written)))
    written = Written(**json.loads(done.read_text()))
    _say(f"{name}, {entries:,} entries: written in {written.seconds:.0f} s; answering")
    answered = _in_its_own_process(answer, name, place, database, asked)
    _say(f"{name}, {entries:,} entries: 95 % under {share(answered.cold, 0.95):.0f} ms")
    return Measured(entries, written, answered)


def _say(message: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {message}", file=sys.stderr, flush=True)


# Tables


def writing_table(systems: Sequence[Measured]) -> str:
    """Compare what writing took, the first question and the memory."""
    ours = systems[0]

    def row(one: Measured) -> list[str]:
        # A server's processes are told beside the client's.
        server = f" + {one.answered.server / MEGABYTE:,.0f}" if one.answered.server else ""
        return [
            one.label,
            f"{one.written.seconds:,.1f}",
            f"{ours.written.seconds / one.written.seconds:.1f}",
            f"{one.written.bytes / MEGABYTE:,.0f}",
            f"{one.written.memory / MEGABYTE:,.0f}",
            milliseconds(one.answered.first),
            f"{one.answered.memory / MEGABYTE:,.0f}{server}",
        ]

    head = (
        *("", "writing s", "ratio", "on disk MB", "memory writing MB"),
        *("first question ms", "memory answering MB"),
    )
    return table(head, map(row, systems))


def answering_table(systems: Sequence[Measured], asked: Sequence[Question], which: str) -> str:
    """Compare the times by number of words; ``which`` is cold or again."""
    ours, others = systems[0], systems[1:]
    head = ["words", *(f"{ours.label} p{part * 100:.0f}" for part in SHARES[:-1]), "max"]
    for other in others:
        head += [f"{other.label} p50", "p95", "ratio p50", "p95"]
    rows = [
        _answering_row(str(length), ours, others, which, _places(asked, length))
        for length in LENGTHS
    ]
    rows.append(_answering_row("all", ours, others, which, range(len(asked))))
    return table(head, rows)


def _places(asked: Sequence[Question], length: int) -> list[int]:
    return [place for place, question in enumerate(asked) if question.length == length]


def _answering_row(
    label: str, ours: Measured, others: Sequence[Measured], which: str, places: Iterable[int]
) -> list[str]:
    places = list(places)

    def of(system: Measured, part: float) -> float:
        times = getattr(system.answered, which)
        return share((times[place] for place in places), part)

    row = [label, *(milliseconds(of(ours, part)) for part in SHARES)]
    for other in others:
        row += [milliseconds(of(other, part)) for part in (0.5, 0.95)]
        row += [f"{of(ours, part) / of(other, part):.1f}" for part in (0.5, 0.95)]
    return row


def growth_table(runs: Sequence[Sequence[Measured]]) -> str:
    """Show how everything grows with the number of entries."""
    others = [system.label for system in runs[0][1:]]
    head = [
        *("entries", "writing s", "on disk MB", "memory writing MB", "answering MB"),
        *("first question ms", "p50", "p95", "p99", "again p95"),
        *(f"{label} p95" for label in others),
    ]

    def row(systems: Sequence[Measured]) -> list[str]:
        ours, *beside_it = systems
        return [
            f"{ours.entries:,}",
            f"{ours.written.seconds:,.0f}",
            f"{ours.written.bytes / MEGABYTE:,.0f}",
            f"{ours.written.memory / MEGABYTE:,.0f}",
            f"{ours.answered.memory / MEGABYTE:,.0f}",
            milliseconds(ours.answered.first),
            *(milliseconds(share(ours.answered.cold, part)) for part in (0.5, 0.95, 0.99)),
            milliseconds(share(ours.answered.again, 0.95)),
            *(milliseconds(share(other.answered.cold, 0.95)) for other in beside_it),
        ]

    return table(head, map(row, runs))


def report(systems: Sequence[Measured], asked: Sequence[Question]) -> str:
    """Tell about one number of entries."""
    ours = systems[0]
    nothing = ", ".join(f"{one.label} {one.answered.nothing}" for one in systems)
    return "\n".join(
        (
            f"## {ours.label}, {ours.entries:,} entries, {len(asked)} questions\n",
            writing_table(systems),
            "Asked first, in milliseconds:\n",
            answering_table(systems, asked, "cold"),
            "Asked again:\n",
            answering_table(systems, asked, "again"),
            f"Questions without a hit: {nothing}.\n",
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", default="whoosh", choices=sorted(ENGINES))
    parser.add_argument("--documents", type=int, default=100_000, metavar="N")
    parser.add_argument("--growth", action="store_true", help=f"with {GROWTH} entries")
    parser.add_argument("--database", default="", metavar="URL", help="of an empty database")
    parser.add_argument("--alone", action="store_true", help="nothing beside the engine")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep texts and indexes; use those kept before"
    )
    given = parser.parse_args()
    if given.engine == "postgres" and not given.database:
        parser.error("--engine postgres needs --database")
    with ExitStack() as stack:
        folder = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        run(given, folder)


def run(given: argparse.Namespace, folder: Path) -> None:
    """Measure everything and print it."""
    sizes = GROWTH if given.growth else (given.documents,)
    folder.mkdir(parents=True, exist_ok=True)
    texts = folder / f"texts-{max(sizes)}.pickle"
    if not texts.exists():
        _say(f"making {max(sizes):,} entries")
        _in_its_own_process(_write_texts, texts, max(sizes))
    asked = default(min(sizes))
    names = [given.engine, *([] if given.alone else beside(given.engine))]
    print(machine() + (server_version(given.database) if given.database else ""))
    runs = []
    for size in sizes:
        runs.append([measure(name, folder, given.database, texts, size, asked) for name in names])
        print(report(runs[-1], asked), flush=True)
        if not given.keep or "postgres" in names:
            _leave(names, folder, given.database, size)
    if given.growth:
        print(f"## Growth, asked first\n\n{growth_table(runs)}")


def _leave(names: Sequence[str], folder: Path, database: str, size: int) -> None:
    """Empty what lies in a database, so that the next size finds it as this one did."""
    for name in names:
        if name in {"postgres", "tsvector"}:
            make(name, folder, database).remove()
            (folder / f"{name}-{size}.json").unlink()


if __name__ == "__main__":
    main()
