"""The sample content as it lies in ``content/``: TOML tables and Markdown texts.

All of it is made up, and every name of a place is checked against the official register by a
test. The four people with a sign-in are named here, since the command prints them.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "content"
MARK = "Beispiel"  # stands behind every made-up name, also where no badge is shown
PASSWORD = "kts-beispiel-2026"  # noqa: S105 - printed by the command, for sample accounts only
SIGN_INS = (
    ("mitglied@example.org", "member"),
    ("redaktion@example.org", "editor of Falkenrode, a made-up municipality"),
    ("moderation@example.org", "moderator"),
    ("admin@example.org", "administrator"),
)
PAGE_LINK = re.compile(r"\{\{page:([\w-]+):([^}]+)\}\}")

Entry = dict[str, Any]


def read(name: str) -> Entry:
    """Give one table of the sample content, for example ``people``."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def text_of(source: str) -> str:
    """Give the Markdown of a sample document."""
    return (FOLDER / "documents" / source).read_text(encoding="utf-8")


def threads() -> Iterator[Entry]:
    """Give all sample threads, each with the name of its category and its kind."""
    for path in sorted((FOLDER / "threads").glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        for thread in table["thread"]:
            kind = table.get("kind", "discussion")
            yield {"category": table["category"], "kind": kind, **thread}


def marked(name: str) -> str:
    """Give the name with the mark of a sample."""
    return f"{name} ({MARK})"
