"""The child's side: sets its own limits, does one job, writes one JSON line an event.

Commands: ``probe FILE NAME OUT``, ``extract FILE NAME OUT``, ``complete FILE OUT``, ``recognise
FILE OUT NUMBER…``, ``render FILE OUT FOLDER WIDTH NUMBER…``. NAME is what the person called the
file; FILE is where it lies.
"""

import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from .cleaning import LanguageCount, tidy
from .refusals import Reason, Refusal
from .shapes import MARKDOWN, PLAIN, Done, Event, Opened, Page, Refused, to_line
from .sniff import DOCX, HTML, MD, ODT, PDF, PPTX, RTF, TXT, XLSX, sniff

if TYPE_CHECKING:
    from .chapters import Chapter, Section

MEGABYTE = 1024 * 1024
# A 1,000-page PDF needs about 150 MB; the rest is room for one page full of pictures.
MEMORY_BYTES = int(os.environ.get("KTS_EXTRACTION_MEMORY_MB", "1536")) * MEGABYTE
CPU_SECONDS = int(os.environ.get("KTS_EXTRACTION_CPU_SECONDS", "900"))
# All text and pictures of one run; more than this is not a document.
OUTPUT_BYTES = 1024 * MEGABYTE

_PARENT = os.getppid()


def main(arguments: list[str]) -> int:
    """Run one command; the exit code is 0 also for a refusal, which is an answer."""
    command, path, *rest = arguments
    out = Path(rest[1] if command in ("probe", "extract") else rest[0])
    _set_limits()
    with out.open("w", encoding="utf-8") as file:
        try:
            for event in _run(command, Path(path), rest):
                _write(file, event)
        except Refusal as refusal:
            _write(file, Refused(refusal.reason, refusal.detail))
        except MemoryError:
            _write(file, Refused(Reason.TOO_HUNGRY))
        except RecursionError:
            _write(file, Refused(Reason.BROKEN))
    return 0


def _set_limits() -> None:
    """Lower what this process may use; called before the file is opened."""
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, OUTPUT_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 128),
    ):
        _, hard = resource.getrlimit(limit)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(limit, (value, value))


def _run(command: str, path: Path, rest: list[str]) -> Iterator[Event]:
    if command == "render":
        from . import preview

        folder, width, *numbers = rest[1:]
        yield from preview.render(path, [int(n) for n in numbers], Path(folder), int(width))
        return
    if command == "recognise":
        from . import scans

        yield from scans.recognise(path, [int(n) for n in rest[1:]])
        return
    if command == "complete":
        from . import pdf

        yield from pdf.complete(path)
        return
    name = rest[0]
    found = sniff(path, name)
    if command == "probe":
        yield _probe(found, path)
    elif command == "extract":
        yield from _extract(found, path)
    else:
        raise SystemExit(f"unknown command {command}")


def _probe(found: str, path: Path) -> Opened:
    if found == PDF:
        from . import pdf

        return pdf.probe(path)
    events = list(_chapters(found, path))
    opened, done = events[0], events[-1]
    if not isinstance(opened, Opened) or not isinstance(done, Done):
        raise Refusal(Reason.BROKEN)
    return Opened(found, opened.pages, opened.title, done.language)


def _extract(found: str, path: Path) -> Iterator[Event]:
    if found == PDF:
        from . import pdf

        yield from pdf.read(path)
    else:
        yield from _chapters(found, path)


def _chapters(found: str, path: Path) -> Iterator[Event]:
    title, parts = _parts(found, path)
    markup = PLAIN if found in (TXT, RTF) else MARKDOWN
    if not any(part.text.strip() for part in parts):
        raise Refusal(Reason.NO_TEXT)
    if len(parts) > 5_000:
        raise Refusal(Reason.TOO_MANY_PAGES, "5000")
    language = LanguageCount()
    yield Opened(found, len(parts), title)
    for number, part in enumerate(parts, start=1):
        text = tidy(part.text) if markup == PLAIN else part.text
        language.add(text)
        yield Page(number, text, heading=part.heading, markup=markup)
    yield Done(len(parts), language.guess)


def _parts(found: str, path: Path) -> tuple[str, "list[Chapter]"]:
    """Give title and chapters; slides and sheets are chapters already, the rest is cut."""
    if found == PPTX:
        from . import slides

        return slides.read(path)
    if found == XLSX:
        from . import sheets

        return sheets.read(path)
    from . import chapters

    title, sections = _reader(found)(path)
    return title, [part for part in chapters.cut(sections) if part.text.strip()]


def _reader(found: str) -> "Callable[[Path], tuple[str, list[Section]]]":
    """Give what reads the format; its library is loaded only then."""
    name, function = {
        DOCX: ("word", "read"),
        ODT: ("opendocument", "read"),
        HTML: ("web", "read"),
        RTF: ("rich", "read"),
        MD: ("plain", "read_markdown"),
        TXT: ("plain", "read_text"),
    }[found]
    return getattr(import_module(f".{name}", __package__), function)


def _write(file: TextIO, event: Event) -> None:
    if os.getppid() != _PARENT:  # nobody reads any more
        raise SystemExit(1)
    json.dump(to_line(event), file, ensure_ascii=False)
    file.write("\n")
    file.flush()


if __name__ == "__main__":  # pragma: no cover
    sys.exit(main(sys.argv[1:]))
