"""Names of municipalities: folded for search, and as addresses that stay.

An address is given once and kept, whatever a later register says, since people link to it. The
scheme for a new one: a name that is alone in the register gets its plain slug (``ulm``); of an
ambiguous name the independent town keeps the plain slug (``muenster``), all others add their
district (``muehlhausen-rhein-neckar-kreis``), and where that is taken their key. Areas without a
municipality never take a name away from one.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

from kts.core.text import slugify
from kts.municipalities.register import Entry

#: Written-out umlauts are folded like umlauts, on both sides, so "Muenster", "Münster" and
#: "Munster" are one spelling.
_PAIRS = (("ß", "ss"), ("ae", "a"), ("oe", "o"), ("ue", "u"))


def fold(text: str) -> str:
    """Fold a text for search: lower case, umlauts and accents removed, words parted by spaces.

    >>> fold("Münster") == fold("Muenster") == fold("MUNSTER")
    True
    """
    lowered = text.casefold()
    decomposed = unicodedata.normalize("NFKD", lowered)
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    for long, short in _PAIRS:
        plain = plain.replace(long, short)
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())


def assign_slugs(entries: Iterable[Entry], taken: Mapping[str, str]) -> dict[str, str]:
    """Give every entry's slug by key; ``taken`` has those already given, by key or other name.

    The result depends only on the register and on what is taken, not on the order of lines.
    """
    entries = sorted(entries, key=lambda entry: entry.key)
    plain = {entry.key: slugify(entry.name) for entry in entries}
    often = Counter(plain[entry.key] for entry in entries if not entry.unincorporated)
    slugs = {entry.key: taken[entry.key] for entry in entries if entry.key in taken}
    used = set(taken.values())
    for entry in sorted(entries, key=_precedence):
        if entry.key in slugs:
            continue
        slug = plain[entry.key]
        ambiguous = entry.unincorporated or (often[slug] > 1 and not _independent(entry))
        if ambiguous or slug in used:
            slug = f"{slug}-{slugify(entry.district_name or entry.land)}"
        if slug in used:
            slug = f"{plain[entry.key]}-{entry.key}"
        slugs[entry.key] = slug
        used.add(slug)
    return slugs


def _precedence(entry: Entry) -> tuple[bool, bool]:
    return entry.unincorporated, not _independent(entry)


def _independent(entry: Entry) -> bool:
    return entry.kind == "town" and entry.key.endswith("000")
