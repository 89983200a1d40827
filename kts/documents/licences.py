"""Under which licence a document stands, and what that means in plain words.

The values are the identifiers of SPDX; what SPDX does not have (all rights reserved, official
works) is named as in DCAT-AP.de, whose addresses stand beside them for catalogues. An empty value
means that nothing was stated. Any other text is a municipality's own licence and is kept as it is
written: what is not surely one of the list is never taken for it.
"""

import re
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

NOT_STATED = ""
OTHER = "other"  # the choice in forms and filters; the row holds the own text instead
LONGEST = 200

_DCAT = "http://dcat-ap.de/def/licenses/"
_CC = "https://creativecommons.org/licenses/"

_ATTRIBUTION = _l(
    "You may share and change it, also commercially, if you name the source and say what you "
    "changed."
)
_SHARE_ALIKE = _l(
    "You may share and change it, also commercially, if you name the source and share your "
    "version under the same licence."
)
_FREE = _l("You may use, share and change it as you like, without naming the source.")


@dataclass(frozen=True)
class Licence:
    """One licence: SPDX identifier, usual name, meaning, its text, and its DCAT-AP.de address."""

    id: str
    name: Any
    meaning: Any
    url: str = ""
    dcat: str = ""
    also: tuple[str, ...] = ()


def _cc(parts: str, meaning: Any, also: str, version: str = "4.0", dcat: bool = True) -> Licence:
    return Licence(
        id=f"CC-{parts}-{version}",
        name=f"CC {parts} {version}",
        meaning=meaning,
        url=f"{_CC}{parts.lower()}/{version}/deed.de",
        dcat=f"{_DCAT}cc-{parts.lower()}/{version}" if dcat else "",
        also=(f"Creative Commons {also} {version} International",),
    )


def _cc_german(parts: str, meaning: Any, also: str) -> Licence:
    return Licence(
        id=f"CC-{parts}-3.0-DE",
        name=f"CC {parts} 3.0 DE",
        meaning=meaning,
        url=f"{_CC}{parts.lower()}/3.0/de/",
        dcat=f"{_DCAT}cc-{parts.lower()}-de/3.0",
        also=(f"Creative Commons {also} 3.0 Deutschland",),
    )


_BY, _SA = "Namensnennung", "Weitergabe unter gleichen Bedingungen"
_NC, _ND = "Nicht kommerziell", "Keine Bearbeitungen"

LICENCES = (
    _cc("BY", _ATTRIBUTION, _BY),
    _cc("BY-SA", _SHARE_ALIKE, f"{_BY} {_SA}"),
    Licence(
        "CC0-1.0",
        "CC0 1.0",
        _FREE,
        "https://creativecommons.org/publicdomain/zero/1.0/deed.de",
        f"{_DCAT}cc-zero",
        ("CC0", "CC Zero", "Creative Commons Zero", "CC0 1.0 Universell", "CC0 1.0 Universal"),
    ),
    Licence(
        "DL-DE-BY-2.0",
        "Datenlizenz Deutschland – Namensnennung 2.0",
        _ATTRIBUTION,
        "https://www.govdata.de/dl-de/by-2-0",
        f"{_DCAT}dl-by-de/2.0",
        ("dl-de/by-2-0", "dl-by-de/2.0", "Datenlizenz Deutschland Namensnennung Version 2.0"),
    ),
    Licence(
        "DL-DE-ZERO-2.0",
        "Datenlizenz Deutschland – Zero 2.0",
        _FREE,
        "https://www.govdata.de/dl-de/zero-2-0",
        f"{_DCAT}dl-zero-de/2.0",
        ("dl-de/zero-2-0", "dl-zero-de/2.0", "Datenlizenz Deutschland Zero Version 2.0"),
    ),
    _cc(
        "BY-ND",
        _l("You may share it unchanged, also commercially, if you name the source."),
        f"{_BY} {_ND}",
    ),
    _cc(
        "BY-NC",
        _l("You may share and change it for non-commercial purposes if you name the source."),
        f"{_BY} {_NC}",
    ),
    _cc(
        "BY-NC-SA",
        _l(
            "You may share and change it for non-commercial purposes if you name the source and "
            "share your version under the same licence."
        ),
        f"{_BY} {_NC} {_SA}",
        dcat=False,
    ),
    _cc(
        "BY-NC-ND",
        _l("You may share it unchanged for non-commercial purposes if you name the source."),
        f"{_BY} {_NC} {_ND}",
        dcat=False,
    ),
    _cc_german("BY", _ATTRIBUTION, _BY),
    _cc_german("BY-SA", _SHARE_ALIKE, f"{_BY} {_SA}"),
    Licence(
        "officialWork",
        _l("Official work, free by law"),
        _l(
            "Laws, by-laws and official decisions are not protected (§ 5 UrhG). You may use, "
            "share and change them; name the source if the text was published for information."
        ),
        "https://www.gesetze-im-internet.de/urhg/__5.html",
        f"{_DCAT}officialWork",
        ("Amtliches Werk", "Amtliches Werk, lizenzfrei nach §5 Abs. 1 UrhG", "§ 5 UrhG"),
    ),
    Licence(
        "all-rights-reserved",
        _l("All rights reserved"),
        _l("You may read and quote it. For anything else please ask the publisher."),
        "https://www.gesetze-im-internet.de/urhg/",
        f"{_DCAT}other-closed",
        ("Alle Rechte vorbehalten", "All rights reserved", "other-closed"),
    ),
)
BY_ID = {licence.id: licence for licence in LICENCES}

_UNSTATED = Licence(
    NOT_STATED,
    _l("not stated"),
    _l(
        "Nobody has said what is allowed. You may read and quote it; for anything else please ask "
        "the publisher."
    ),
)
_NOTHING = {"", "nichtangegeben", "keineangabe", "notstated", "unbekannt", "unknown"}


def describe(value: str) -> Licence:
    """Give name and meaning of a row's value; an own text is its own name."""
    if not value:
        return _UNSTATED
    own = Licence(
        OTHER, value, _l("These are terms of its own. Please read them before you reuse it.")
    )
    return BY_ID.get(value, own)


def recognise(text: str) -> str:
    """Turn what somebody wrote into a value: an identifier of the list, nothing, or the text."""
    text = " ".join((text or "").split())[:LONGEST]
    plain = _plain(text)
    return NOT_STATED if plain in _NOTHING else _SPELLINGS.get(plain, text)


def _plain(text: str) -> str:
    """Reduce a spelling to its letters and digits; an address to the licence that it names."""
    text = text.lower().removesuffix("/deed.de").removesuffix("/legalcode").removesuffix("/deed.en")
    text = re.sub(r"^https?://(www\.)?", "", text)
    text = re.sub(r"^creativecommons\.org/(licenses|publicdomain)/", "cc ", text)
    text = re.sub(r"^(dcat-ap\.de/def/licenses|govdata\.de|spdx\.org/licenses)/", "", text)
    text = text.replace("creative commons", "cc").removesuffix("international")
    return re.sub(r"[^a-z0-9]+", "", text)


_SPELLINGS = {
    _plain(spelling): licence.id
    for licence in LICENCES
    for spelling in (licence.id, licence.name, licence.url, licence.dcat, *licence.also)
    if isinstance(spelling, str) and spelling
}
