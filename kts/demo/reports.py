"""A made-up report, what was decided on it, and the author's objection, which waits on the desk.

Written through the services as people do it, then dated back. Nobody is mailed: the addresses do
not exist.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, update

from kts.accounts.models import User
from kts.core.mail import MailDelivery
from kts.core.waiting import WaitingItem
from kts.curation.reporting import services, targets
from kts.curation.reporting.models import AUTHOR, Decision, ReportCase
from kts.curation.reporting.work import OBJECTION
from kts.demo import content
from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.forum.models.moderating import ThreadEvent
from kts.notifications.models import Notification

if TYPE_CHECKING:
    from datetime import datetime

    from kts.demo import Loaded


def load_reports(loaded: Loaded) -> dict[str, int]:
    """Report, decide and object where that has not been done; give the number of cases."""
    reported = [entry for entry in content.threads() if "report" in entry]
    return {"sample_reports": sum(_load_case(loaded, entry) for entry in reported)}


def _load_case(loaded: Loaded, entry: content.Entry) -> bool:
    sample, post = entry["report"], _reported_post(entry)
    known = db.select(ReportCase.id).filter_by(kind=targets.POST, object_id=post.id if post else 0)
    if post is None or post.author is None or db.session.scalar(known.limit(1)) is not None:
        return False
    last_mail, last_message = (_newest(table) for table in (MailDelivery, Notification))
    decision = _decide(loaded, sample, post)
    services.object_to(decision, AUTHOR, sample["objection"], user=post.author)
    _date_back(decision, post.created)
    post.updated, post.thread.updated = post.created, post.thread.last_post_at
    db.session.execute(delete(MailDelivery).where(MailDelivery.id > last_mail))
    _settle_messages(last_message, post.created)
    return True


def _reported_post(entry: content.Entry) -> Post | None:
    statement = (
        db.select(Post).join(Post.thread).where(Thread.external_key == f"demo:{entry['key']}")
    )
    return db.session.scalar(statement.where(Post.number == entry["report"]["post"]))


def _newest(table: Any) -> int:
    return db.session.scalar(db.select(func.coalesce(func.max(table.id), 0))) or 0


def _decide(loaded: Loaded, sample: content.Entry, post: Post) -> Decision:
    reporter, moderator = loaded.people[sample["by"]], loaded.people["moderation"]
    target = targets.find(reporter, f"/beitrag/{post.id}")
    report = services.file_report(
        reporter,
        target,
        category="rule",
        explanation=sample["why"],
        paragraph=sample["paragraph"],
        name=reporter.display_name,
        email=reporter.email,
    )
    choice = services.Choice(
        content="hide",
        facts=sample["facts"],
        ground="rule",
        paragraph=sample["paragraph"],
        territory=sample["territory"],
        note=sample["note"],
    )
    return services.decide(moderator, report.case, report.case.version, choice)


def _date_back(decision: Decision, written: datetime) -> None:
    """Let it have happened in the hours and days after the post was written."""
    case = decision.case
    case.opened = written + timedelta(hours=1)
    case.decided_at = decision.created = written + timedelta(hours=2)
    for report in case.reports:
        report.created = case.opened
    for measure in decision.measures:
        measure.created = decision.created
        event = db.session.get(ThreadEvent, measure.event_id) if measure.event_id else None
        if event is not None:
            event.created = decision.created
    for objection in decision.objections:
        objection.created = written + timedelta(days=2)
        waits = db.select(WaitingItem).filter_by(kind=OBJECTION, subject_id=objection.id)
        for item in db.session.scalars(waits):
            item.since = objection.created
    db.session.flush()


def _settle_messages(after: int, written: datetime) -> None:
    """Let the messages about it be as old, and settle that no mail is wanted."""
    samples = db.select(User.id).where(User.is_sample)
    moment = written + timedelta(days=2)
    db.session.execute(
        update(Notification)
        .where(Notification.id > after, Notification.user_id.in_(samples))
        .values(created=moment, mailed_at=moment, mail_due=None)
        .execution_options(synchronize_session=False)
    )
