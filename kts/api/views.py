"""``/api/v1``: search, lists and single things as JSON; errors are RFC 9457 problems."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Select, func, select
from sqlalchemy.orm import defer, joinedload, selectinload
from werkzeug.exceptions import BadRequest

from kts.api import openapi, resources
from kts.core import access
from kts.core.errors import NotFound
from kts.documents.models import Document
from kts.documents.queries import visible_documents
from kts.extensions import db, limiter
from kts.forum.models import Thread
from kts.forum.queries import visible_threads
from kts.municipalities.models import ModelProject, Municipality
from kts.search.asked import answer, understand
from kts.search.serialise import response_as_json

api = Blueprint("api", __name__, url_prefix="/api/v1")

MOST_ITEMS = 100
MOST_HITS = 50
SEARCHES = "120 per minute"  # two a second from one address is a program that can wait


@dataclass(frozen=True)
class Source:
    """Where a list comes from: its rows as the viewer may see them, and how one is told."""

    rows: Callable[[], Select[Any]]
    key: Any
    options: tuple[Any, ...]
    describe: Callable[[Any], dict[str, Any]]


def _municipalities() -> Select[Any]:
    return select(Municipality)


def _projects() -> Select[Any]:
    return select(ModelProject)


SOURCES = {
    "municipalities": Source(
        _municipalities,
        Municipality.id,
        (
            defer(Municipality.profile),
            defer(Municipality.profile_html),
            selectinload(Municipality.topics),
            selectinload(Municipality.projects),
        ),
        resources.municipality,
    ),
    "projects": Source(
        _projects,
        ModelProject.id,
        (joinedload(ModelProject.lead), selectinload(ModelProject.members)),
        resources.project,
    ),
    "documents": Source(
        lambda: visible_documents(current_user),
        Document.id,
        (
            joinedload(Document.municipality),
            joinedload(Document.current_version),
            selectinload(Document.topics),
        ),
        resources.document,
    ),
    "threads": Source(
        lambda: visible_threads(current_user),
        Thread.id,
        (
            joinedload(Thread.category),
            joinedload(Thread.author),
            joinedload(Thread.municipality),
        ),
        resources.thread,
    ),
}


@api.get("/openapi.json")
@access.rule("everyone")
def specification() -> ResponseReturnValue:
    """Describe the interface."""
    return jsonify(openapi.specification(current_app.config["KTS"].base_url))


@api.get("/search")
@access.rule("everyone", "the permission filter is inside the query")
@limiter.limit(SEARCHES)
def search() -> ResponseReturnValue:
    """Find what fits, as the caller may see it."""
    kind = request.args.get("kind", "")
    if kind and kind not in openapi.KINDS:
        raise BadRequest(f"kind must be one of {', '.join(openapi.KINDS)}")
    asked = understand(request.args.get("q", ""), {"kind": [kind] if kind else []})
    found = answer(
        asked,
        current_user.visibility_tokens,
        limit=_number("limit", 20, 1, MOST_HITS),
        offset=_number("offset", 0, 0, 10_000),
    )
    return jsonify(response_as_json(found, asked.notes))


@api.get("/<any(municipalities, projects, documents, threads):name>")
@access.rule("everyone", "rows are filtered by visibility")
def list_of(name: str) -> ResponseReturnValue:
    """List one kind of thing, in the order of ids."""
    source = SOURCES[name]
    rows = source.rows()
    limit, offset = _number("limit", 20, 1, MOST_ITEMS), _number("offset", 0, 0, 2**31)
    total = db.session.scalar(select(func.count()).select_from(rows.subquery()))
    page = rows.options(*source.options).order_by(source.key).limit(limit).offset(offset)
    items = [source.describe(row) for row in db.session.scalars(page).unique()]
    return jsonify(total=total, items=items)


@api.get("/<any(municipalities, projects, documents, threads):name>/<int:item_id>")
@access.rule("everyone", "rows are filtered by visibility")
def item(name: str, item_id: int) -> ResponseReturnValue:
    """Give one thing; 404 also where the caller may not know of it."""
    source = SOURCES[name]
    found = db.session.scalar(source.rows().where(source.key == item_id).options(*source.options))
    if found is None:
        raise NotFound("There is nothing of that number that you may see.")
    return jsonify(source.describe(found))


def _number(name: str, default: int, least: int, most: int) -> int:
    text = request.args.get(name, str(default))
    if not text.isascii() or not text.isdecimal() or not least <= int(text[:12]) <= most:
        raise BadRequest(f"{name} must be a whole number from {least} to {most}")
    return int(text)


@api.get("/<path:_rest>")
@access.rule("everyone")
def unknown(_rest: str) -> ResponseReturnValue:
    """Answer in the interface's own way to addresses that it does not have."""
    raise NotFound("There is no such address; see /api/v1/openapi.json.")
