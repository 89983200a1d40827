"""Reads of the forum; each is given the viewer, and ``visible_threads`` is the only door."""

from kts.forum.queries.categories import (
    CategorySummary,
    category_overview,
    get_category,
    require_category,
    visible_categories,
    writable_categories,
)
from kts.forum.queries.people import Byline, bylines
from kts.forum.queries.posts import (
    PageCard,
    get_post,
    page_card,
    page_cards,
    participants,
    posts_on_page,
    revisions,
)
from kts.forum.queries.threads import (
    ThreadRow,
    count_document_threads,
    document_threads,
    get_thread,
    last_read,
    latest_threads,
    linked_pages,
    municipality_threads,
    thread_counts,
    thread_rows,
    threads_of,
    visible_threads,
)

__all__ = [
    "Byline",
    "CategorySummary",
    "PageCard",
    "ThreadRow",
    "bylines",
    "category_overview",
    "count_document_threads",
    "document_threads",
    "get_category",
    "get_post",
    "get_thread",
    "last_read",
    "latest_threads",
    "linked_pages",
    "municipality_threads",
    "page_card",
    "page_cards",
    "participants",
    "posts_on_page",
    "require_category",
    "revisions",
    "thread_counts",
    "thread_rows",
    "threads_of",
    "visible_categories",
    "visible_threads",
    "writable_categories",
]
