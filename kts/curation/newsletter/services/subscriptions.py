"""Asking for the newsletter, confirming it, ending it; nothing is left of what was ended.

The answer to whoever asks is the same whether an address is known or not: only its mailbox learns
more. How many mails a mailbox can be sent by others is bounded.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from kts.accounts.models import User
from kts.accounts.queries import fold_email
from kts.core.clock import now
from kts.core.mail import MailDelivery, queue_mail
from kts.core.upserts import insert
from kts.curation.newsletter import links
from kts.curation.newsletter.models import (
    ASKED,
    BY_ACCOUNT,
    BY_FORM,
    CONFIRMED,
    NewsletterSubscription,
)
from kts.curation.newsletter.wording import CURRENT, WORDINGS
from kts.extensions import db

CONFIRM_WITHIN = timedelta(days=7)  # holidays of a week; then nobody means it any more
MOST_MAILS = 3  # to an address that has not confirmed: the first got lost, the second as well
BETWEEN_MAILS = timedelta(minutes=10)
BETWEEN_REMINDERS = timedelta(days=1)  # that somebody gets the newsletter already
KEYS = "newsletter:"  # of all mails of the newsletter; a range of the index finds them
KEYS_END = "newsletter;"
REMOVED_AT_ONCE = 500


def ask(email: str, language: str) -> None:
    """Ask for the newsletter: a mail with a link goes to the address, and that is all."""
    address = fold_email(email)
    known = next((row for row in of_address(address) if row.is_confirmed), None)
    if known is not None:
        _mail(known, "newsletter_known", address, BETWEEN_REMINDERS)
        return
    row = {"email": address, "language": language, "how": BY_FORM, "wording": CURRENT}
    made = insert(NewsletterSubscription).values(**row, state=ASKED)
    db.session.execute(made.on_conflict_do_nothing(index_elements=["email"]))
    asked = db.session.scalars(
        select(NewsletterSubscription).filter_by(email=address).with_for_update()
    ).one()
    asked.language, asked.wording = language, CURRENT
    if asked.mails < MOST_MAILS:
        _mail(asked, "newsletter_confirm", address, BETWEEN_MAILS)


def _mail(
    subscription: NewsletterSubscription, template: str, address: str, pause: timedelta
) -> None:
    if subscription.mailed_at is not None and subscription.mailed_at > now() - pause:
        return
    subscription.mails, subscription.mailed_at = subscription.mails + 1, now()
    if not subscription.is_confirmed:
        subscription.asked_at = now()  # each mail says that its link works for a week
    queue_mail(
        address,
        template,
        locale=subscription.locale,
        user_id=subscription.user_id,
        key=f"{KEYS}ask:{subscription.id}:{subscription.mails}",
        confirm=links.confirm_link(subscription),
        end=links.end_link(subscription),
        wording=WORDINGS[subscription.wording],
        days=CONFIRM_WITHIN.days,
    )


def of_address(address: str) -> Sequence[NewsletterSubscription]:
    """Give the subscriptions that reach an address: its own, and that of its account."""
    statement = (
        select(NewsletterSubscription)
        .outerjoin(User, User.id == NewsletterSubscription.user_id)
        .where(or_(NewsletterSubscription.email == address, User.email == address))
    )
    return db.session.scalars(statement.order_by(NewsletterSubscription.id)).all()


def get_subscription(number: int) -> NewsletterSubscription | None:
    """Give a subscription, None where it has ended or was never confirmed in time."""
    found = db.session.get(NewsletterSubscription, number)
    if found is None or found.is_confirmed:
        return found
    return found if found.asked_at > now() - CONFIRM_WITHIN else None


def confirm(subscription: NewsletterSubscription) -> None:
    """Note that whoever reads the mailbox wants the newsletter; twice is the same as once."""
    if not subscription.is_confirmed:
        subscription.state, subscription.confirmed_at = CONFIRMED, now()
        db.session.flush()


def subscribe_account(user: User) -> NewsletterSubscription:
    """Let issues go to the account's address, whatever it will be; it is confirmed already.

    What was asked for by the form with the same address becomes the account's.
    """
    rows = of_address(user.email)
    own = next((row for row in rows if row.user_id == user.id), None)
    if own is not None:
        return own
    row = next(iter(rows), None) or NewsletterSubscription()
    row.email, row.user_id, row.language = None, user.id, user.language
    row.state, row.how, row.wording = CONFIRMED, BY_ACCOUNT, CURRENT
    row.asked_at = row.confirmed_at = now()
    db.session.add(row)
    db.session.flush()
    return row


def is_subscribed(user: User) -> bool:
    """Say whether issues go to the account's address."""
    return any(row.is_confirmed for row in of_address(user.email))


def end_of_account(user: User) -> None:
    """End what goes to an account's address."""
    for row in of_address(user.email)[:1]:
        end(row)


def end(subscription: NewsletterSubscription) -> list[dict[str, Any]]:
    """Delete the subscription, all others to its address and what was mailed; give what it was.

    What comes back is for :func:`take_back` and is kept nowhere.
    """
    address = subscription.address
    rows = [*of_address(address)] or [subscription]
    ended = [_written(row) for row in rows]
    _forget_mails(MailDelivery.recipient == address)
    for row in rows:
        db.session.delete(row)
    db.session.flush()
    return ended


def take_back(ended: list[dict[str, Any]]) -> None:
    """Put back what was ended, under its number, so that older mails lead to it again."""
    for told in ended:
        moments = {name: _moment(told[name]) for name in ("asked_at", "confirmed_at")}
        row = NewsletterSubscription(**{**told, **moments})
        if _is_free(row):
            db.session.add(row)
            db.session.flush()


def _written(row: NewsletterSubscription) -> dict[str, Any]:
    told = {
        name: getattr(row, name)
        for name in ("id", "email", "user_id", "language", "state", "how", "wording")
    }
    confirmed = row.confirmed_at.isoformat() if row.confirmed_at else None
    return told | {"asked_at": row.asked_at.isoformat(), "confirmed_at": confirmed}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _is_free(row: NewsletterSubscription) -> bool:
    if db.session.get(NewsletterSubscription, row.id) is not None:
        return False
    user = db.session.get(User, row.user_id) if row.user_id else None
    if row.user_id and (user is None or not user.active):
        return False
    return not of_address(user.email if user else row.email or "")


def count() -> int:
    """Count the confirmed subscriptions; nobody reads more than their number."""
    statement = select(func.count(NewsletterSubscription.id)).where(
        NewsletterSubscription.state == CONFIRMED
    )
    return db.session.scalar(statement) or 0


def remove_unconfirmed() -> int:
    """Delete what was not confirmed in time, with what was mailed; give how many."""
    old = select(NewsletterSubscription).where(
        NewsletterSubscription.state == ASKED,
        NewsletterSubscription.asked_at < now() - CONFIRM_WITHIN,
    )
    removed = 0
    for row in db.session.scalars(old.limit(REMOVED_AT_ONCE)).all():
        _forget_mails(MailDelivery.recipient == row.address)
        db.session.delete(row)
        removed += 1
    db.session.commit()
    return removed


def forget_mails_of_the_gone() -> int:
    """Remove addresses from mails to those who are no longer subscribed; give how many.

    It finds what a change of an account's address left, and mails that were just on their way.
    """
    addresses = select(NewsletterSubscription.email).where(
        NewsletterSubscription.email.is_not(None)
    )
    accounts = select(User.email).join(
        NewsletterSubscription, NewsletterSubscription.user_id == User.id
    )
    forgotten = _forget_mails(
        MailDelivery.recipient.not_in(addresses.union_all(accounts)), MailDelivery.recipient != ""
    )
    db.session.commit()
    return forgotten


def _forget_mails(*conditions: Any) -> int:
    """Delete the newsletter's mails that wait, and remove words and address of those that went."""
    ours = (MailDelivery.key >= KEYS, MailDelivery.key < KEYS_END, *conditions)
    silent = {"synchronize_session": False}
    waiting = delete(MailDelivery).where(
        *ours, MailDelivery.sent.is_(None), MailDelivery.claimed.is_(None)
    )
    nothing = {"recipient": "", "subject": "", "body": "", "html": "", "headers": {}}
    gone = update(MailDelivery).where(*ours, MailDelivery.sent.is_not(None)).values(nothing)
    deleted = db.session.execute(waiting, execution_options=silent).rowcount
    return int(deleted + db.session.execute(gone, execution_options=silent).rowcount)
