"""Sending an issue: a row for every recipient first, then mails in small batches.

The rows say what is left to do, so a worker that is killed goes on later and nobody is written to
twice. A batch is small, and the next one is made when the last has gone: other mails find their
way between them, and a server that is down holds few of them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import and_, case, func, insert, literal, not_, or_, select
from sqlalchemy.orm import joinedload

from kts.accounts.models import User
from kts.core import audit, mail
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid
from kts.core.mail import MailDelivery, queue_mail
from kts.core.tasks import after_commit
from kts.curation.newsletter import checking, contents, links, rendering
from kts.curation.newsletter.models import (
    CONFIRMED,
    DRAFT,
    OWN_WORDS,
    SCHEDULED,
    SENDING,
    SENT,
    NewsletterIssue,
    NewsletterRecipient,
    NewsletterSubscription,
)
from kts.curation.newsletter.services.issues import require_draft
from kts.curation.newsletter.services.subscriptions import KEYS
from kts.extensions import db
from kts.notifications.services import notify

BATCH = 50  # mails made at once; about as many seconds for a slow mail server
TOLD_NOT_SENT = "newsletter_not_sent"
#: How the error of a server begins that could not be reached: others would fail as well.
DOWN = (
    *("Connection", "BrokenPipe", "Timeout", "gaierror", "OSError"),
    *("SMTPConnectError", "SMTPServerDisconnected"),
)


@dataclass(frozen=True)
class Version:
    """The state of an issue on which somebody decided: its words and its parts."""

    words: int
    order: int


def recipients() -> Any:
    """Select the confirmed subscriptions, one for each address; an account's own comes first."""
    accounts = (
        select(User.email)
        .join(NewsletterSubscription, NewsletterSubscription.user_id == User.id)
        .where(NewsletterSubscription.state == CONFIRMED, User.active)
    )
    by_form = and_(
        NewsletterSubscription.email.is_not(None), NewsletterSubscription.email.not_in(accounts)
    )
    return (
        select(NewsletterSubscription.id)
        .outerjoin(User, User.id == NewsletterSubscription.user_id)
        .where(NewsletterSubscription.state == CONFIRMED, or_(by_form, User.active))
    )


def count_recipients() -> int:
    """Count to how many addresses an issue would go now."""
    statement = select(func.count()).select_from(recipients().subquery())
    return db.session.scalar(statement) or 0


def send_test(actor: Any, issue: NewsletterIssue, people: list[User]) -> None:
    """Send the issue as it is now to moderators, marked as a test, with no link to unsubscribe."""
    words = _Words(issue)
    for person in people:
        queue_mail(
            person.email,
            "newsletter_issue",
            locale=person.language,
            user_id=person.id,
            end="",
            test=True,
            **words.in_language(person.language),
        )
    audit.record(
        actor,
        "newsletter.test",
        issue,
        changes={"person": ["", ", ".join(person.display_name for person in people)]},
    )


def schedule(actor: Any, issue: NewsletterIssue, version: Version, moment: datetime) -> None:
    """Plan when the issue goes; raise Invalid for what is not ready or a moment that is over."""
    require_ready(issue, version)
    if moment <= now():
        raise Invalid(_("Please choose a moment that is still to come."))
    issue.state, issue.scheduled_at, issue.sent_by_id = SCHEDULED, moment, actor.id
    audit.record(
        actor,
        "newsletter.schedule",
        issue,
        changes={"when": ["", moment.isoformat("T", "minutes")]},
    )


def cancel(actor: Any, issue: NewsletterIssue) -> None:
    """Take a planned sending back; raise Conflict where it has begun."""
    if issue.is_draft:
        return
    if issue.state != SCHEDULED:
        raise Conflict(_("Sending has begun already; it cannot be taken back."))
    issue.state, issue.scheduled_at = DRAFT, None
    audit.record(actor, "newsletter.cancel", issue)


def send_now(actor: Any, issue: NewsletterIssue, version: Version) -> None:
    """Begin to send; raise Conflict or Invalid where it is not what the actor has looked at."""
    require_ready(issue, version)
    _start(actor, issue)


def require_ready(issue: NewsletterIssue, version: Version) -> None:
    """Raise Conflict or Invalid where the issue is not what was looked at, or not complete."""
    require_draft(issue)
    if version != Version(issue.version, issue.order_version):
        raise Conflict(
            _(
                "Somebody has changed the issue since you looked at it. Nothing was sent. Please "
                "look at it again."
            )
        )
    if checking.problems(issue):
        raise Invalid(_("The issue is not ready. Nothing was sent."))


def start_due(issue: NewsletterIssue) -> None:
    """Begin a planned sending; what is no longer ready becomes a draft, and the planner is told."""
    if issue.state != SCHEDULED or issue.scheduled_at is None or issue.scheduled_at > now():
        return
    planner = issue.sent_by
    if not checking.problems(issue):
        _start(planner, issue)
        return
    issue.state, issue.scheduled_at = DRAFT, None
    audit.record(None, "newsletter.cancel", issue)
    if planner is not None:
        with force_locale(planner.language):
            text = _("“%(title)s” was not sent: something in it is missing.", title=issue.title)
        notify(planner, TOLD_NOT_SENT, text, f"{issue.desk_path}/senden")


def _start(actor: Any, issue: NewsletterIssue) -> None:
    for shown in contents.shown_items(issue.items):
        if shown.item.kind not in OWN_WORDS:
            shown.item.title = shown.title[:300]
    others = db.session.scalars(select(NewsletterIssue.number).with_for_update()).all()
    issue.number = max((number for number in others if number), default=0) + 1
    issue.state, issue.started_at = SENDING, now()
    issue.sent_by_id = getattr(actor, "id", None)
    db.session.flush()
    chosen = recipients().subquery()
    rows = select(literal(issue.id), chosen.c.id)
    db.session.execute(
        insert(NewsletterRecipient).from_select(["issue_id", "subscription_id"], rows)
    )
    count = progress(issue).total
    audit.record(actor, "newsletter.send", issue, changes={"recipients": ["", count]})
    wake(issue)


def wake(issue: NewsletterIssue) -> None:
    """Let the worker make the next batch once this is committed."""
    from kts.curation.newsletter.tasks import send_batch

    after_commit(send_batch, issue.id)


def make_batch(issue: NewsletterIssue) -> bool:
    """Make the next mails; say whether there is room and need for more at once.

    What is made is noted in the same transaction; the key of a mail is that of its recipient.
    """
    room = BATCH - _on_their_way(issue)
    if room <= 0:
        return False
    waiting = (
        select(NewsletterRecipient)
        .where(*_without_mail(issue))
        .order_by(NewsletterRecipient.id)
        .limit(room)
        .with_for_update(skip_locked=True, of=NewsletterRecipient)
    )
    rows = db.session.scalars(waiting).all()
    subscriptions = _subscriptions([row.subscription_id for row in rows if row.subscription_id])
    had, words = _addresses(issue), _Words(issue)
    for row in rows:
        subscription = subscriptions.get(row.subscription_id or 0)
        if subscription is None or subscription.address in had:
            row.subscription_id = None  # ended, or another subscription of the address had it
            continue
        had.add(subscription.address)
        _make(words, row, subscription)
    db.session.flush()
    left = db.session.scalar(select(func.count()).where(*_without_mail(issue))) or 0
    if not left:
        issue.state, issue.sent_at = SENT, now()
    return left > 0


def _without_mail(issue: NewsletterIssue) -> tuple[Any, ...]:
    return (
        NewsletterRecipient.issue_id == issue.id,
        NewsletterRecipient.delivery_id.is_(None),
        NewsletterRecipient.subscription_id.is_not(None),
    )


def _subscriptions(ids: list[int]) -> dict[int, NewsletterSubscription]:
    statement = (
        select(NewsletterSubscription)
        .where(NewsletterSubscription.id.in_(ids), NewsletterSubscription.state == CONFIRMED)
        .options(joinedload(NewsletterSubscription.user))
    )
    found = db.session.scalars(statement)
    return {row.id: row for row in found if row.user is None or row.user.active}


def _addresses(issue: NewsletterIssue) -> set[str]:
    """Give the addresses that this issue has been made for already."""
    statement = (
        select(MailDelivery.recipient)
        .join(NewsletterRecipient, NewsletterRecipient.delivery_id == MailDelivery.id)
        .where(NewsletterRecipient.issue_id == issue.id, MailDelivery.recipient != "")
    )
    return set(db.session.scalars(statement))


class _Words:
    """An issue as mail, put together once for each language of a batch."""

    def __init__(self, issue: NewsletterIssue) -> None:
        self.issue = issue
        self._made: dict[str, dict[str, Any]] = {}

    def in_language(self, locale: str) -> dict[str, Any]:
        """Give what the templates of the mail need."""
        if locale not in self._made:
            with force_locale(locale):
                self._made[locale] = rendering.context(self.issue)
        return self._made[locale]


def _make(words: _Words, row: NewsletterRecipient, subscription: NewsletterSubscription) -> None:
    key = f"{KEYS}{words.issue.id}:{row.id}"
    end = links.end_link(subscription)
    queue_mail(
        subscription.address,
        "newsletter_issue",
        locale=subscription.locale,
        user_id=subscription.user_id,
        key=key,
        headers=_headers(end),
        end=end,
        test=False,
        **words.in_language(subscription.locale),
    )
    row.delivery_id = db.session.scalar(select(MailDelivery.id).filter_by(key=key))


def _headers(end: str) -> dict[str, str]:
    contact = current_app.config["KTS"].operator_mail
    return {
        "List-Unsubscribe": f"<{end}>, <mailto:{contact}?subject=unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<newsletter.{mail.domain()}>",
        "Precedence": "bulk",
    }


def _is_down() -> Any:
    return or_(*(MailDelivery.error.startswith(name) for name in DOWN))


def _refused() -> Any:
    """Say that a server that was there did not take the mail; it is tried again all the same."""
    return and_(
        MailDelivery.sent.is_(None),
        MailDelivery.attempts > 0,
        MailDelivery.claimed.is_(None),
        MailDelivery.error != "",
        not_(_is_down()),
    )


def _on_their_way(issue: NewsletterIssue) -> int:
    statement = (
        select(func.count())
        .select_from(NewsletterRecipient)
        .join(MailDelivery, MailDelivery.id == NewsletterRecipient.delivery_id)
        .where(
            NewsletterRecipient.issue_id == issue.id,
            MailDelivery.sent.is_(None),
            not_(_refused()),
        )
    )
    return db.session.scalar(statement) or 0


@dataclass(frozen=True)
class Progress:
    """How far sending is: mails that went, wait, or were refused; ``left`` unsubscribed before."""

    total: int
    sent: int
    refused: int
    left: int

    @property
    def waiting(self) -> int:
        """Give the number of mails that are still to go."""
        return self.total - self.sent - self.refused - self.left


def progress(issue: NewsletterIssue) -> Progress:
    """Count what became of the mails of an issue, in one statement."""
    gone = and_(
        NewsletterRecipient.subscription_id.is_(None), NewsletterRecipient.delivery_id.is_(None)
    )
    statement = (
        select(
            func.count(),
            func.coalesce(func.sum(case((MailDelivery.sent.is_not(None), 1), else_=0)), 0),
            func.coalesce(func.sum(case((_refused(), 1), else_=0)), 0),
            func.coalesce(func.sum(case((gone, 1), else_=0)), 0),
        )
        .select_from(NewsletterRecipient)
        .outerjoin(MailDelivery, MailDelivery.id == NewsletterRecipient.delivery_id)
        .where(NewsletterRecipient.issue_id == issue.id)
    )
    return Progress(*map(int, db.session.execute(statement).one()))


def refusals(issue: NewsletterIssue, most: int = 500) -> list[str]:
    """Give the errors of mails that were not taken, as the mail server wrote them."""
    statement = (
        select(MailDelivery.error)
        .join(NewsletterRecipient, NewsletterRecipient.delivery_id == MailDelivery.id)
        .where(NewsletterRecipient.issue_id == issue.id, _refused())
        .limit(most)
    )
    return list(db.session.scalars(statement))
