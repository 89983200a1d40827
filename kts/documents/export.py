"""The list of documents as a table for office programs: UTF-8 with a mark, parted by semicolons.

German Excel reads a file so without being asked. A cell never begins with a sign that such
programs take for a formula: titles and texts come from many people.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask_babel import gettext as _

from kts.documents import accessibility, messages
from kts.documents.models import Document

MOST_ROWS = 5_000  # seconds, not minutes, for one request; programs page through the interface
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
BYTE_ORDER_MARK = "\ufeff"


def csv_lines(documents: Iterable[Document], address: Callable[[str], str]) -> Iterator[str]:
    """Give the table line by line; ``address`` makes a full address of a path."""
    yield BYTE_ORDER_MARK + _line(_heads())
    for document in documents:
        yield _line(_cells(document, address))


def _line(cells: Iterable[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";", lineterminator="\r\n").writerow(map(harmless, cells))
    return buffer.getvalue()


def harmless(value: Any) -> str:
    """Give the text of a cell that no office program takes for a formula."""
    text = " ".join(str("" if value is None else value).replace("\x00", "").split())
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text


def _heads() -> list[str]:
    return [
        _("Title"),
        _("Kind of document"),
        _("Municipality"),
        _("Official key (AGS)"),
        _("Land"),
        _("Publisher"),
        _("Year"),
        _("Version"),
        _("Name of the version"),
        _("Language"),
        _("Licence"),
        _("Licence identifier"),
        _("Licence text"),
        _("Fields of action"),
        _("Short description"),
        _("Format"),
        _("Pages or chapters"),
        _("Size in bytes"),
        _("Accessibility of the file"),
        _("Published here"),
        _("Last changed"),
        _("Address"),
        _("Address of the file"),
        _("Original address"),
    ]


def _cells(document: Document, address: Callable[[str], str]) -> list[Any]:
    place, version, terms = document.municipality, document.current_version, document.terms
    judged = accessibility.judge(version)
    return [
        document.title,
        messages.KIND_NAMES[document.kind],
        place.name if place else "",
        place.ags if place else "",
        place.land_name if place else "",
        document.publisher,
        document.year,
        version.number if version else "",
        version.label if version else "",
        messages.LANGUAGE_NAMES.get(document.language, document.language),
        terms.name,
        terms.id,
        terms.url,
        ", ".join(topic.label for topic in document.topics),
        document.description,
        version.format.upper() if version else "",
        version.page_count if version else "",
        version.size if version else "",
        judged.title if judged else "",
        document.created.date().isoformat(),
        document.updated.date().isoformat(),
        address(document.path),
        address(f"{document.path}/datei"),
        document.source_url,
    ]
