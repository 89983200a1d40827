"""All vocabularies, one vocabulary, one term."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from kts.core import access
from kts.core.web import whole_number
from kts.curation.queries.synonyms import all_groups
from kts.curation.vocabularies import queries
from kts.curation.vocabularies.previewing import preview
from kts.curation.vocabularies.registry import VOCABULARIES

vocabularies = Blueprint("vocabularies", __name__, url_prefix="/kuratierung/vokabulare")


@vocabularies.get("")
@access.rule("moderator")
def index() -> ResponseReturnValue:
    """List the vocabularies, the splits that are being planned and what was done last."""
    return render_template(
        "vocabularies/index.html",
        vocabularies=[
            (one, sum(term.is_offered for term in queries.all_terms(one)))
            for one in VOCABULARIES.values()
        ],
        groups=len(all_groups()),
        plans=[(plan, queries.term_of(plan)) for plan in queries.plans()],
        changes=queries.changes().items[: queries.RECENT],
    )


@vocabularies.get("/aenderungen")
@access.rule("moderator")
def changes() -> ResponseReturnValue:
    """List what was done to vocabularies."""
    page = queries.changes(page=request.args.get("seite", 1, type=whole_number) or 1)
    return render_template("vocabularies/changes.html", page=page)


@vocabularies.get("/<key>")
@access.rule("moderator")
def terms(key: str) -> ResponseReturnValue:
    """List the terms of a vocabulary with how often each is used."""
    vocabulary = queries.get_vocabulary(key)
    rows = queries.list_terms(vocabulary)
    return render_template(
        "vocabularies/terms.html",
        vocabulary=vocabulary,
        offered=[row for row in rows if row.term.is_offered],
        retired=[row for row in rows if row.term.retired_at and not row.term.is_merged],
        merged=[row for row in rows if row.term.is_merged],
    )


@vocabularies.get("/<key>/<handle>")
@access.rule("moderator")
def term(key: str, handle: str) -> ResponseReturnValue:
    """Show one term: where it is used, what can be done with it, what was done."""
    vocabulary = queries.get_vocabulary(key)
    found = queries.get_term(vocabulary, handle)
    return render_template(
        "vocabularies/term.html",
        vocabulary=vocabulary,
        term=found,
        handle=handle,
        preview=preview(vocabulary, found, current_user),
        plans=queries.plans(key, found.id) if found.id else [],
        changes=queries.changes_of(vocabulary, found) if found.id else [],
    )
