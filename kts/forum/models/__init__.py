"""The tables of the forum, by noun."""

from kts.forum.models import attachments, drafts, held, kinds, marks, mentions, moderating
from kts.forum.models.posts import BODY_LENGTH, Post, PostReference, PostRevision
from kts.forum.models.reading import ReadState
from kts.forum.models.threads import (
    ANNOUNCEMENT,
    DISCUSSION,
    EXPERIENCE,
    KINDS,
    POLL,
    POSTS_PER_PAGE,
    QUESTION,
    REASON_LENGTH,
    TITLE_LENGTH,
    WRITERS,
    Category,
    Thread,
    page_of,
    thread_topic,
)

__all__ = [
    "ANNOUNCEMENT",
    "BODY_LENGTH",
    "DISCUSSION",
    "EXPERIENCE",
    "KINDS",
    "POLL",
    "POSTS_PER_PAGE",
    "QUESTION",
    "REASON_LENGTH",
    "TITLE_LENGTH",
    "WRITERS",
    "Category",
    "Post",
    "PostReference",
    "PostRevision",
    "ReadState",
    "Thread",
    "attachments",
    "drafts",
    "held",
    "kinds",
    "marks",
    "mentions",
    "moderating",
    "page_of",
    "thread_topic",
]
