"""Installations as an operator makes them, for tests that start the real programs.

``kts init`` and ``kts demo`` run once for all test processes; each test that wants an installation
of its own gets a copy of the folder, for everything that belongs to one is files.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TOLD = "demo.txt"


def environment(instance: Path, **settings: str) -> dict[str, str]:
    """Give the environment of a program that works on this data folder, free of other settings."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("KTS_")}
    return {**others, "KTS_INSTANCE": str(instance), "KTS_RATELIMIT": "false", **settings}


def kts(instance: Path, *arguments: str) -> str:
    """Run a command on the data folder and give what it told."""
    command = [sys.executable, "-m", "kts", *arguments]
    done = subprocess.run(
        command, env=environment(instance), check=True, capture_output=True, text=True
    )
    return done.stdout


@dataclass(frozen=True)
class Installations:
    """What the test processes share, in a folder that all of them know."""

    folder: Path

    def copy_empty(self, target: Path) -> None:
        """Copy an installation after ``kts init``."""
        shutil.copytree(self._empty(), target, dirs_exist_ok=True)

    def copy_sample(self, target: Path) -> None:
        """Copy an installation after ``kts demo``."""
        shutil.copytree(self.sample(), target, dirs_exist_ok=True)

    def counts(self) -> dict[str, int]:
        """Give the numbers that ``kts demo`` told."""
        line = next(
            line
            for line in (self.sample() / TOLD).read_text().splitlines()
            if line.startswith("projects: ")
        )
        return {name: int(number) for name, number in (p.split(": ") for p in line.split("  "))}

    def sample(self) -> Path:
        """Give the folder with the sample content; it is to be read and copied only."""

        def make(folder: Path) -> None:
            self.copy_empty(folder)
            (folder / TOLD).write_text(kts(folder, "demo"))

        return self._once("sample", make)

    def _empty(self) -> Path:
        return self._once("empty", lambda folder: kts(folder, "init") and None)

    def _once(self, name: str, make: Callable[[Path], None]) -> Path:
        """Let the first test process make the folder, and the others wait for it."""
        ready, unfinished = self.folder / name, self.folder / f"{name}.unfinished"
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not ready.exists():
                shutil.rmtree(unfinished, ignore_errors=True)
                make(unfinished)
                unfinished.rename(ready)
        return ready
