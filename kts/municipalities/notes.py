"""The remarks of the published list of model projects, which are in English, for every reader.

Known remarks go through the catalogue; an unknown one is shown as it is, marked as English.
"""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

KNOWN: dict[str, LazyString] = {
    "spans HH, SN, BY": _l("Hamburg leads; members lie in Hamburg, Saxony and Bavaria."),
    "also Samtgemeinden Fürstenau 034595403, Artland 034595401, Neuenkirchen 034595404": _l(
        "The Samtgemeinden Fürstenau, Artland and Neuenkirchen take part too; the register has no "
        "municipality key for them."
    ),
    "lead only; 11 municipalities": _l(
        "Eleven municipalities belong to the project; the list names only the leading one."
    ),
    "association across BW, HE, RP; no key of its own": _l(
        "An association across Baden-Württemberg, Hesse and Rhineland-Palatinate; it has no key of "
        "its own in the register. The mark on the map stands at its seat."
    ),
}


def note_text(note: str) -> str:
    """Give the remark in the language of the page."""
    return str(KNOWN.get(note, note))
