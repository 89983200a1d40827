"""The editors' rendered texts as blocks that a PDF is set from: paragraphs, lists, quotations.

Reads only the HTML that ``core.text`` has sanitised. Pictures are named by their description and
never fetched.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

PARAGRAPH, HEADING, ITEM, QUOTE, CODE = "paragraph", "heading", "item", "quote", "code"
_KINDS = {
    **{f"h{level}": HEADING for level in range(1, 7)},
    **{"p": PARAGRAPH, "div": PARAGRAPH, "dd": PARAGRAPH, "dt": HEADING, "tr": PARAGRAPH},
    **{"li": ITEM, "pre": CODE},
}
#: What stands for a tag without an end.
_MARKS: dict[str, Callable[[dict[str, str | None]], str]] = {
    "br": lambda _values: "\n",
    "hr": lambda _values: "",
    "img": lambda values: f"[{values['alt']}]" if values.get("alt") else "",
    "input": lambda values: "☑ " if "checked" in values else "☐ ",
}
_BOLD, _ITALIC = {"strong", "b", "th", "dt"}, {"em", "i", "q"}


@dataclass(frozen=True)
class Run:
    """Some words of one style; ``link`` is an address or empty."""

    text: str
    bold: bool = False
    italic: bool = False
    link: str = ""


@dataclass
class Block:
    """One block; ``level`` is how deep it stands in lists and quotations, ``mark`` the list's."""

    kind: str
    level: int = 0
    mark: str = ""
    runs: list[Run] = field(default_factory=list)


def blocks(html: str, base: str) -> list[Block]:
    """Cut sanitised HTML into blocks; links of this site become whole addresses."""
    reader = _Reader(base)
    reader.feed(html)
    reader.close()
    return [block for block in reader.found if any(run.text.strip() for run in block.runs)]


class _Reader(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = base
        self.found: list[Block] = []
        self.open: list[str] = []
        self.lists: list[int | None] = []  # the number of the next item; None in a plain list
        self.links: list[str] = []
        self.quotes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a block, a style or a link."""
        values = dict(attrs)
        if tag in _MARKS:
            self._add(_MARKS[tag](values))
            return
        if tag in ("ul", "ol"):
            self.lists.append(_number(values.get("start")) if tag == "ol" else None)
        elif tag == "blockquote":
            self.quotes += 1
        elif tag == "a":
            self.links.append(self._address(values.get("href") or ""))
        elif tag in ("td", "th") and self._runs():
            self._add(" | ")
        elif tag in _KINDS and not (tag == "p" and self._fresh_item()):
            self._begin(_KINDS[tag])
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """End a block, a style or a link."""
        if tag not in self.open:
            return
        while self.open.pop() != tag:
            pass
        if tag in ("ul", "ol") and self.lists:
            self.lists.pop()
        elif tag == "blockquote":
            self.quotes -= 1
        elif tag == "a" and self.links:
            self.links.pop()
        if tag in _KINDS or tag in ("ul", "ol", "blockquote"):
            self._begin(PARAGRAPH)

    def handle_data(self, data: str) -> None:
        """Take words in; white space counts only in code."""
        if "pre" not in self.open:
            data = " ".join(data.split("\n")) if data.strip() else " "
            if not self._runs() and not data.strip():
                return
        self._add(data)

    def _address(self, href: str) -> str:
        if href.startswith("/") and not href.startswith("//"):
            return self.base + href
        return href if href.startswith(("https://", "http://", "mailto:")) else ""

    def _runs(self) -> list[Run]:
        return self.found[-1].runs if self.found else []

    def _fresh_item(self) -> bool:
        return bool(self.found) and self.found[-1].kind == ITEM and not self.found[-1].runs

    def _begin(self, kind: str) -> None:
        if self.found and not self.found[-1].runs and kind == PARAGRAPH:
            self.found.pop()
        if self.quotes and kind == PARAGRAPH:
            kind = QUOTE
        block = Block(kind, level=len(self.lists) + self.quotes)
        if kind == ITEM and self.lists:
            number = self.lists[-1]
            block.mark = "•" if number is None else f"{number}."
            self.lists[-1] = None if number is None else number + 1
        self.found.append(block)

    def _add(self, text: str) -> None:
        if not text:
            return
        if not self.found:
            self._begin(PARAGRAPH)
        opened = set(self.open)
        self.found[-1].runs.append(
            Run(
                text,
                bold=bool(opened & _BOLD),
                italic=bool(opened & _ITALIC),
                link=self.links[-1] if self.links else "",
            )
        )


def _number(start: str | None) -> int:
    return int(start) if start and start.isdecimal() and len(start) < 6 else 1
