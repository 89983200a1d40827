"""Imports libraries without what they would load besides, though nothing here asks for it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def left_out(*names: str) -> Iterator[None]:
    """Let libraries that are imported in this block do without those optional modules.

    A library that tries an import and goes on without it loads whatever happens to be installed,
    and keeps it in memory. Modules that are loaded already stay as they are.
    """
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] - None: not to be found
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
