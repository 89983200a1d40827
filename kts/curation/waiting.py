"""Searches that find nothing wait for a moderator once they were tried often enough."""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from urllib.parse import urlencode
from zlib import crc32

from flask_babel import lazy_gettext as _l

from kts.core import waiting
from kts.core.waiting import Due
from kts.curation.queries.searches import searched_in_vain

SEARCH = "search"
IN_VAIN_FROM = 3  # once is a slip of the keyboard, twice its repetition


def register() -> None:
    """Make the kind known to the moderators' desk."""
    waiting.register(
        SEARCH,
        _l("Searches without a hit"),
        _l(
            "A synonym, a thread or a dossier can help the next person; “done” or “ignore” "
            "takes the query from the lists. Nobody is written to."
        ),
        _in_vain,
    )


def number_of(folded: str) -> int:
    """Give a query the number under which it waits: queries have no row of their own.

    Should two share one, the second waits until the first is settled.
    """
    return crc32(folded.encode()) >> 1  # so that it fits a signed column


def _in_vain() -> Iterator[Due]:
    for row in searched_in_vain(IN_VAIN_FROM):
        url = f"/kuratierung/suche/anfrage?{urlencode({'q': row.text})}"
        since = datetime.combine(row.last, time(), UTC)
        yield Due(number_of(row.folded), row.text, url, since)
