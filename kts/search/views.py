"""``/suche`` and the suggestions of the search box. Reads only; the viewer's tokens filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.core.pagination import Page
from kts.core.web import whole_number
from kts.extensions import limiter
from kts.search import sources
from kts.search.engine import Hit, SearchRequest, SearchResponse, Sort
from kts.search.query import LONGEST_QUERY
from kts.search.services import engine

blueprint = Blueprint("search", __name__)

PER_PAGE = 10
LAST_PAGE = 100  # who has not found it on a thousand hits needs other words
SHOWN_VALUES = 8  # of a facet, before the rest is folded away
SUGGESTED = 8
MOST_CHOSEN = 50  # values of one filter; nobody ticks more
SEARCHES = "60 per minute"  # a person types a few a minute; an office shares an address
SUGGESTIONS = "240 per minute"  # one a few letters
SORTS = ("relevance", "newest")
FACETS = ("topic", "land", "municipality", "year")  # in the filter form; kinds are tabs


@dataclass(frozen=True)
class Choice:
    """A value of a facet: its name, how many hits it gives, whether it is chosen."""

    value: str
    label: str
    count: int
    chosen: bool


@blueprint.get("/suche")
@access.rule("everyone", "the viewer's visibility is a filter inside the query")
@limiter.limit(SEARCHES)
def results() -> ResponseReturnValue:
    """Show what was found, or how to search."""
    asked = request.args.get("q", "").strip()[:LONGEST_QUERY]
    if not asked:
        return render_template("search/start.html", q="")
    number = min(LAST_PAGE, max(1, request.args.get("seite", 1, type=whole_number)))
    response = engine().search(_request(asked, number))
    if not response.hits and response.total and number > 1:
        number = -(-response.total // PER_PAGE)
        response = engine().search(_request(asked, number))
    return render_template("search/results.html", **_shown(asked, number, response))


@blueprint.get("/suche/vorschlaege")
@access.rule("everyone", "the viewer's visibility is a filter inside the query")
@limiter.limit(SUGGESTIONS)
def suggestions() -> ResponseReturnValue:
    """Give titles that begin like what is being typed, as a piece of a page."""
    typed = request.args.get("q", "").strip()[:LONGEST_QUERY]
    found = engine().suggest(typed, current_user.visibility_tokens, SUGGESTED) if typed else []
    return render_template("search/_suggestions.html", q=typed, found=found)


def _request(asked: str, number: int) -> SearchRequest:
    chosen = _chosen()
    return SearchRequest(
        query=asked,
        visibility=current_user.visibility_tokens,
        kinds=chosen["kind"],
        lands=chosen["land"],
        topics=chosen["topic"],
        municipalities=chosen["municipality"],
        years=frozenset(request.args.getlist("year", type=whole_number)[:MOST_CHOSEN]),
        sort=_sort(),
        limit=PER_PAGE,
        offset=(number - 1) * PER_PAGE,
    )


def _chosen() -> dict[str, frozenset[str]]:
    return {
        name: frozenset(value for value in request.args.getlist(name)[:MOST_CHOSEN] if value)
        for name in ("kind", *FACETS)
    }


def _sort() -> Sort:
    return "newest" if request.args.get("sort") == "newest" else "relevance"


def _shown(asked: str, number: int, response: SearchResponse) -> dict[str, object]:
    """Give the template's variables."""
    chosen = _chosen()
    total = min(response.total, LAST_PAGE * PER_PAGE)
    return {
        "q": asked,
        "response": response,
        "page": Page(response.hits, total, number, PER_PAGE),
        "arguments": _arguments(asked),
        "tabs": _kind_tabs(asked, response.facets.get("kind", {}), chosen["kind"]),
        "facets": {
            name: _choices(name, response.facets.get(name, {}), chosen[name]) for name in FACETS
        },
        "filtered": any(chosen[name] for name in FACETS),
        "chosen": _chosen_labels(asked, chosen),
        "kind": next(iter(chosen["kind"]), ""),
        "sort": _sort(),
        "shown_values": SHOWN_VALUES,
        "municipality_names": sources.labels_of(
            "municipality", sorted({hit.municipality for hit in response.hits if hit.municipality})
        ),
        "units": _units(response.hits),
        "lands": sources.labels_of(
            "land", sorted({hit.land for hit in response.hits if hit.kind == "municipality"})
        ),
        "with_query": lambda url: with_query(url, response.did_you_mean or asked),
        "thing_url": thing_url,
    }


def _units(hits: Sequence[Hit]) -> dict[str, str]:
    """Say for each document found whether its parts are pages or chapters."""
    named = sources.labels_of(
        "document_unit", [str(hit.id) for hit in hits if hit.kind == "document"]
    )
    return {number: _("Page") if name == number else name for number, name in named.items()}


def _arguments(asked: str, **changed: object) -> dict[str, object]:
    """Give the arguments of the address as it is, with changes; empty ones left out."""
    arguments: dict[str, object] = {"q": asked}
    arguments |= {name: sorted(values) for name, values in _chosen().items()}
    arguments["sort"] = "newest" if _sort() == "newest" else None
    arguments |= changed
    return {name: value for name, value in arguments.items() if value}


def _kind_tabs(
    asked: str, counts: Mapping[str, int], chosen: frozenset[str]
) -> list[dict[str, object]]:
    labels = {
        "": _("Everything"),
        "document": _("Documents"),
        "thread": _("Threads"),
        "municipality": _("Municipalities"),
    }
    return [
        {
            "label": label,
            "url": url_for("search.results", **_arguments(asked, kind=kind)),
            "active": kind in chosen if kind else not chosen,
            "count": counts.get(kind, 0) if kind else sum(counts.values()),
        }
        for kind, label in labels.items()
    ]


def _choices(name: str, counts: Mapping[str, int], chosen: frozenset[str]) -> list[Choice]:
    values = [*counts, *sorted(chosen - counts.keys())]
    labels = sources.labels_of(name, values)
    choices = [
        Choice(value, labels[value], counts.get(value, 0), value in chosen) for value in values
    ]
    if name == "year":
        return sorted(choices, key=lambda choice: choice.value, reverse=True)
    return sorted(choices, key=lambda choice: (not choice.chosen, -choice.count, choice.label))


def _chosen_labels(asked: str, chosen: Mapping[str, frozenset[str]]) -> list[tuple[str, str]]:
    """Give each chosen value with the address that leaves it out."""
    return [
        (
            sources.labels_of(name, [value])[value],
            url_for(
                "search.results", **_arguments(asked, **{name: sorted(chosen[name] - {value})})
            ),
        )
        for name in FACETS
        for value in sorted(chosen[name])
    ]


def with_query(url: str, asked: str) -> str:
    """Give the address with the words asked for, so that the page can mark them."""
    parts = urlsplit(url)
    query = f"{parts.query}&q={quote(asked)}" if parts.query else f"q={quote(asked)}"
    return urlunsplit(parts._replace(query=query))


def thing_url(hit: Hit) -> str:
    """Give the address of the thing itself: a document without the page."""
    return hit.url.partition("/seite/")[0]
