"""How measurements are told: percentiles, Markdown tables, the machine."""

from __future__ import annotations

import math
import os
import platform
import sqlite3
import time
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

MEASURED = ("whoosh3", "numpy", "tantivy", "psycopg")


def share(values: Iterable[float], part: float) -> float:
    """Give the least value that this part of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * part) - 1)]


def milliseconds(value: float) -> str:
    """Write milliseconds with as many digits as mean something."""
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Give a Markdown table; all but the first column are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def machine() -> str:
    """Say on what was measured."""
    with Path("/proc/cpuinfo").open() as lines:
        model = next((line for line in lines if line.startswith("model name")), ":")
    cpu = f"{model.partition(':')[2].strip()}, {os.cpu_count()} cores"
    libraries = [f"{name} {found}" for name in MEASURED if (found := _version(name))]
    python = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    return f"{cpu}; {', '.join([python, *libraries])}; {time.strftime('%Y-%m-%d')}\n"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
