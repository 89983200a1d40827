"""What the child tells its parent, one JSON line each."""

import json
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

PLAIN = "plain"
MARKDOWN = "markdown"

# Pixels: the widest column a page is shown in, and a cover in a list at double density.
PAGE_WIDTH = 900
COVER_WIDTH = 288  # the widest place shows 224 of them, lists 104


@dataclass(frozen=True)
class Accessibility:
    """What a PDF does for people who have it read aloud or enlarged, as far as a file tells.

    ``language`` and ``title`` are what the file states, empty where it states none. ``pdf_ua`` is
    the part of PDF/UA (ISO 14289) that it claims to follow, 0 for no claim. ``blocks_reading`` is
    true where its permissions keep assistive technology away.
    """

    tagged: bool = False
    language: str = ""
    title: str = ""
    bookmarks: bool = False
    pdf_ua: int = 0
    pages_without_text: int = 0
    encrypted: bool = False
    blocks_reading: bool = False

    def to_json(self) -> str:
        """Give it as stored with a version."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | None) -> Self | None:
        """Give what was stored; None for nothing or what is not understood."""
        try:
            values = json.loads(text or "")
            return cls(**{field.name: values[field.name] for field in fields(cls)})
        except (ValueError, KeyError, TypeError):
            return None


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
    places: str = ""


@dataclass(frozen=True)
class Places:
    """Where the words of a page lie, see :func:`as_text`; for pages whose text is known."""

    number: int
    places: str


@dataclass(frozen=True)
class Recognised:
    """What a machine read on the picture of a page, and from 0 to 100 how sure it was."""

    number: int
    text: str
    confidence: int
    places: str = ""


@dataclass(frozen=True)
class Done:
    """Everything was read; the language is guessed from the whole text.

    ``accessibility`` is the JSON of :class:`Accessibility`, for PDFs.
    """

    pages: int
    language: str = ""
    accessibility: str = ""


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


Event = Waiting | Opened | Page | Places | Recognised | Done | Rendered | Refused

_KINDS: dict[str, type[Any]] = {
    kind.__name__.lower(): kind
    for kind in (Opened, Page, Places, Recognised, Done, Rendered, Refused)
}


def as_text(packed: bytes) -> str:
    """Write packed places so that they fit into a line of JSON."""
    return b64encode(packed).decode("ascii")


def from_text(text: str) -> bytes | None:
    """Give back what :func:`as_text` wrote; None for nothing."""
    return b64decode(text) if text else None


def to_line(event: Event) -> dict[str, Any]:
    """Give the event as a dictionary with its kind under ``event``."""
    return {"event": type(event).__name__.lower(), **asdict(event)}


def from_line(values: dict[str, Any]) -> Event:
    """Give back the event of :func:`to_line`; raises KeyError or TypeError on anything else."""
    kind = _KINDS[values.pop("event")]
    event: Event = kind(**values)
    return event
