"""Issues as moderators work on them, and as everybody reads them."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from kts.accounts.models import User
from kts.core.clock import now
from kts.core.errors import NotFound
from kts.core.pagination import Page, paginate
from kts.curation.newsletter.models import (
    SENDING,
    SENT,
    NewsletterIssue,
    NewsletterItem,
)
from kts.extensions import db

PER_PAGE = 20
FIRST_LOOK = timedelta(days=90)  # how far the first issue looks back
_ADDRESS = re.compile(r"[^\s'\"<>{}(),:]+@[^\s'\"<>{}(),:]+")
REASON_LENGTH = 200


def issues(page: int) -> Page:
    """Give one page of the moderators' list: drafts first, then the newest."""
    statement = (
        select(NewsletterIssue)
        .where(NewsletterIssue.deleted_at.is_(None))
        .options(joinedload(NewsletterIssue.created_by), joinedload(NewsletterIssue.sent_by))
    )
    order = (NewsletterIssue.state.in_((SENDING, SENT)), NewsletterIssue.number.desc())
    return paginate(statement.order_by(*order, NewsletterIssue.id.desc()), page, PER_PAGE)


def archive(page: int) -> Page:
    """Give one page of the issues that were sent, the newest first."""
    statement = select(NewsletterIssue).where(NewsletterIssue.state.in_((SENDING, SENT)))
    return paginate(statement.order_by(NewsletterIssue.number.desc()), page, PER_PAGE)


def get_issue(issue_id: int, *, lock: bool = False, deleted: bool = False) -> NewsletterIssue:
    """Give an issue for moderators; raise NotFound where there is none.

    ``lock`` lets two who write at once take turns, so that the second sees what the first did.
    """
    statement = select(NewsletterIssue).where(NewsletterIssue.id == issue_id)
    if not deleted:
        statement = statement.where(NewsletterIssue.deleted_at.is_(None))
    if lock:
        statement = statement.with_for_update(of=NewsletterIssue)
    found = db.session.scalar(statement.options(selectinload(NewsletterIssue.items)))
    if found is None:
        raise NotFound
    return found


def lock_issue(issue_id: int) -> NewsletterIssue | None:
    """Give an issue to the worker that comes first; None where there is none."""
    try:
        return get_issue(issue_id, lock=True)
    except NotFound:
        return None


def sent_issue(number: int) -> NewsletterIssue:
    """Give an issue of the archive; raise NotFound where there is none of that number."""
    statement = select(NewsletterIssue).where(
        NewsletterIssue.number == number, NewsletterIssue.state.in_((SENDING, SENT))
    )
    found = db.session.scalar(statement.options(selectinload(NewsletterIssue.items)))
    if found is None:
        raise NotFound
    return found


def get_item(issue: NewsletterIssue, item_id: int, *, removed: bool = False) -> NewsletterItem:
    """Give one part of the issue; raise NotFound where it has none of that number."""
    statement = select(NewsletterItem).filter_by(id=item_id, issue_id=issue.id)
    found = db.session.scalar(statement.where(NewsletterItem.removed_at.is_not(None) == removed))
    if found is None:
        raise NotFound
    return found


def last_sent() -> NewsletterIssue | None:
    """Give the issue that was sent last."""
    statement = select(NewsletterIssue).where(NewsletterIssue.state.in_((SENDING, SENT)))
    return db.session.scalar(statement.order_by(NewsletterIssue.number.desc()).limit(1))


def looked_back_to() -> datetime:
    """Give the moment since which something is new: the last issue, or three months ago."""
    last = last_sent()
    return last.started_at if last and last.started_at else now() - FIRST_LOOK


def colleagues(but: int) -> Sequence[User]:
    """List the other moderators, by name."""
    statement = select(User).where(
        User.role.in_(("moderator", "admin")), User.active, User.id != but
    )
    return db.session.scalars(statement.order_by(User.name)).all()


def reasons(errors: Sequence[str]) -> list[tuple[str, int]]:
    """Count what a mail server said when it refused, without the addresses in it."""
    told = Counter(_ADDRESS.sub("…", error)[:REASON_LENGTH] for error in errors)
    return told.most_common(10)
