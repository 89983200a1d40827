"""From notifications to mails: what is due, for whom, and exactly once.

Each notification is planned when the worker first sees it (``mail_due``) and decided when a mail
has taken it up or none is wanted (``mailed_at``). A mail is a row in the transaction that decides
its notifications: a worker that is killed at any moment loses none and makes none twice. Who is
due is found by an index on the moment; nobody else is looked at.
"""

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, update

from kts.core import mail
from kts.core.clock import now
from kts.core.tasks import nightly, recover
from kts.core.transactions import reading, writing
from kts.extensions import db
from kts.notifications import contents, digest, envelopes, preferences, timing
from kts.notifications.models import Notification
from kts.notifications.preference_models import AT_ONCE, DAILY, NONE, NotificationPreference

log = logging.getLogger(__name__)

PLANNED_AT_ONCE = 500  # a transaction short enough that nobody waits for it
PEOPLE_AT_ONCE = 100
MOST_MESSAGES = 500  # of one mail; what is left over comes with the next
MOST_AT_ONCE = 3  # after a quiet weekend ten threads are one mail, not ten
TURN_LASTS = 40  # seconds; the worker looks again every minute


@dataclass(frozen=True)
class Draft:
    """A mail that is composed and not yet decided.

    ``taken`` are the notifications in it, each with the event that it last took up and its posts:
    where an answer has come meanwhile, the draft is thrown away and composed anew.
    """

    user_id: int
    template: str
    key: str
    taken: dict[int, tuple[int | None, tuple[Any, ...]]] = field(default_factory=dict)
    items: tuple[contents.Item, ...] = ()
    sections: tuple[contents.Section, ...] = ()


@recover
def send_what_is_due() -> None:
    """Plan new notifications and compose the mails that are due, for at most some seconds."""
    run(now(), until=time.monotonic() + TURN_LASTS)


def run(moment: datetime, until: float | None = None) -> int:
    """Plan and compose; give the number of people who were due. Commits; for the worker only.

    One person whose mail cannot be composed stops no other; she is tried again a minute later.
    """
    while plan_new(moment) == PLANNED_AT_ONCE:
        pass
    served, last = 0, 0
    while people := due_people(moment, last):
        for user_id in people:
            if until is not None and time.monotonic() > until:
                return served
            _serve(user_id, moment)
            served += 1
        last = people[-1]
    return served


def _serve(user_id: int, moment: datetime) -> None:
    try:
        serve(user_id, moment)
    except Exception:
        log.exception("no mail could be composed for account %s", user_id)
        db.session.rollback()


def plan_new(moment: datetime) -> int:
    """Say of new notifications when they are to be mailed, if at all; give their number."""
    with reading():
        new = db.select(Notification).where(
            Notification.mailed_at.is_(None), Notification.mail_due.is_(None)
        )
        messages = db.session.scalars(new.order_by(Notification.id).limit(PLANNED_AT_ONCE)).all()
        chosen = preferences.of_many(message.user_id for message in messages)
        due = [(m, _due(chosen[m.user_id], m)) for m in messages]
        planned = [{"id": m.id, "mail_due": moment_due} for m, moment_due in due if moment_due]
        decided = [{"id": m.id, "mailed_at": moment} for m, moment_due in due if not moment_due]
        db.session.rollback()
    if messages:
        _save_plan(planned, decided)
    return len(messages)


def _save_plan(planned: list[dict[str, Any]], decided: list[dict[str, Any]]) -> None:
    with writing():
        for rows in (planned, decided):
            if rows:
                db.session.execute(update(Notification), rows)
        db.session.commit()


def _due(chosen: NotificationPreference, message: Notification) -> datetime | None:
    """Give when the message is to be mailed; None for never."""
    frequency = _frequency(chosen, message)
    if frequency == NONE or message.read_at is not None:
        return None
    return timing.plan(chosen, frequency, message.created).due


def _frequency(chosen: NotificationPreference, message: Notification) -> str:
    if contents.is_mailed_apart(message):
        return NONE
    return preferences.frequency(chosen, message.level, message.kind)


def due_people(moment: datetime, after: int = 0) -> list[int]:
    """List some of those for whom something is due, by number of their accounts."""
    messages = db.select(Notification.user_id).where(_is_due(moment), Notification.user_id > after)
    weekly = db.select(NotificationPreference.user_id).where(
        NotificationPreference.weekly_at <= moment, NotificationPreference.user_id > after
    )
    both = messages.union(weekly).subquery()
    with reading():
        found = db.session.scalars(
            db.select(both.c.user_id).order_by(both.c.user_id).limit(PEOPLE_AT_ONCE)
        ).all()
        db.session.rollback()
    return list(found)


def _is_due(moment: datetime) -> ColumnElement[bool]:
    return and_(Notification.mailed_at.is_(None), Notification.mail_due <= moment)


def serve(user_id: int, moment: datetime) -> int:
    """Compose all that is due for a person and keep it for sending; give the number of mails."""
    with reading():
        drafts, decided, later = _compose(user_id, moment)
        weekly = _weekly_is_due(preferences.of(user_id), moment)
        db.session.rollback()
    posted = 0
    for draft in drafts:
        posted += _post(draft, moment)
    if decided or later or weekly:
        with writing():
            _decide(decided, moment)
            _put_off(later)
            _set_weekly(user_id, moment)
            db.session.commit()
    return posted


def _compose(user_id: int, moment: datetime) -> tuple[list[Draft], list[int], dict[int, datetime]]:
    """Give the mails, the notifications that need none, and those that wait, with the moment."""
    chosen, person = preferences.of(user_id), preferences.person(user_id)
    messages = _messages(chosen, moment)
    if person is None or not person.active or chosen.paused:
        return [], [message.id for message in messages], {}
    unread = [message for message in messages if message.read_at is None]
    plans = {m.id: _plan_now(chosen, m, moment) for m in unread}
    later = {number: plan.due for number, plan in plans.items() if plan and plan.due > moment}
    ready = [m for m in unread if plans[m.id] and m.id not in later]
    digested = [m for m in ready if _waits_for_digest(chosen, m)]
    drafts = _at_once(person, [m for m in ready if m not in digested])
    weekly = _weekly_is_due(chosen, moment)
    if digested or weekly:
        key = f"digest:{user_id}:{timing.local(moment):%Y-%m-%d}"
        if mail.is_known(key):
            next_time = timing.next_digest(chosen, DAILY, timing.at(_tomorrow(moment), 0))
            later |= {message.id: next_time for message in digested}
        else:
            drafts += _digest(person, key, digested, weekly, moment)
    undecided = {number for draft in drafts for number in draft.taken} | later.keys()
    return drafts, [m.id for m in messages if m.id not in undecided], later


def _weekly_is_due(chosen: NotificationPreference, moment: datetime) -> bool:
    return chosen.weekly_at is not None and chosen.weekly_at <= moment


def _tomorrow(moment: datetime) -> Any:
    return timing.local(moment).date() + timing.ONE_DAY


def _messages(chosen: NotificationPreference, moment: datetime) -> Sequence[Notification]:
    """Read what is due, and what else happened to the same things and goes at once anyway."""
    own = db.select(Notification).where(Notification.user_id == chosen.user_id)
    due = own.where(_is_due(moment)).order_by(Notification.id).limit(MOST_MESSAGES)
    messages = list(db.session.scalars(due))
    targets = {m.target for m in messages if m.target and not _waits_for_digest(chosen, m)}
    if not targets:
        return messages
    fresh = or_(Notification.mail_due.is_(None), Notification.mail_due > moment)
    more = own.where(
        Notification.mailed_at.is_(None), Notification.target.in_(targets), fresh
    ).order_by(Notification.id)
    added = [
        message
        for message in db.session.scalars(more.limit(MOST_MESSAGES))
        if _frequency(chosen, message) == AT_ONCE and not _waits_for_digest(chosen, message)
    ]
    return messages + added


def _waits_for_digest(chosen: NotificationPreference, message: Notification) -> bool:
    frequency = _frequency(chosen, message)
    return frequency != NONE and timing.plan(chosen, frequency, message.created).digest


def _plan_now(
    chosen: NotificationPreference, message: Notification, moment: datetime
) -> timing.Plan | None:
    """Look again whether a due message may go: a worker that was late may have met quiet hours."""
    frequency = _frequency(chosen, message)
    if frequency == NONE:
        return None
    if timing.is_away(chosen, timing.local(moment).date()):
        return timing.plan(chosen, frequency, moment)
    if _waits_for_digest(chosen, message):
        return timing.Plan(moment, digest=True)
    return timing.Plan(timing.next_allowed(chosen, moment), digest=False)


def _at_once(person: Any, messages: list[Notification]) -> list[Draft]:
    """Make one mail for each thing, or a single one where there are many."""
    reminders = [m for m in messages if m.kind == preferences.REMINDER]
    others = [m for m in messages if m.kind != preferences.REMINDER]
    with digest.language_of(person):
        reminded = contents.items(person, reminders) if reminders else []
        items = contents.items(person, others) if others else []
    drafts = [_draft(person, "reminder", [item], reminders) for item in reminded]
    if len(items) > MOST_AT_ONCE:
        drafts.append(_draft(person, "digest", items, others))
    else:
        drafts += [_draft(person, "notification", [item], others) for item in items]
    return drafts


def _digest(
    person: Any, key: str, messages: list[Notification], weekly: bool, moment: datetime
) -> list[Draft]:
    with digest.language_of(person):
        items = contents.items(person, messages) if messages else []
        sections = digest.sections(person, weekly=weekly, has_items=bool(items), moment=moment)
    if not items and not sections:
        return []
    return [_draft(person, "digest", items, messages, key=key, sections=sections)]


def _draft(
    person: Any,
    template: str,
    items: Sequence[contents.Item],
    messages: Sequence[Notification],
    *,
    key: str = "",
    sections: Sequence[contents.Section] = (),
) -> Draft:
    ids = {number for item in items for number in item.ids}
    taken = {m.id: (m.event_id, tuple(m.data.get("posts", ()))) for m in messages if m.id in ids}
    return Draft(
        user_id=person.id,
        template=template,
        key=key or _key(person.id, taken),
        taken=taken,
        items=tuple(items),
        sections=tuple(sections),
    )


def _key(user_id: int, taken: dict[int, Any]) -> str:
    """Name the occasion: the same notifications at the same state are one."""
    state = hashlib.sha256(repr(sorted(taken.items())).encode()).hexdigest()[:32]
    return f"now:{user_id}:{state}"


def _post(draft: Draft, moment: datetime) -> bool:
    """Decide the draft's notifications and keep the mail, in one transaction.

    Gives up where another worker was quicker or something was added meanwhile: what is then still
    undecided is composed anew.
    """
    with writing():
        if not _take(draft, moment):
            db.session.rollback()
            return False
        person = preferences.person(draft.user_id)
        posted = mail.queue_mail(
            person.email,
            draft.template,
            locale=person.language,
            user_id=person.id,
            key=draft.key,
            headers=envelopes.headers(person, draft.template, draft.items),
            **digest.context(person, draft.items, draft.sections),
        )
        db.session.commit()
    return posted


def _take(draft: Draft, moment: datetime) -> bool:
    if mail.is_known(draft.key):
        return False
    rows = db.session.scalars(
        db.select(Notification)
        .where(Notification.id.in_(draft.taken), Notification.mailed_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if {m.id: (m.event_id, tuple(m.data.get("posts", ()))) for m in rows} != draft.taken:
        return False
    for message in rows:
        message.mailed_at, message.mail_due = moment, None
        if posts := message.data.get("posts"):
            message.data = {**message.data, "mailed": posts}
    db.session.flush()
    return True


def _decide(ids: Sequence[int], moment: datetime) -> None:
    """Note that these need no mail: read meanwhile, or no longer to be seen."""
    if ids:
        db.session.execute(
            update(Notification)
            .where(Notification.id.in_(ids), Notification.mailed_at.is_(None))
            .values(mailed_at=moment, mail_due=None)
            .execution_options(synchronize_session=False)
        )


def _put_off(later: dict[int, datetime]) -> None:
    if later:
        rows = [{"id": number, "mail_due": due} for number, due in later.items()]
        db.session.execute(update(Notification), rows)


def _set_weekly(user_id: int, moment: datetime) -> None:
    chosen = db.session.get(NotificationPreference, user_id, populate_existing=True)
    if chosen is not None and _weekly_is_due(chosen, moment):
        chosen.weekly_at = preferences.next_weekly(chosen, moment)
        db.session.flush()


@nightly
def forget_mails_of_the_gone() -> int:
    """Delete the mails of accounts that no longer exist, sent or not; give how many."""
    ours = or_(
        mail.MailDelivery.key.startswith("digest:"), mail.MailDelivery.key.startswith("now:")
    )
    gone = delete(mail.MailDelivery).where(mail.MailDelivery.user_id.is_(None), ours)
    forgotten = db.session.execute(gone).rowcount
    db.session.commit()
    return forgotten
