"""A page with the words of a query marked: in its text, and on its picture by the same rule."""

import html
import re
from dataclasses import dataclass, field

from markupsafe import Markup

from kts.documents.boxes import WordBox, unpack
from kts.documents.models import DocumentPage
from kts.search import operators
from kts.search.expansion import SynonymTable, expand, loosened
from kts.search.highlight import Marker
from kts.search.query import ParsedQuery, parse, tidy
from kts.search.services import synonym_groups

# Tags of sanitised HTML; a ">" inside an attribute does not end them.
_TAG = re.compile(r"""(<(?:[^<>"']|"[^"]*"|'[^']*')*>)""")
MARK = "<mark>"
# "Home-Office" found as one word is two marks that a hyphen joins.
JOINED_MARKS = "</mark>-<mark>"
# More marks than this on one picture show nothing any more, and make the page heavy.
MOST_BOXES = 500


@dataclass(frozen=True)
class MarkedPage:
    """The text as safe HTML, how many places are marked in it, and where they lie on the picture.

    ``boxes`` are in ten-thousandths of the picture's width and height; empty where no one knows
    the places of the words.
    """

    text: Markup
    places: int = 0
    boxes: list[WordBox] = field(default_factory=list)


def marked_page(page: DocumentPage, query: str = "") -> MarkedPage:
    """Mark what was asked for; without a query nothing is."""
    stems = _stems(page.text, query)
    if not stems:
        return MarkedPage(_text(page, None))
    marker = Marker([stems])
    text = _text(page, marker)
    places = text.count(MARK) - text.count(JOINED_MARKS)
    boxes = [box for box in unpack(page.word_boxes) if marker.holds(box.text)]
    return MarkedPage(text, places, boxes[:MOST_BOXES])


def shown_text(page: DocumentPage, query: str = "") -> Markup:
    """Give the page as safe HTML: rendered chapters as they are, else its paragraphs."""
    stems = _stems(page.text, query)
    return _text(page, Marker([stems]) if stems else None)


def _text(page: DocumentPage, marker: Marker | None) -> Markup:
    if page.html is not None:
        return _marked_html(page.html, marker) if marker else Markup(page.html)  # noqa: S704
    paragraphs = (part for part in page.text.split("\n\n") if part.strip())
    return Markup("\n").join(
        Markup("<p>{}</p>").format(marker.mark(part) if marker else part) for part in paragraphs
    )


def _stems(text: str, query: str) -> frozenset[str]:
    """Give what to mark: the words asked for, else what the search took for them."""
    parsed = _words(query)
    asked = frozenset(word.word.stem for word in parsed.words)
    if not asked or Marker([asked]).holds(text):
        return asked
    concepts = loosened(expand(parsed, SynonymTable(synonym_groups())))
    return frozenset().union(*(concept.stems for concept in concepts))


def _words(query: str) -> ParsedQuery:
    """Read the words of a query; what narrows it down ("kommune:Ulm") is nothing to mark."""
    query = tidy(query)
    narrowing = [(found.start, found.end) for found in operators.read(query)]
    return parse(operators.without(query, narrowing))


def _marked_html(rendered: str, marker: Marker) -> Markup:
    """Mark between the tags; the HTML was sanitised when it was stored."""
    parts = _TAG.split(rendered)
    return Markup("").join(
        Markup(part) if number % 2 else _marked(part, marker)  # noqa: S704
        for number, part in enumerate(parts)
    )


def _marked(text: str, marker: Marker) -> Markup:
    if not text.strip():
        return Markup(text)  # noqa: S704 - blanks between two tags
    return marker.mark(html.unescape(text))
