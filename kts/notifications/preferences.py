"""What a person chose about mails: reading, saving, and saying it in plain sentences."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import format_date, format_time, ngettext
from flask_babel import gettext as _
from sqlalchemy import inspect, update

from kts.core.clock import now
from kts.extensions import db
from kts.notifications.models import DIRECT, FOLLOW, NORMAL, WATCH, Notification
from kts.notifications.preference_models import (
    AT_ONCE,
    DAILY,
    DEFAULTS,
    NONE,
    WEEKLY,
    NotificationPreference,
)
from kts.notifications.timing import at, is_away, local, next_digest

REMINDER = "reminder"  # the kind of notification by which a bookmark comes back
MAILED_LEVELS = (DIRECT, WATCH, FOLLOW)
CHOICES = tuple(name for name in DEFAULTS if name != "weekly_at")


def of(user_id: int) -> NotificationPreference:
    """Give what the person chose, or the defaults as an object that is not saved."""
    found = db.session.get(NotificationPreference, user_id)
    return found or NotificationPreference(user_id=user_id)


def of_many(user_ids: Iterable[int]) -> dict[int, NotificationPreference]:
    """Give what each of the people chose, or the defaults, in one statement."""
    wanted = set(user_ids)
    statement = db.select(NotificationPreference).where(NotificationPreference.user_id.in_(wanted))
    chosen = {row.user_id: row for row in db.session.scalars(statement)}
    return {i: chosen.get(i) or NotificationPreference(user_id=i) for i in wanted}


def follows_own(user_id: int) -> bool:
    """Say whether the person wants to follow the threads in which she writes."""
    return of(user_id).follow_own


def person(user_id: int) -> Any:
    """Load a person with what she may see at this moment; None where there is no account."""
    people = inspect(NotificationPreference).relationships["user"].mapper.class_
    found = db.session.get(people, user_id, populate_existing=True)
    if found is not None:
        found.__dict__.pop("visibility_tokens", None)  # what the object remembers may be old
        db.session.expire(found, ["group_memberships", "memberships"])
    return found


def frequency(chosen: NotificationPreference, level: str, kind: str = "") -> str:
    """Say how often something of this level is mailed to somebody who chose so."""
    if chosen.paused or level == NORMAL:
        return NONE
    if kind == REMINDER:
        return AT_ONCE if chosen.bookmark_mails else NONE
    return getattr(chosen, level)


def choose(user: Any, **values: Any) -> NotificationPreference:
    """Save choices; what is not mailed yet is planned anew by them."""
    chosen = of(user.id)
    for name, value in values.items():
        setattr(chosen, name, value)
    chosen.weekly_at = next_weekly(chosen, now())
    db.session.add(chosen)
    _plan_anew(user.id)
    db.session.flush()
    return chosen


def state(chosen: NotificationPreference, *names: str) -> dict[str, Any]:
    """Give some of the choices, so that a change can be taken back."""
    return {name: getattr(chosen, name) for name in names}


def next_weekly(chosen: NotificationPreference, moment: datetime) -> datetime | None:
    """Give when the next weekly mail is composed even if nothing happened; None for nobody."""
    weekly = WEEKLY in (chosen.direct, chosen.watch, chosen.follow)
    if chosen.paused or not chosen.suggestions or not weekly:
        return None
    return next_digest(chosen, WEEKLY, moment)


def _plan_anew(user_id: int) -> None:
    db.session.execute(
        update(Notification)
        .where(Notification.user_id == user_id, Notification.mailed_at.is_(None))
        .values(mail_due=None)
        .execution_options(synchronize_session=False)
    )


def frequency_labels() -> dict[str, str]:
    """Name the frequencies in the reader's language."""
    return {
        AT_ONCE: _("at once"),
        DAILY: _("once a day, in one mail"),
        WEEKLY: _("once a week, in one mail"),
        NONE: _("no mail"),
    }


def weekday_names() -> list[str]:
    """Name the days of the week from Monday on."""
    monday = at(datetime(2024, 1, 1).date(), 12)  # noqa: DTZ001 - only its day is used
    return [format_date(monday.replace(day=1 + day), "EEEE") for day in range(7)]


def clock_time(hour: int) -> str:
    """Write a full hour as clocks show it in the reader's language."""
    return format_time(datetime(2024, 1, 1, hour), "short", rebase=False)  # noqa: DTZ001


def summary(chosen: NotificationPreference) -> list[str]:
    """Say in plain sentences what will happen; the first tells how much mail to expect."""
    if chosen.paused:
        return [_("You receive no mails about notifications. On the site you find them all.")]
    sentences = [_how_much(chosen)]
    if AT_ONCE in _frequencies(chosen) and (quiet := _quiet(chosen)):
        sentences.append(quiet)
    today = local(now()).date()
    if is_away(chosen, today) or (chosen.away_from and chosen.away_from > today):
        sentences.append(_holiday(chosen))
    return sentences


def _frequencies(chosen: NotificationPreference) -> set[str]:
    return {getattr(chosen, level) for level in MAILED_LEVELS}


def _how_much(chosen: NotificationPreference) -> str:
    used = _frequencies(chosen) - {NONE}
    time, day = clock_time(chosen.hour), weekday_names()[chosen.weekday]
    if not used:
        return _("You receive no mails about the forum. On the site you find all notifications.")
    if AT_ONCE not in used:
        if DAILY in used:
            return _("You receive at most one mail a day, at %(time)s.", time=time)
        return _("You receive at most one mail a week, on %(day)s at %(time)s.", day=day, time=time)
    if used == {AT_ONCE}:
        return _("You receive a mail as soon as something happens that concerns you.")
    if DAILY in used:
        return _(
            "You receive a mail as soon as something is chosen to come at once, and besides at "
            "most one mail a day, at %(time)s.",
            time=time,
        )
    return _(
        "You receive a mail as soon as something is chosen to come at once, and besides at most "
        "one mail a week, on %(day)s at %(time)s.",
        day=day,
        time=time,
    )


def _quiet(chosen: NotificationPreference) -> str:
    has_hours = chosen.quiet_from is not None and chosen.quiet_to is not None
    if not has_hours and not chosen.quiet_weekends:
        return ""
    if not has_hours:
        return _("At weekends no mail comes at once; it waits until Monday.")
    start, end = clock_time(chosen.quiet_from or 0), clock_time(chosen.quiet_to or 0)
    if chosen.quiet_weekends:
        return _(
            "From %(start)s to %(end)s and at weekends no mail comes at once; it waits.",
            start=start,
            end=end,
        )
    return _("From %(start)s to %(end)s no mail comes at once; it waits.", start=start, end=end)


def _holiday(chosen: NotificationPreference) -> str:
    return _(
        "From %(first)s to %(last)s you receive no mails, and then one with everything.",
        first=format_date(chosen.away_from, "long"),
        last=format_date(chosen.away_to, "long"),
    )


def waiting_count(user_id: int) -> int:
    """Count what waits to be mailed to a person."""
    statement = db.select(db.func.count(Notification.id)).where(
        Notification.user_id == user_id,
        Notification.mailed_at.is_(None),
        Notification.read_at.is_(None),
        Notification.level != NORMAL,
    )
    return db.session.scalar(statement) or 0


def waiting_sentence(number: int) -> str:
    """Say how many notifications wait for the next mail."""
    return ngettext(
        "%(num)d notification waits for the next mail.",
        "%(num)d notifications wait for the next mail.",
        number,
    )
