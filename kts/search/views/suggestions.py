"""What the search box proposes while somebody types: a piece of a page, which htmx puts in place.

Titles that the viewer may see, Handlungsfelder, what others asked with success, and behind an
operator's colon the values that it takes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from kts.core import access
from kts.extensions import limiter
from kts.search import operators, sources
from kts.search.asked import understand
from kts.search.engine import Suggestion
from kts.search.learning import good_queries
from kts.search.query import tidy
from kts.search.services import engine
from kts.search.views import blueprint

SUGGESTIONS = "240 per minute"  # one a few letters
TITLES_LOOKED_AT = 40  # of all kinds, of which each group shows a few
OF_EACH = 4  # more than four of a kind push the others off a small screen
VALUES = 8  # of an operator, where nothing else is proposed
SHORTEST = 2  # letters; one letter begins everything
LONGEST = 100  # characters; who has typed more is not looking for a title
BOX = re.compile(r"[a-z][a-z0-9-]{0,30}")  # the id of the box that asks


@dataclass(frozen=True)
class Option:
    """One proposal: where it leads; or, for an operator's value, what the box then holds."""

    text: str
    url: str
    fill: str = ""


@blueprint.get("/suche/vorschlaege")
@access.rule("everyone", "the viewer's visibility is a filter inside the query")
@limiter.limit(SUGGESTIONS)
def suggestions() -> ResponseReturnValue:
    """Give what may be meant by what is being typed, in groups."""
    given, box = request.args.get("q", ""), request.args.get("box", "")
    typed = tidy(given)
    groups = _groups(typed, at_word_end=given.endswith(" ")) if len(typed) <= LONGEST else []
    return render_template(
        "search/_suggestions.html",
        q=typed,
        box=box if BOX.fullmatch(box) else "box",
        groups=[(heading, options) for heading, options in groups if options],
    )


def _groups(typed: str, *, at_word_end: bool) -> list[tuple[str, list[Option]]]:
    if operator := operators.being_typed(typed):
        facet, value, _before = operator
        heading, options = _values(*operator)
        if options and not (at_word_end and sources.named(facet, value)):
            return [(heading, options)]
        typed = understand(typed).words
    if len(typed) < SHORTEST:
        return []
    return [
        (_("Often searched"), [_search(query, query) for query in good_queries(typed, OF_EACH)]),
        *_titles(typed),
        (_("Fields of action"), _topics(typed)),
    ]


def _values(facet: str, beginning: str, before: str) -> tuple[str, list[Option]]:
    """Give the values that an operator takes; choosing one goes on in the box."""
    names = {"municipality": "kommune", "topic": "thema", "land": "land", "kind": "typ"}
    headings = {
        "municipality": _("Municipalities"),
        "topic": _("Fields of action"),
        "land": _("Länder"),
        "kind": _("Kind of hit"),
    }
    if facet == "kind":
        values = [
            (name, name)
            for name in operators.KIND_NAMES.values()
            if name.lower().startswith(beginning.lower())
        ]
    else:
        known = sources.beginning(facet, beginning, VALUES)
        values = [(value.label, value.written) for value in known]
    filled = [
        (label, f"{before}{operators.written(names[facet], put)} ")
        for label, put in values
        if facet in names
    ]
    return headings.get(facet, ""), [
        Option(label, url_for("search.results", q=fill.strip()), fill) for label, fill in filled
    ]


def _titles(typed: str) -> list[tuple[str, list[Option]]]:
    found = engine().suggest(typed, current_user.visibility_tokens, TITLES_LOOKED_AT)
    headings = {
        "document": _("Documents"),
        "thread": _("Threads"),
        "municipality": _("Municipalities"),
        "dossier": _("Dossiers"),
    }
    return [(heading, _of_kind(found, kind)) for kind, heading in headings.items()]


def _of_kind(found: list[Suggestion], kind: str) -> list[Option]:
    return [Option(title.text, title.url) for title in found if title.kind == kind][:OF_EACH]


def _topics(typed: str) -> list[Option]:
    return [
        _search(topic.label, operators.written("thema", topic.written))
        for topic in sources.beginning("topic", typed, OF_EACH)
    ]


def _search(text: str, query: str) -> Option:
    return Option(text, url_for("search.results", q=query))
