"""What an export says, as plain data: made for one reader at once, so that a worker can set it.

The content is JSON: it is stored only until a long PDF is made, and its digest names the result.
"""

import hashlib
import json
from typing import Any

from flask_babel import format_date, get_locale, to_user_timezone
from flask_babel import gettext as _

from kts.core.clock import now
from kts.curation.dossiers.citing import (
    base_url,
    citation_of_dossier,
    citation_of_part,
    version_name,
)
from kts.curation.dossiers.models import LINK, TEXT, Dossier
from kts.curation.dossiers.parts import Chapter, ShownPart
from kts.curation.dossiers.snapshots import Book


def content_of(dossier: Dossier, book: Book, shown: list[Chapter]) -> dict[str, Any]:
    """Write down what the reader sees; ``shown`` holds nothing that she may not see."""
    sources: dict[str, dict[str, Any]] = {}
    cited = citation_of_dossier(dossier, book)
    cover = book.cover.get("key") and {name: book.cover[name] for name in ("key", "alt")}
    return {
        "language": str(get_locale() or "de")[:2],
        "label": _("Dossier"),
        "site": cited.author,
        "title": book.title,
        "summary": book.summary,
        "version": version_name(book),
        "is_draft": book.is_draft,
        "url": cited.url,
        "base": base_url(),
        "text": book.text,
        "html": book.html,
        "cover": cover or None,
        "chapters": [
            {
                "heading": chapter.heading.title if chapter.heading else "",
                "parts": [_part(part, sources) for part in chapter.parts],
            }
            for chapter in shown
        ],
        "sources": list(sources.values()),
        "cite": cited.text(),
        "words": {
            "contents": _("Contents"),
            "introduction": _("Introduction"),
            "sources": _("Sources"),
            "cite": _("Cite this dossier"),
            "page": _("Page"),
            "licence": _("Licence"),
            "made": _(
                "Made on %(date)s. What is quoted stands under the licence of its source.",
                date=format_date(to_user_timezone(now()), "long", rebase=False),
            ),
        },
    }


def _part(shown: ShownPart, sources: dict[str, dict[str, Any]]) -> dict[str, Any]:
    part = shown.part
    if part.kind == TEXT:
        return {"kind": TEXT, "markdown": part.note, "html": part.html, "id": part.id}
    cited = citation_of_part(shown)
    number = 0
    if cited is not None:
        named = sources.setdefault(
            cited.key,
            {"number": len(sources) + 1, "text": cited.text(), "licence": shown.licence},
        )
        number = named["number"]
    when = format_date(shown.when, "dd.MM.yyyy") if shown.when and part.kind != LINK else ""
    facts = (
        shown.kind_name,
        shown.place,
        when or str(shown.year or ""),
        shown.detail,
    )
    return {
        "kind": part.kind,
        "id": part.id,
        "title": shown.title,
        "url": shown.url if part.kind == LINK else base_url() + shown.url,
        "facts": [fact for fact in facts if fact],
        "quote": part.quote,
        "passage": shown.passage,
        "markdown": part.note,
        "html": part.html,
        "licence": shown.licence,
        "source": number,
    }


def digest_of(content: dict[str, Any]) -> str:
    """Give what recognises the content: two readers who see the same get the same file."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def length_of(content: dict[str, Any]) -> int:
    """Give the characters that have to be set."""
    parts = [part for chapter in content["chapters"] for part in chapter["parts"]]
    texts = [content["text"]]
    for part in parts:
        texts += [part["markdown"], part.get("quote", ""), part.get("passage", ""), " " * 200]
    return sum(map(len, texts))
