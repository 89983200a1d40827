"""Calls Tesseract, which recognises text on pictures, and understands its answer.

The program is called directly: a wrapper would add a dependency and temporary files, and would
hide the process that has to be limited and ended. It inherits the limits of the child process.
"""

import csv
import ctypes
import io
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

PROGRAM = "tesseract"
# German must be there, or every umlaut is guessed wrong; English words are in every strategy.
NEEDED, ALSO = "deu", ("eng",)
ORIENTATION = "osd"
# A full page takes two to ten seconds of a processor; more than this is a picture of noise.
PAGE_CPU_SECONDS = 90
# How long that may take while everything else goes first; then the program hangs.
PAGE_SECONDS = 900
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
# One thread: four of them are hardly faster and take the processors from everything else.
_ENVIRONMENT = {"OMP_THREAD_LIMIT": "1"}
_WORD = "5"  # the level of words in the table


@dataclass(frozen=True)
class Seen:
    """A word on the picture, in its pixels; ``line`` and ``block`` tell what stands together."""

    text: str
    confidence: float
    left: int
    top: int
    width: int
    height: int
    block: tuple[str, str]
    line: str


def languages() -> tuple[str, ...]:
    """Give what Tesseract can read here, German first; empty where it can't be used."""
    program = shutil.which(PROGRAM)
    if program is None:
        return ()
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed program, no shell
            [program, "--list-langs"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    installed = set((answer.stdout + answer.stderr).split())
    if NEEDED not in installed:
        return ()
    return (NEEDED, *(name for name in (*ALSO, ORIENTATION) if name in installed))


def recognise(picture: bytes, dots_per_inch: int, known: tuple[str, ...]) -> list[Seen]:
    """Read a picture (any that Leptonica knows); nothing where it takes too long or fails."""
    turns = ORIENTATION in known
    command = [
        *(shutil.which(PROGRAM) or PROGRAM, "stdin", "stdout"),
        *("-l", "+".join(name for name in known if name != ORIENTATION)),
        *("--psm", "1" if turns else "3", "--dpi", str(dots_per_inch), "tsv"),
    ]
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed program, no shell
            command,
            input=picture,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PAGE_SECONDS,
            env={**os.environ, **_ENVIRONMENT},
            preexec_fn=partial(_bind, ctypes.CDLL(None)),
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return list(_seen(answer.stdout.decode("utf-8", "replace"))) if not answer.returncode else []


def _bind(libc: ctypes.CDLL) -> None:
    """Limit the program's time; let the kernel end it with the process that called it."""
    resource.setrlimit(resource.RLIMIT_CPU, (PAGE_CPU_SECONDS, PAGE_CPU_SECONDS))
    if sys.platform == "linux":
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _seen(table: str) -> Iterator[Seen]:
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = (row.get("text") or "").strip()
        if row.get("level") != _WORD or not text:
            continue
        try:
            place = [int(row[name]) for name in ("left", "top", "width", "height")]
            confidence = float(row["conf"])
        except (KeyError, TypeError, ValueError):
            continue
        block = (row["block_num"], row["par_num"])
        yield Seen(text, confidence, *place, block=block, line=row["line_num"])
