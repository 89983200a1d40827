"""Lists of threads on other features' pages, filled through slots."""

from typing import Any

from flask import render_template
from flask_login import current_user
from markupsafe import Markup

from kts.accounts import policies as people
from kts.forum import policies, queries
from kts.forum.queries import groups, marks

MOST_PAGES = 6  # named for one thread; whoever wants all opens it


def municipality_threads(municipality: Any) -> Markup:
    """Give the list of threads about a municipality, as the viewer may see them."""
    rows = queries.municipality_threads(current_user, municipality.id)
    return _list(rows, {"kommune": municipality.slug})


def document_threads(document: Any) -> Markup:
    """Give the list of threads that speak of a document, as she may see them; empty for none."""
    rows = queries.document_threads(current_user, document.id)
    if not rows:
        return Markup("")
    html = render_template(
        "forum/_document_threads.html",
        document=document,
        rows=rows,
        pages=queries.linked_pages(document.id, [row.thread.id for row in rows]),
        total=queries.count_document_threads(current_user, document.id),
        most_pages=MOST_PAGES,
    )
    return Markup(html)  # noqa: S704 - a template's output is escaped already


def group_rooms(group: Any) -> Markup:
    """Give the categories that only this group reads, and what was said there last."""
    html = render_template(
        "forum/_group_rooms.html",
        group=group,
        rooms=groups.rooms_of(current_user, group),
        rows=groups.latest_in_group(current_user, group),
        keeps=people.can_invite_group(current_user, group),
    )
    return Markup(html)  # noqa: S704 - a template's output is escaped already


def document_marks(document: Any, page: int = 0) -> Markup:
    """Give the button that keeps a document or a page of it; nothing for guests."""
    if not current_user.is_authenticated:
        return Markup("")
    kept = marks.is_bookmarked(current_user, document.id, page)
    html = render_template("forum/_keep_document.html", document=document, page=page, kept=kept)
    return Markup(html)  # noqa: S704 - a template's output is escaped already


def _list(rows: list[queries.ThreadRow], about: dict[str, Any] | None) -> Markup:
    html = render_template(
        "forum/_embedded.html",
        rows=rows,
        about=about,
        may_ask=policies.can_create_thread(current_user),
    )
    return Markup(html)  # noqa: S704 - a template's output is escaped already
