"""A page's text as HTML, with the words of a query marked."""

import html
import re

from markupsafe import Markup

from kts.documents.models import DocumentPage
from kts.search import highlight
from kts.search.expansion import SynonymTable, expand, loosened
from kts.search.query import parse
from kts.search.services import synonym_groups

# Tags of sanitised HTML; a ">" inside an attribute does not end them.
_TAG = re.compile(r"""(<(?:[^<>"']|"[^"]*"|'[^']*')*>)""")


def shown_text(page: DocumentPage, query: str = "") -> Markup:
    """Give the page as safe HTML: rendered chapters as they are, else its paragraphs."""
    stems = _stems(page.text, query)
    if page.html is not None:
        return _marked_html(page.html, stems) if stems else Markup(page.html)  # noqa: S704
    paragraphs = (part for part in page.text.split("\n\n") if part.strip())
    return Markup("\n").join(
        Markup("<p>{}</p>").format(highlight.mark(part, stems) if stems else part)
        for part in paragraphs
    )


def _stems(text: str, query: str) -> frozenset[str]:
    """Give what to mark: the words asked for, else what the search took for them."""
    parsed = parse(query)
    asked = frozenset(word.word.stem for word in parsed.words)
    if not asked or highlight.holds(text, asked):
        return asked
    concepts = loosened(expand(parsed, SynonymTable(synonym_groups())))
    return frozenset().union(*(concept.stems for concept in concepts))


def _marked_html(rendered: str, stems: frozenset[str]) -> Markup:
    """Mark between the tags; the HTML was sanitised when it was stored."""
    parts = _TAG.split(rendered)
    return Markup("").join(
        Markup(part) if number % 2 else _marked(part, stems)  # noqa: S704
        for number, part in enumerate(parts)
    )


def _marked(text: str, stems: frozenset[str]) -> Markup:
    if not text.strip():
        return Markup(text)  # noqa: S704 - blanks between two tags
    return highlight.mark(html.unescape(text), stems)
