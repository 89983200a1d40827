"""The operators of the search box: ``kommune:Ulm``, ``jahr:2019-2022``, ``typ:dokument``.

It only reads what was typed: which operator, which value, where it stands. Who the values are is
for ``asked`` to find out. It refuses nothing: what is no known operator ("Smart City: Ulm",
``10:30``, an address) is left as words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kts.search.german import fold

MOST_OPERATORS = 12  # nobody types more; each may cost a look into the database
LONGEST_VALUE = 100  # characters; the longest name of a municipality has 60
MOST_FURTHER_WORDS = 4  # "kommune:Frankfurt an der Oder" without quotation marks
FIRST_YEAR, LAST_YEAR = 1900, 2100
TYPING_ERRORS = 2  # in the name of a kind

#: What people write before the colon, and the facet that it narrows down.
NAMES = {
    "kommune": "municipality", "kommunen": "municipality", "stadt": "municipality",
    "gemeinde": "municipality", "ort": "municipality", "municipality": "municipality",
    "town": "municipality",
    "thema": "topic", "handlungsfeld": "topic", "topic": "topic",
    "typ": "kind", "art": "kind", "type": "kind", "kind": "kind",
    "jahr": "year", "jahre": "year", "year": "year",
    "land": "land", "bundesland": "land", "state": "land",
}  # fmt: skip

_KIND_WORDS = {
    "document": "Dokument Dokumente Strategie Strategien Strategiedokument Strategiedokumente "
    "Konzept Konzepte Bericht Berichte PDF Datei Dateien document documents strategy strategies "
    "report file",
    "thread": "Thema Themen Diskussion Diskussionen Beitrag Beiträge Forum Frage Fragen "
    "Forenthema thread threads discussion discussions post posts question",
    "municipality": "Kommune Kommunen Stadt Städte Gemeinde Gemeinden Ort Orte municipality "
    "municipalities town towns",
    "dossier": "Dossier Dossiers",
}
KINDS = {fold(word): kind for kind, words in _KIND_WORDS.items() for word in words.split()}
#: How the value of ``typ:`` is written when the site writes it.
KIND_NAMES = {
    "document": "Dokument",
    "thread": "Diskussion",
    "municipality": "Kommune",
    "dossier": "Dossier",
}

_OPERATOR = re.compile(
    r'"[^"]*"?'  # nothing inside of quotation marks is an operator
    r"|(?<!\S)(?P<minus>-)?(?P<name>"
    + "|".join(sorted(NAMES, key=len, reverse=True))
    + r"):\s{0,3}"
    r'(?:"(?P<quoted>[^"]*)"|"?(?P<bare>[^\s"]+))',
    re.IGNORECASE,
)
_FURTHER_WORD = re.compile(r'\s{1,3}(?!-\w)[^\s":]+(?=\s|$)')
_NAME_AT_END = re.compile(
    r'(?<!\S)(?P<name>-?[a-z]+):\s{0,3}(?:"(?P<quoted>[^"]*)|(?P<bare>[^"]*))$', re.IGNORECASE
)

_BOUND = {">": 1, "nach": 1, "after": 1, ">=": 0, "ab": 0, "seit": 0, "since": 0, "from": 0}
_LAST_BOUND = {"<": -1, "vor": -1, "before": -1, "<=": 0, "bis": 0, "until": 0}
_ONE_YEAR = re.compile(r"(?P<sign>[<>]=?|[a-z]+)?\s*(?P<year>\d{4})", re.IGNORECASE)
_YEARS = re.compile(r"(?P<first>\d{4})?\s*(?:-|–|—|\.{2,3}|bis)\s*(?P<last>\d{4}|\d{2})?")


@dataclass(frozen=True)
class Operator:
    """An operator as it stands in the text, from ``start`` to ``end``.

    ``longer``: what the value would be with the words behind it, longest first, each with its end.
    """

    facet: str
    value: str
    start: int
    end: int
    excluded: bool = False
    longer: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Years:
    """A span of years, both included; None where it is open."""

    first: int | None
    last: int | None

    def __str__(self) -> str:
        if self.first == self.last:
            return str(self.first)
        if self.last is None:
            return f">={self.first}"
        return f"<={self.last}" if self.first is None else f"{self.first}-{self.last}"


def read(text: str) -> list[Operator]:
    """Give the operators of a text in order; ``text`` is tidied (``query.tidy``)."""
    found = [_operator(match, text) for match in _OPERATOR.finditer(text) if match["name"]]
    return [operator for operator in found if operator.value][:MOST_OPERATORS]


def _operator(match: re.Match[str], text: str) -> Operator:
    quoted = match["quoted"]
    value = (match["bare"] if quoted is None else quoted)[:LONGEST_VALUE]
    return Operator(
        facet=NAMES[match["name"].lower()],
        value=value.strip(" ,;"),
        start=match.start(),
        end=match.end(),
        excluded=bool(match["minus"]),
        longer=() if quoted is not None else tuple(_longer(value, text, match.end())),
    )


def _longer(value: str, text: str, end: int) -> Iterator[tuple[str, int]]:
    longer: list[tuple[str, int]] = []
    while len(longer) < MOST_FURTHER_WORDS and (word := _FURTHER_WORD.match(text, end)):
        value, end = f"{value} {word.group().strip()}", word.end()
        longer.append((value.strip(" ,;"), end))
    return reversed(longer)


def without(text: str, spans: list[tuple[int, int]]) -> str:
    """Give the text without these parts of it."""
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return " ".join(text.split())


def written(name: str, value: str) -> str:
    """Write an operator so that it is read as meant."""
    return f'{name}:"{value}"' if re.search(r"[\s,]", value) else f"{name}:{value}"


def being_typed(text: str) -> tuple[str, str, str] | None:
    """Give facet, beginning of the value and the text before, where an operator ends the text."""
    match = _NAME_AT_END.search(text)
    if match is None or match["name"].lower() not in NAMES:
        return None
    value = match["bare"] if match["quoted"] is None else match["quoted"]
    return NAMES[match["name"].lower()], value.strip(), text[: match.start()]


def kind_of(value: str) -> str:
    """Give the kind that a word names; empty for none."""
    return KINDS.get(fold(value), "")


def kinds_near(value: str) -> list[str]:
    """Give the kinds that may have been meant, nearest first."""
    from rapidfuzz.distance import OSA  # few processes are asked this; it takes 4 MB

    near: dict[str, int] = {}
    for word, kind in KINDS.items():
        errors = OSA.distance(fold(value), word, score_cutoff=TYPING_ERRORS)
        if errors <= TYPING_ERRORS and errors < len(word) / 2:
            near[kind] = min(errors, near.get(kind, errors))
    return sorted(near, key=lambda kind: near[kind])


def years_of(value: str) -> Years | None:
    """Read "2021", "2019-2022", ">2020", "ab 2020"; None for what names no years."""
    if one := _ONE_YEAR.fullmatch(value.strip()):
        return _checked(_bounded((one["sign"] or "").lower(), int(one["year"])))
    span = _YEARS.fullmatch(value.strip())
    if span is None or not (span["first"] or span["last"]):
        return None
    first = int(span["first"]) if span["first"] else None
    last = int(span["last"]) if span["last"] else None
    if last is not None and last < 100:  # "2019-22"
        last += first // 100 * 100 if first is not None else 2000
    if first is not None and last is not None and first > last:
        first, last = last, first
    return _checked(Years(first, last))


def _bounded(sign: str, year: int) -> Years | None:
    if not sign:
        return Years(year, year)
    if sign in _BOUND:
        return Years(year + _BOUND[sign], None)
    return Years(None, year + _LAST_BOUND[sign]) if sign in _LAST_BOUND else None


def _checked(years: Years | None) -> Years | None:
    if years is None:
        return None
    given = [year for year in (years.first, years.last) if year is not None]
    return years if all(FIRST_YEAR <= year <= LAST_YEAR for year in given) else None
