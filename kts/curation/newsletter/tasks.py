"""What the worker does for the newsletter: planned issues, batches of mails, forgetting."""

import logging

from sqlalchemy import or_, select

from kts.core.clock import now
from kts.core.tasks import nightly, recover, task
from kts.core.transactions import writing
from kts.curation.newsletter import queries
from kts.curation.newsletter.models import SCHEDULED, SENDING, NewsletterIssue
from kts.curation.newsletter.services import sending, subscriptions
from kts.extensions import db

log = logging.getLogger(__name__)


@task
def send_batch(issue_id: int) -> None:
    """Begin an issue that is due, or make its next mails; the mails wake themselves."""
    with writing():
        issue = queries.lock_issue(issue_id)
        if issue is None:
            db.session.rollback()
            return
        sending.start_due(issue)
        if issue.state == SENDING and sending.make_batch(issue):
            sending.wake(issue)
        db.session.commit()


@recover
def send_what_is_due() -> None:
    """Go on with every issue that is due or not yet sent to all; one that fails stops no other."""
    due = or_(
        NewsletterIssue.state == SENDING,
        (NewsletterIssue.state == SCHEDULED) & (NewsletterIssue.scheduled_at <= now()),
    )
    ids = db.session.scalars(select(NewsletterIssue.id).where(due)).all()
    db.session.rollback()
    for issue_id in ids:
        try:
            send_batch(issue_id)
        except Exception:
            log.exception("issue %s of the newsletter could not be sent on", issue_id)
            db.session.rollback()


@nightly
def forget_unconfirmed() -> int:
    """Delete subscriptions that nobody confirmed within a week; give how many."""
    return subscriptions.remove_unconfirmed()


@nightly
def forget_mails_of_the_gone() -> int:
    """Remove the addresses of former subscribers from mails; give how many."""
    return subscriptions.forget_mails_of_the_gone()
