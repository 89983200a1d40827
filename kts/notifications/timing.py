"""When a mail may go: quiet hours, weekends, holidays and the hour of digests.

Pure functions of a person's choices and a moment. Hours and days are those of Europe/Berlin. An
hour that a change of clocks leaves out is the hour after it; one that comes twice is its first.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kts.notifications.preference_models import AT_ONCE, DAILY, WEEKLY, NotificationPreference

BERLIN = ZoneInfo("Europe/Berlin")
DELAY = timedelta(minutes=2)  # five quick posts are one mail, and what is read at once is none
ONE_DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class Plan:
    """When something is to be mailed, and whether it waits for a digest."""

    due: datetime
    digest: bool


def local(moment: datetime) -> datetime:
    """Give the moment on the clocks of Berlin."""
    return moment.astimezone(BERLIN)


def at(day: date, hour: int) -> datetime:
    """Give the moment, in UTC, at which clocks in Berlin show the full hour of that day."""
    return datetime.combine(day, time(hour), BERLIN).astimezone(UTC)


def is_away(chosen: NotificationPreference, day: date) -> bool:
    """Say whether the day lies in the person's holiday."""
    if chosen.away_from is None or chosen.away_to is None:
        return False
    return chosen.away_from <= day <= chosen.away_to


def is_weekend(day: date) -> bool:
    """Say whether the day is a Saturday or Sunday."""
    return day.weekday() >= SATURDAY


def next_allowed(chosen: NotificationPreference, moment: datetime) -> datetime:
    """Give the first moment from this one on at which a mail may go at once.

    A weekend that ends in quiet hours, or quiet hours that end in a weekend, are waited for
    together. Holidays are not looked at: what comes in them waits for a digest.
    """
    while (end := _quiet_until(chosen, moment)) is not None:
        moment = end
    return moment


def _quiet_until(chosen: NotificationPreference, moment: datetime) -> datetime | None:
    here = local(moment)
    if chosen.quiet_weekends and is_weekend(here.date()):
        return at(here.date() + timedelta(days=7 - here.weekday()), 0)
    first, end = chosen.quiet_from, chosen.quiet_to
    if first is None or end is None or first == end:
        return None
    if first < end:
        return at(here.date(), end) if first <= here.hour < end else None
    if here.hour >= first:
        return at(here.date() + ONE_DAY, end)
    return at(here.date(), end) if here.hour < end else None


def next_digest(chosen: NotificationPreference, frequency: str, after: datetime) -> datetime:
    """Give the first moment after this one at which a daily or weekly digest goes.

    A weekly digest whose day lies in a holiday goes on the first day after it: whoever comes back
    finds one mail and does not wait another week. Daily ones leave out weekends that are quiet.
    """
    day = local(after).date()
    while True:
        day = _after_holiday(chosen, day)
        if at(day, chosen.hour) > after and _is_digest_day(chosen, frequency, day):
            return at(day, chosen.hour)
        day += ONE_DAY


def _after_holiday(chosen: NotificationPreference, day: date) -> date:
    if is_away(chosen, day):
        return chosen.away_to + ONE_DAY  # type: ignore[operator]
    return day


def _is_digest_day(chosen: NotificationPreference, frequency: str, day: date) -> bool:
    if frequency == WEEKLY:
        return day.weekday() == chosen.weekday or _makes_up_for_holiday(chosen, day)
    return not (chosen.quiet_weekends and is_weekend(day))


def _makes_up_for_holiday(chosen: NotificationPreference, day: date) -> bool:
    """Say whether this is the first day after a holiday in which the weekly digest fell out."""
    if chosen.away_from is None or chosen.away_to is None or day <= chosen.away_to:
        return False
    if day != _first_working_day(chosen, chosen.away_to + ONE_DAY):
        return False
    fallen_out = (chosen.weekday - chosen.away_from.weekday()) % 7
    return chosen.away_from + timedelta(days=fallen_out) <= chosen.away_to


def _first_working_day(chosen: NotificationPreference, day: date) -> date:
    while chosen.quiet_weekends and is_weekend(day):
        day += ONE_DAY
    return day


def plan(chosen: NotificationPreference, frequency: str, happened: datetime) -> Plan:
    """Say when what happened then is to be mailed, at a frequency other than ``none``."""
    if frequency != AT_ONCE:
        return Plan(next_digest(chosen, frequency, happened), digest=True)
    due = next_allowed(chosen, happened + DELAY)
    if is_away(chosen, local(happened).date()) or is_away(chosen, local(due).date()):
        return Plan(next_digest(chosen, DAILY, happened), digest=True)
    return Plan(due, digest=False)
