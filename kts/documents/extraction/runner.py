"""The parent's side: starts the child, follows its answer while it is being written.

The answer goes through a file and not a pipe: the child never waits for a parent that is busy
storing pages, and what was read before a crash is not lost in a buffer. A page is handed on as
soon as its line is complete, so memory holds one page and progress can be shown.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from .refusals import Reason, Refusal
from .shapes import (
    PAGE_WIDTH,
    Done,
    Event,
    Opened,
    Page,
    Places,
    Recognised,
    Refused,
    Rendered,
    Waiting,
    from_line,
)
from .tesseract import PAGE_SECONDS

# A probe happens while a person waits for the answer to her upload.
PROBE_SECONDS = 30
# A single page may take this long; the whole document is limited by the child's processor time.
STALL_SECONDS = 120
# A scanned page goes behind everything else, and has a limit of its own (see `tesseract`).
RECOGNITION_SECONDS = PAGE_SECONDS + 60
# While a page takes long, whoever waits for it can show this often that it is still at it.
WAITING_SECONDS = 5
_POLL_SECONDS = 0.02
_CHILD = Path(__file__).resolve().with_name("__main__.py")
# The child gets nothing else from our environment: no addresses, no secrets.
_PASSED_ON = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "TESSDATA_PREFIX",
    "KTS_EXTRACTION_MEMORY_MB",
    "KTS_EXTRACTION_CPU_SECONDS",
)


class Interrupted(RuntimeError):
    """The child was ended from outside, as at a shutdown: nothing is known about the file."""


def probe(path: Path, filename: str) -> Opened:
    """Give type, page count, title and language; raises :class:`Refusal`. Takes a second."""
    for event in _follow(["probe", str(path), filename], PROBE_SECONDS):
        if isinstance(event, Opened):
            return event
    raise Refusal(Reason.BROKEN)


def extract(path: Path, filename: str) -> Iterator[Waiting | Opened | Page | Done]:
    """Give what is read as it is read; raises :class:`Refusal`, possibly after some pages."""
    for event in _follow(["extract", str(path), filename], STALL_SECONDS):
        if isinstance(event, Waiting | Opened | Page | Done):
            yield event


def complete(path: Path) -> Iterator[Waiting | Places | Done]:
    """Give places and facts of a PDF whose text is known; raises :class:`Refusal`."""
    for event in _follow(["complete", str(path)], STALL_SECONDS):
        if isinstance(event, Waiting | Places | Done):
            yield event


def recognise(path: Path, numbers: Sequence[int]) -> Iterator[Waiting | Recognised]:
    """Read scanned pages of a PDF; raises :class:`Refusal`. Takes seconds for each."""
    for event in _follow(["recognise", str(path), *map(str, numbers)], RECOGNITION_SECONDS):
        if isinstance(event, Waiting | Recognised):
            yield event


def render(
    path: Path, numbers: Sequence[int], folder: Path, width: int = PAGE_WIDTH
) -> Iterator[Rendered]:
    """Draw pages of a PDF into the folder; raises :class:`Refusal`."""
    arguments = [str(folder), str(width), *map(str, numbers)]
    for event in _follow(["render", str(path), *arguments], STALL_SECONDS):
        if isinstance(event, Rendered):
            yield event


def _follow(arguments: list[str], patience: float) -> Iterator[Event]:
    with tempfile.TemporaryDirectory(prefix="kts-extract-") as folder:
        out = Path(folder) / "answer.jsonl"
        out.touch()
        at = 3 if arguments[0] in ("probe", "extract") else 2
        with (
            _child([*arguments[:at], str(out), *arguments[at:]]) as process,
            out.open(encoding="utf-8") as file,
        ):
            for event in _events(process, file, patience):
                if isinstance(event, Refused):
                    raise Refusal(Reason(event.reason), event.detail)
                yield event
        if process.returncode != 0:
            raise _crash(process.returncode)


@contextmanager
def _child(arguments: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
        [sys.executable, "-I", str(_CHILD), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C in the terminal is for us; we end the child ourselves
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # with the programs that it has called
        process.wait()


def _events(process: subprocess.Popen[bytes], file: TextIO, patience: float) -> Iterator[Event]:
    """Read complete lines until the child has ended and everything it wrote is read."""
    rest = ""
    last_word = last_sign = time.monotonic()
    while True:
        ended = process.poll() is not None
        chunk = file.read(1_000_000)
        if chunk:
            last_word = last_sign = time.monotonic()
            *lines, rest = (rest + chunk).split("\n")
            for line in lines:
                yield _parsed(line)
        elif ended:
            return
        elif time.monotonic() - last_word > patience:
            raise Refusal(Reason.TOO_SLOW)
        elif time.monotonic() - last_sign > WAITING_SECONDS:
            last_sign = time.monotonic()
            yield Waiting()
        else:
            time.sleep(_POLL_SECONDS)


def _parsed(line: str) -> Event:
    try:
        return from_line(json.loads(line))
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal(Reason.BROKEN) from error


def _crash(code: int) -> Exception:
    if code in (-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP):
        return Interrupted()
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return Refusal(Reason.TOO_SLOW)
    return Refusal(Reason.BROKEN)
