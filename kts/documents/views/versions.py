"""Two versions of a document beside each other; the search inside of a document."""

import threading
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.errors import Busy, NotFound
from kts.core.pagination import Page
from kts.core.web import limited_person, whole_number
from kts.documents import comparing, finding, queries
from kts.documents.comparing import ADDED, CHANGED, MOVED, REMOVED, SAME
from kts.documents.models import Document, DocumentVersion
from kts.documents.sentences import PageText, cut
from kts.documents.views import documents
from kts.documents.views.library import page_url
from kts.extensions import limiter
from kts.search.query import LONGEST_QUERY

ALL = "alles"
SHOWN = {"": None, "neu": ADDED, "entfallen": REMOVED, "geaendert": CHANGED, "verschoben": MOVED}
PER_PAGE = 100  # paragraphs: some twenty screens
# Two versions of 300 pages have two million characters and take half a second.
LONGEST_COMPARED = 6_000_000
REMEMBERED = 4  # comparisons: who pages through one has it at once
COMPARISONS = "60 per minute"  # who pages through one has it at once, others are work for seconds
# One is made and one waits: a machine has few threads, and they are for everybody else too.
MADE_AT_ONCE = 2
_places = threading.BoundedSemaphore(MADE_AT_ONCE)
_making = threading.Lock()
_known: dict[tuple[object, ...], comparing.Comparison] = {}


@documents.route("/<int:document_id>-<slug>/vergleich")
@access.rule("everyone")
@limiter.limit(COMPARISONS, key_func=limited_person)
def compare(document_id: int, slug: str) -> ResponseReturnValue:
    """Show what a version adds, removes, moves and changes against another, by chapter."""
    document = queries.get_document(document_id, current_user)
    readable = [v for v in queries.known_versions(document, current_user) if v.is_ready]
    if not readable:
        raise NotFound
    older, newer = _asked_versions(document, readable)
    comparison = None if older is newer else _comparison(older, newer)
    shown = request.args.get("zeige", "")
    shown = shown if shown in SHOWN or shown == ALL else ""
    visible = _visible(comparison, shown) if comparison else []
    number = min(request.args.get("page", 1, type=whole_number) or 1, -(-len(visible) // PER_PAGE))
    return render_template(
        "documents/compare.html",
        document=document,
        readable=readable,
        older=older,
        newer=newer,
        comparison=comparison,
        counts=comparison.counts if comparison else Counter(),
        overview=_overview(comparison, visible) if comparison else [],
        shown=shown,
        tabs=_tabs(document, older, newer, shown, comparison) if comparison else [],
        page=_page(visible, max(1, number)),
        page_url=page_url,
    )


def _asked_versions(
    document: Document, readable: list[DocumentVersion]
) -> tuple[DocumentVersion, DocumentVersion]:
    """Give the two versions asked for; without a wish the newest and the one before it."""
    numbers = [request.args.get(name, type=whole_number) for name in ("von", "bis")]
    newer = _ready(document, numbers[1]) if numbers[1] is not None else readable[0]
    before = next((v for v in readable if v.number < newer.number), readable[-1])
    return _ready(document, numbers[0]) if numbers[0] is not None else before, newer


def _ready(document: Document, number: int) -> DocumentVersion:
    version = queries.get_version(document, number, current_user)
    if not version.is_ready:
        raise NotFound
    return version


def _comparison(older: DocumentVersion, newer: DocumentVersion) -> comparing.Comparison | None:
    texts = [queries.page_texts(version.id) for version in (older, newer)]
    if sum(len(page.text) for pages in texts for page in pages) > LONGEST_COMPARED:
        return None
    old, new = (tuple(PageText(p.number, p.heading, p.text) for p in pages) for pages in texts)
    ways = tuple(
        Way(version.has_page_images, any(page.is_rendered for page in pages))
        for version, pages in zip((older, newer), texts, strict=True)
    )
    return _one_at_a_time(old, new, *ways)


class Way(NamedTuple):
    """How a version is cut, see :func:`kts.documents.sentences.cut`."""

    has_layout: bool
    lines_are_paragraphs: bool


def _one_at_a_time(
    old: tuple[PageText, ...], new: tuple[PageText, ...], old_way: Way, new_way: Way
) -> comparing.Comparison:
    """Give the comparison if it is known, else make it; raise Busy where others wait already.

    The same texts give the same comparison, so it is kept by them.
    """
    asked = (old, new, old_way, new_way)
    if known := _known.get(asked):
        return known
    if not _places.acquire(blocking=False):
        raise Busy(
            _("Several people are comparing versions at this moment. Please try again soon.")
        )
    try:
        with _making:
            return _known.get(asked) or _made(*asked)
    finally:
        _places.release()


def _made(
    old: tuple[PageText, ...], new: tuple[PageText, ...], old_way: Way, new_way: Way
) -> comparing.Comparison:
    made = comparing.compare(cut(old, **old_way._asdict()), cut(new, **new_way._asdict()))
    while len(_known) >= REMEMBERED:
        _known.pop(next(iter(_known)))
    _known[old, new, old_way, new_way] = made
    return made


@dataclass(frozen=True)
class Shown:
    """Passages that are told as one: all new, or all removed, one after another on one page.

    ``chapter`` is the number of their chapter from 1.
    """

    chapter: int
    passages: list[comparing.Passage]


def _visible(comparison: comparing.Comparison, shown: str) -> list[Shown]:
    entries: list[Shown] = []
    before: comparing.Passage | None = None
    for number, chapter in enumerate(comparison.chapters, 1):
        for passage in chapter.passages:
            if _is_shown(passage, shown):
                if before and entries[-1].chapter == number and _goes_on(before, passage):
                    entries[-1].passages.append(passage)
                else:
                    entries.append(Shown(number, [passage]))
                before = passage
            else:
                before = None
    return entries


def _is_shown(passage: comparing.Passage, shown: str) -> bool:
    return shown == ALL or (passage.kind != SAME and SHOWN[shown] in (None, passage.kind))


def _goes_on(before: comparing.Passage, passage: comparing.Passage) -> bool:
    pages = (before.old_page, before.new_page) == (passage.old_page, passage.new_page)
    return before.kind == passage.kind and passage.kind in (ADDED, REMOVED, SAME) and pages


def _overview(comparison: comparing.Comparison, visible: list[Shown]) -> list[dict[str, object]]:
    """Give each chapter with changes, and the page of the list on which it begins."""
    begins: dict[int, int] = {}
    for position, entry in enumerate(visible):
        begins.setdefault(entry.chapter, position // PER_PAGE + 1)
    return [
        {"number": number, "chapter": chapter, "page": begins.get(number)}
        for number, chapter in enumerate(comparison.chapters, 1)
        if chapter.changes or chapter.sources
    ]


def _page(visible: list[Shown], number: int) -> Page:
    start = (number - 1) * PER_PAGE
    return Page(visible[start : start + PER_PAGE], len(visible), number, PER_PAGE)


def _tabs(
    document: Document,
    older: DocumentVersion,
    newer: DocumentVersion,
    shown: str,
    comparison: comparing.Comparison,
) -> list[dict[str, object]]:
    counts = comparison.counts
    labels = {
        "": (_("All changes"), sum(counts.values()) - counts[SAME]),
        "neu": (_("New"), counts[ADDED]),
        "entfallen": (_("Removed"), counts[REMOVED]),
        "geaendert": (_("Changed"), counts[CHANGED]),
        "verschoben": (_("Moved"), counts[MOVED]),
        ALL: (_("Whole text"), None),
    }
    return [
        {
            "label": label,
            "count": count,
            "active": name == shown,
            "url": compare_url(document, older, newer, name),
        }
        for name, (label, count) in labels.items()
    ]


def compare_url(
    document: Document, older: DocumentVersion, newer: DocumentVersion, shown: str = ""
) -> str:
    """Give the address of a comparison."""
    wish = f"&zeige={shown}" if shown else ""
    return f"{document.path}/vergleich?von={older.number}&bis={newer.number}{wish}"


@documents.route("/<int:document_id>-<slug>/suche")
@access.rule("everyone")
def search(document_id: int, slug: str) -> ResponseReturnValue:
    """Find the pages of this document that hold what was asked for."""
    document = queries.get_document(document_id, current_user)
    version = queries.shown_version(document, current_user)
    if version is None:
        return redirect(document.path, 301)
    q = request.args.get("q", "").strip()[:LONGEST_QUERY]
    order = request.args.get("sortierung", finding.RELEVANCE)
    found = finding.pages_with(document, version, q, current_user) if q else None
    return render_template(
        "documents/search.html",
        document=document,
        version=version,
        q=q,
        order=order if order == finding.POSITION else finding.RELEVANCE,
        found=None if found is None else finding.in_order(found, order),
        most=finding.MOST_PAGES,
        labels={p.number: p.label for p in queries.page_labels(version)} if found else {},
        page_url=page_url,
    )
