"""The table of contents: consecutive pages under one heading become one entry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

# Without headings a page is named by its number alone, and the list would be as long as the
# document; then only the numbers are shown, side by side.
MIN_HEADED_SHARE = 0.3


@dataclass(frozen=True)
class Entry:
    """A heading with the pages under it; ``heading`` may be empty."""

    heading: str
    first: int
    last: int
    label: str
    has_text: bool


def outline(rows: Iterable[Any]) -> list[Entry]:
    """Group what :func:`kts.documents.queries.contents` gives."""
    entries: list[Entry] = []
    for row in rows:
        before = entries[-1] if entries else None
        if before and row.heading and before.heading == row.heading:
            entries[-1] = Entry(
                before.heading,
                before.first,
                row.number,
                before.label,
                before.has_text or row.has_text,
            )
        else:
            entries.append(Entry(row.heading, row.number, row.number, row.label, row.has_text))
    return entries


def is_headed(entries: Sequence[Entry]) -> bool:
    """Say whether enough pages have headings to show a list of them."""
    return sum(bool(entry.heading) for entry in entries) >= MIN_HEADED_SHARE * len(entries)
