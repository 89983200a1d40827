"""The page of hits: what was found, how it can be narrowed down, what helps when it is nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit, urlunsplit

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access, shared_pages, shelf_life, slots, stamps
from kts.core.clock import now
from kts.core.pagination import Page
from kts.core.web import whole_number
from kts.extensions import limiter
from kts.search import operators, sources
from kts.search.asked import Asked, answer, understand
from kts.search.engine import FACETS, Hit, SearchResponse, Sort
from kts.search.learning import record_search
from kts.search.query import parse
from kts.search.services import engine
from kts.search.views import blueprint

PER_PAGE = 10
KEPT_BYTES = 4_000_000  # of pages of hits, about a hundred: what many ask, and going back and forth
LAST_PAGE = 100  # who has not found it on a thousand hits needs other words
SHOWN_VALUES = 8  # of a facet, before the rest is folded away
SEARCHES = "60 per minute"  # a person types a few a minute; an office shares an address
SORTS: tuple[Sort, ...] = ("relevance", "newest", "oldest", "title")
FORM_FACETS = ("topic", "land", "municipality", "year")  # kinds are tabs
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # of ``seit``: nothing here is older


@dataclass(frozen=True)
class Choice:
    """A value of a facet: its name, how many hits it gives, whether it is chosen."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class _Counted:
    """What counting a search has to know of a page of hits that is shown again."""

    text: str
    response: SearchResponse
    narrowed: bool


@dataclass(frozen=True)
class _Wanted:
    """The address, read: the question, the order, only what is newer, the page."""

    asked: Asked
    sort: Sort
    since: datetime | None
    number: int

    def address(self, **changed: object) -> str:
        """Give the address of this search with changes, from its first page."""
        arguments = self.asked.arguments(**(self.order() | changed))
        return url_for("search.results", **{"q": "", **arguments})

    def order(self) -> dict[str, object]:
        """Give the arguments that are no part of the question."""
        return {
            "sort": self.sort if self.sort != "relevance" else None,
            "seit": written(self.since) if self.since else None,
        }


@blueprint.get("/suche")
@access.rule("everyone", "the viewer's visibility is a filter inside the query")
@limiter.limit(SEARCHES)
def results() -> ResponseReturnValue:
    """Show what was found, or how to search."""
    wanted = _wanted()
    if not wanted.asked and not wanted.asked.notes:
        return render_template("search/start.html", examples=examples())
    page, counted = shared_pages.respond(
        "search/results.html",
        None,
        _stamp(),
        lambda: _load(wanted),
        shelf=current_app.extensions["kts_hits_shelf"],
    )
    if counted is not None:
        record_search(counted.text, counted.response, counted.narrowed)
    return page


def _stamp() -> tuple[object, ...]:
    """Give what a page of hits depends on: the index, names and synonyms, and the year."""
    return (engine().generation(), *stamps.read("documents", "places", "synonyms"), now().year)


def _load(wanted: _Wanted) -> tuple[dict[str, object], _Counted | None]:
    """Search; give the template's variables, and what to count of a first page."""
    response = _search(wanted)
    if not response.hits and response.total and wanted.number > 1:
        wanted = replace(wanted, number=-(-response.total // PER_PAGE))
        response = _search(wanted)
    shown = _shown(wanted, response)
    if wanted.number > 1:
        return shown, None
    narrowed = any(_chosen().values()) or wanted.sort != "relevance" or bool(wanted.since)
    told = replace(response, hits=(), facets={})
    return shown, _Counted(wanted.asked.text, told, narrowed)


def _wanted() -> _Wanted:
    sort = request.args.get("sort", "")
    return _Wanted(
        asked=understand(request.args.get("q", ""), _chosen()),
        sort=next((known for known in SORTS if known == sort), "relevance"),
        since=moment(request.args.get("seit", "")),
        number=min(LAST_PAGE, max(1, request.args.get("seite", 1, type=whole_number))),
    )


def _chosen() -> dict[str, list[str]]:
    return {name: request.args.getlist(name) for name in FACETS}


def moment(text: str) -> datetime | None:
    """Read a moment of an address; None for what is none."""
    try:
        read = datetime.fromisoformat(text)
        read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return max(read, EARLIEST)


def written(value: datetime) -> str:
    """Write a moment for an address."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _search(wanted: _Wanted) -> SearchResponse:
    return answer(
        wanted.asked,
        current_user.visibility_tokens,
        sort=wanted.sort,
        updated_after=wanted.since,
        limit=PER_PAGE,
        offset=(wanted.number - 1) * PER_PAGE,
    )


def _shown(wanted: _Wanted, response: SearchResponse) -> dict[str, object]:
    """Give the template's variables."""
    asked, facets = wanted.asked, response.facets
    meant = replace(asked, words=response.did_you_mean)
    marked = response.did_you_mean or asked.words
    return {
        "q": asked.text,
        "asked": asked,
        "words": asked.words,
        "response": response,
        "page": Page(
            response.hits, min(response.total, LAST_PAGE * PER_PAGE), wanted.number, PER_PAGE
        ),
        "arguments": asked.arguments(q=asked.text, **_form_arguments(wanted)),
        "tabs": _kind_tabs(wanted, facets.get("kind", {})),
        "facets": {
            name: _choices(name, facets.get(name, {}), asked.of(name)) for name in FORM_FACETS
        },
        "ticked": any(request.args.get(name) for name in FORM_FACETS),
        "hidden": _hidden(wanted),
        "chips": _chips(wanted),
        "unnarrowed": url_for("search.results", q=asked.words or asked.text),
        "meant_url": wanted.address(q=meant.query),
        "sorts": _sorts(wanted),
        "shown_values": SHOWN_VALUES,
        "no_words": bool(asked.words) and not parse(asked.words).words,
        "save_search": slots.render("save_search", asked=asked),
        "examples": examples(),
        "no_index": not response.total and not engine().status().ready,
        "with_query": lambda url: with_query(url, marked),
        "thing_url": thing_url,
        "outdated": shelf_life.outdated_hits((hit.kind, hit.id) for hit in response.hits),
        **_names(response.hits),
    }


def examples() -> list[tuple[str, str]]:
    """Give what can be typed with what it finds; names are such that are known here."""
    places = sources.beginning("municipality", "", 1)
    topics = sources.beginning("topic", "", 1)
    year = now().year
    shown = [
        (_("these words in exactly this order"), _('"open data"')),
        (_("“mobility”, but without “car”"), _("mobility -car")),
        (_("no place with these words in a row"), _('data -"open data"')),
    ]
    shown += [
        (_("only from this municipality"), operators.written("kommune", place.written))
        for place in places
    ]
    shown += [
        (_("only about this field of action"), operators.written("thema", topic.written))
        for topic in topics
    ]
    return [
        *shown,
        (
            _("only documents; or “diskussion”, “kommune”, “dossier”"),
            _("participation typ:dokument"),
        ),
        (
            _("only from these years; “jahr:2021” and “jahr:>2020” work too"),
            _("strategy jahr:%(first)s-%(last)s", first=year - 5, last=year),
        ),
        (_("only from this Land; the name works too"), _("strategy land:BW")),
    ]


def _form_arguments(wanted: _Wanted) -> dict[str, object]:
    """Give what the address says besides the text, so that operators stay in the text."""
    plain = understand("", _chosen())
    return {name: sorted(plain.of(name)) for name in FACETS} | wanted.order()


def _names(hits: Sequence[Hit]) -> dict[str, object]:
    """Give the names that hits show for keys."""
    units = sources.labels_of(
        "document_unit", [str(hit.id) for hit in hits if hit.kind == "document"]
    )
    return {
        "municipality_names": sources.labels_of(
            "municipality", sorted({hit.municipality for hit in hits if hit.municipality})
        ),
        "lands": sources.labels_of(
            "land", sorted({hit.land for hit in hits if hit.kind == "municipality"})
        ),
        "units": {key: _("Page") if name == key else name for key, name in units.items()},
    }


def _kind_tabs(wanted: _Wanted, counts: Mapping[str, int]) -> list[dict[str, object]]:
    chosen = wanted.asked.of("kind")
    labels = {"": _("Everything"), **kind_labels()}
    return [
        {
            "label": label,
            "url": wanted.address(kind=kind),
            "active": kind in chosen if kind else not chosen,
            "count": counts.get(kind, 0) if kind else sum(counts.values()),
        }
        for kind, label in labels.items()
    ]


def kind_labels() -> dict[str, str]:
    """Give the names of kinds, in the plural."""
    return {
        "document": _("Documents"),
        "thread": _("Threads"),
        "municipality": _("Municipalities"),
        "dossier": _("Dossiers"),
    }


def _sorts(wanted: _Wanted) -> list[tuple[str, str, bool]]:
    """Give each order with its address and whether it is the one in use."""
    labels: dict[Sort, str] = {
        "relevance": _("Best match first"),
        "newest": _("Newest first"),
        "oldest": _("Oldest first"),
        "title": _("By title"),
    }
    return [
        (label, wanted.address(sort=sort if sort != "relevance" else None), sort == wanted.sort)
        for sort, label in labels.items()
    ]


def _hidden(wanted: _Wanted) -> list[tuple[str, object]]:
    """Give what the filter form carries along: all that it has no boxes for."""
    kinds = [("kind", kind) for kind in sorted(wanted.asked.of("kind"))]
    order = [(name, value) for name, value in wanted.order().items() if value]
    return [("q", wanted.asked.query), *kinds, *order]


def _choices(name: str, counts: Mapping[str, int], chosen: frozenset[str]) -> list[Choice]:
    values = [*counts, *sorted(chosen - counts.keys())]
    labels = sources.labels_of(name, values)
    choices = [
        Choice(value, labels[value], counts.get(value, 0), value in chosen) for value in values
    ]
    if name == "year":
        return sorted(choices, key=lambda choice: choice.value, reverse=True)
    return sorted(choices, key=lambda choice: (not choice.chosen, -choice.count, choice.label))


def _chips(wanted: _Wanted) -> list[tuple[str, str]]:
    """Give all that narrows the answer down, each with the address that leaves it out."""
    asked = wanted.asked
    chips = [
        (label, wanted.address(**{facet: sorted(asked.of(facet) - {value})}))
        for facet in FACETS
        for value, label in labels(facet, asked.of(facet)).items()
    ]
    if asked.years:
        chips.append((years_label(asked), wanted.address(q=asked.words)))
    if wanted.since:
        label = _("new since %(date)s", date=format_date(wanted.since, "medium"))
        chips.append((label, wanted.address(seit=None)))
    return chips


def labels(facet: str, values: frozenset[str]) -> Mapping[str, str]:
    """Give the names of a facet's values, in a fixed order."""
    if facet == "kind":
        return {value: kind_labels().get(value, value) for value in sorted(values)}
    return sources.labels_of(facet, sorted(values))


def years_label(asked: Asked) -> str:
    """Name the span of years that was asked for."""
    years = asked.years
    if years is None:
        return ""
    if years.last is None:
        return _("from %(year)s on", year=years.first)
    if years.first is None:
        return _("until %(year)s", year=years.last)
    return _("%(first)s to %(last)s", first=years.first, last=years.last)


def with_query(url: str, asked: str) -> str:
    """Give the address with the words asked for, so that the page can mark them."""
    parts = urlsplit(url)
    query = f"{parts.query}&q={quote(asked)}" if parts.query else f"q={quote(asked)}"
    return urlunsplit(parts._replace(query=query))


def thing_url(hit: Hit) -> str:
    """Give the address of the thing itself: a document without the page."""
    return hit.url.partition("/seite/")[0]
