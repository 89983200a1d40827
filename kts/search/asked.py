"""What is asked for: the words, and the filters of operators and filter form together.

The page, the command, the interface and saved searches all understand a question here, so that
``kommune:Ulm`` means the same everywhere. An operator that names nothing known is told (``Note``)
and does not narrow anything down: no typing error makes an empty page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kts.core.web import whole_number
from kts.search import operators, services, sources
from kts.search.engine import FACETS, SearchRequest, SearchResponse
from kts.search.operators import KIND_NAMES, Operator, Years
from kts.search.query import tidy

MOST_CHOSEN = 50  # values of one facet; nobody ticks more
LONGEST_CHOSEN = 250  # characters of a value, which is a key of ours
MOST_MEANT = 3  # proposals for a value that nobody knows
#: An unknown value of these may well be what the person looks for: it stays as a word.
WORDS_TOO = ("municipality", "topic")


@dataclass(frozen=True)
class Note:
    """An operator that was not followed: its value is unknown, or it cannot leave things out.

    ``meant``: names that may have been meant, each with the whole question put right.
    """

    facet: str
    value: str
    excluded: bool = False
    meant: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Asked:
    """A question as it was understood; ``text`` is what was typed, ``words`` what to look for."""

    text: str = ""
    words: str = ""
    chosen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    years: Years | None = None
    notes: tuple[Note, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words) or self.filtered

    @property
    def filtered(self) -> bool:
        """Say whether anything but the words narrows the answer down."""
        return bool(self.years) or any(self.chosen.values())

    @property
    def query(self) -> str:
        """Give words and span of years as they are typed, without what ``chosen`` holds."""
        years = operators.written("jahr", str(self.years)) if self.years else ""
        return f"{self.words} {years}".strip()

    def of(self, facet: str) -> frozenset[str]:
        """Give the values that a facet is narrowed down to; none: not at all."""
        return self.chosen.get(facet, frozenset())

    def request(self, visibility: frozenset[str], **values: Any) -> SearchRequest:
        """Give what the engine is asked."""
        return SearchRequest(
            query=self.words,
            visibility=visibility,
            kinds=self.of("kind"),
            municipalities=self.of("municipality"),
            lands=self.of("land"),
            topics=self.of("topic"),
            years=frozenset(int(year) for year in self.of("year")),
            year_from=self.years.first if self.years else None,
            year_to=self.years.last if self.years else None,
            **values,
        )

    def arguments(self, **changed: object) -> dict[str, object]:
        """Give the question as arguments of an address, with changes; empty ones left out."""
        given: dict[str, object] = {"q": self.query}
        given |= {facet: sorted(self.of(facet)) for facet in FACETS}
        given |= changed
        return {name: value for name, value in given.items() if value}


def understand(text: str, chosen: Mapping[str, Iterable[str]] | None = None) -> Asked:
    """Read a question and the values that a form chose, by facet."""
    text = tidy(text)
    reading = _Reading(text, chosen or {})
    for operator in operators.read(text):
        reading.follow(operator)
    return reading.asked()


def answer(asked: Asked, visibility: frozenset[str], **values: Any) -> SearchResponse:
    """Search; without words the names of what was chosen stand for them (``kommune:Ulm``)."""
    request = asked.request(visibility, **values)
    response = services.search(request)
    if response.total or asked.words:
        return response
    names = " ".join(
        known.label
        for facet in ("municipality", "topic", "land")
        for value in sorted(asked.of(facet))
        for known in sources.named(facet, value)[:1]
    )
    return services.search(replace(request, query=names)) if names else response


class _Reading:
    """Collects what the operators of one question mean."""

    def __init__(self, text: str, chosen: Mapping[str, Iterable[str]]) -> None:
        self.text = text
        self.chosen = {facet: _valid(facet, chosen.get(facet, ())) for facet in FACETS}
        self.spans: list[tuple[int, int]] = []  # of the text, which are no words
        self.unknown: list[Operator] = []
        self.years: list[Years] = []
        self.notes: list[Note] = []

    def follow(self, operator: Operator) -> None:
        """Take an operator as a filter, or note why not."""
        if operator.excluded and operator.facet != "kind":
            self.spans.append((operator.start, operator.end))
            self.notes.append(Note(operator.facet, operator.value, excluded=True))
            return
        for value, end in (*operator.longer, (operator.value, operator.end)):
            if self._take(operator, value):
                self.spans.append((operator.start, end))
                return
        for value in filter(None, (part.strip() for part in operator.value.split(","))):
            if not self._take(operator, value):
                self._miss(operator, value)
        self.spans.append((operator.start, operator.end))

    def _take(self, operator: Operator, value: str) -> bool:
        """Narrow down to what the value names; False where it names nothing."""
        if operator.facet == "year":
            years = operators.years_of(value)
            self.years.extend([years] if years else [])
            return years is not None
        if operator.facet == "kind":
            kinds = {operators.kind_of(value)} - {""}
            if kinds and operator.excluded:
                kinds = (self.chosen["kind"] or set(KIND_NAMES)) - kinds
            found = kinds
        else:
            found = {known.value for known in sources.named(operator.facet, value)}
        self.chosen[operator.facet] |= found
        if operator.excluded and found:
            self.chosen[operator.facet] = found
        return bool(found)

    def _miss(self, operator: Operator, value: str) -> None:
        meant = tuple(
            (label, f"{self.text[: operator.start]}{put}{self.text[operator.end :]}")
            for label, put in _meant(operator, value)
        )
        self.notes.append(Note(operator.facet, value, meant=meant))
        if operator.facet in WORDS_TOO:
            self.unknown.append(replace(operator, value=value))

    def asked(self) -> Asked:
        """Give the question as understood."""
        words = operators.without(self.text, self.spans)
        kept = " ".join(operator.value for operator in self.unknown)
        words = f"{words} {kept}".strip()
        if not words and not self._narrowed():
            words = " ".join(note.value for note in self.notes if not note.excluded)
        single = {str(years) for years in self.years if years.first == years.last}
        spans = [years for years in self.years if years.first != years.last]
        if not spans:
            self.chosen["year"] |= single
        return Asked(
            text=self.text,
            words=words,
            chosen={facet: frozenset(values) for facet, values in self.chosen.items()},
            years=_widest(self.years) if spans else None,
            notes=tuple(self.notes),
        )

    def _narrowed(self) -> bool:
        return bool(self.years) or any(self.chosen.values())


def _valid(facet: str, values: Iterable[str]) -> set[str]:
    given = [value for value in list(values)[:MOST_CHOSEN] if 0 < len(value) <= LONGEST_CHOSEN]
    return {str(int(v)) for v in given if _is_year(v)} if facet == "year" else set(given)


def _is_year(text: str) -> bool:
    try:
        whole_number(text)
    except ValueError:
        return False
    return True


def _meant(operator: Operator, value: str) -> Sequence[tuple[str, str]]:
    """Give the names that the value may have meant, each with the operator put right."""
    if operator.facet == "year":
        return ()
    if operator.facet == "kind":
        names = [KIND_NAMES[kind] for kind in operators.kinds_near(value)]
        return [(name, operators.written("typ", name)) for name in names]
    name = {"municipality": "kommune", "topic": "thema", "land": "land"}[operator.facet]
    near = sources.near(operator.facet, value, MOST_MEANT)
    return [(known.label, operators.written(name, known.written)) for known in near]


def _widest(years: Sequence[Years]) -> Years:
    """Give the span that holds all of these."""
    firsts = [span.first for span in years]
    lasts = [span.last for span in years]
    return Years(
        None if None in firsts else min(first for first in firsts if first is not None),
        None if None in lasts else max(last for last in lasts if last is not None),
    )
