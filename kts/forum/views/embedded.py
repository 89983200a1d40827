"""Lists of threads on other features' pages, filled through slots."""

from typing import Any

from flask import render_template
from flask_login import current_user
from markupsafe import Markup

from kts.extensions import db
from kts.forum import policies, queries
from kts.forum.models import Category


def municipality_threads(municipality: Any) -> Markup:
    """Give the list of threads about a municipality, as the viewer may see them."""
    rows = queries.municipality_threads(current_user, municipality.id)
    return _list(rows, {"kommune": municipality.slug})


def document_threads(document: Any) -> Markup:
    """Give the list of threads that speak of a document, as she may see them; empty for none."""
    rows = queries.document_threads(current_user, document.id)
    return _list(rows, None) if rows else Markup("")


def group_rooms(group: Any) -> Markup:
    """Give the categories that only this group reads, with the way to open the first one."""
    rooms = queries.visible_categories(current_user).where(
        Category.visibility == f"group:{group.id}"
    )
    html = render_template("forum/_group_rooms.html", rooms=db.session.scalars(rooms).all())
    return Markup(html)  # noqa: S704 - a template's output is escaped already


def _list(rows: list[queries.ThreadRow], about: dict[str, Any] | None) -> Markup:
    html = render_template(
        "forum/_embedded.html",
        rows=rows,
        about=about,
        may_ask=policies.can_create_thread(current_user),
    )
    return Markup(html)  # noqa: S704 - a template's output is escaped already
