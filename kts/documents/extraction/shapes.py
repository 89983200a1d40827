"""What the child tells its parent, one JSON line each."""

from dataclasses import asdict, dataclass
from typing import Any

PLAIN = "plain"
MARKDOWN = "markdown"

# Pixels: the widest column a page is shown in, and a cover in a list at double density.
PAGE_WIDTH = 900
COVER_WIDTH = 320


@dataclass(frozen=True)
class Opened:
    """The file could be opened: its true type and how much is coming."""

    format: str
    pages: int
    title: str = ""
    language: str = ""


@dataclass(frozen=True)
class Page:
    """One page of a PDF, or one chapter of a format that has no pages."""

    number: int
    text: str
    heading: str = ""
    label: str = ""
    markup: str = PLAIN
    image_only: bool = False


@dataclass(frozen=True)
class Done:
    """Everything was read; the language is guessed from the whole text."""

    pages: int
    language: str = ""


@dataclass(frozen=True)
class Rendered:
    """One page as a picture, in a file of the folder that the parent named."""

    number: int
    file: str
    width: int
    height: int


@dataclass(frozen=True)
class Refused:
    """See :class:`.refusals.Reason`."""

    reason: str
    detail: str = ""


@dataclass(frozen=True)
class Waiting:
    """Said by the parent itself while the child works on a page and writes nothing."""


Event = Waiting | Opened | Page | Done | Rendered | Refused

_KINDS: dict[str, type[Any]] = {
    kind.__name__.lower(): kind for kind in (Opened, Page, Done, Rendered, Refused)
}


def to_line(event: Event) -> dict[str, Any]:
    """Give the event as a dictionary with its kind under ``event``."""
    return {"event": type(event).__name__.lower(), **asdict(event)}


def from_line(values: dict[str, Any]) -> Event:
    """Give back the event of :func:`to_line`; raises KeyError or TypeError on anything else."""
    kind = _KINDS[values.pop("event")]
    event: Event = kind(**values)
    return event
