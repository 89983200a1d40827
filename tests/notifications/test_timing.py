"""Quiet hours, weekends, holidays and digests on Berlin's clocks, changes of clocks included."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from kts.notifications.preference_models import DEFAULTS
from kts.notifications.timing import BERLIN, DELAY, at, local, next_allowed, next_digest, plan

# 2026: Monday is 5 January; clocks go forward on 29 March at 2:00 and back on 25 October at 3:00.
MONDAY, FRIDAY, SATURDAY = date(2026, 1, 5), date(2026, 1, 9), date(2026, 1, 10)


def chosen(**values):
    return SimpleNamespace(**{**DEFAULTS, **values})


def berlin(day, hour, minute=0, fold=0):
    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN, fold=fold)
    return moment.astimezone(UTC)


def shown(moment):
    return local(moment).strftime("%a %d.%m. %H:%M")


def test_by_day_a_mail_goes_at_once():
    assert next_allowed(chosen(), berlin(MONDAY, 10)) == berlin(MONDAY, 10)


@pytest.mark.parametrize(
    ("hour", "minute", "expected"),
    [
        (18, 59, "Mon 05.01. 18:59"),
        (19, 0, "Tue 06.01. 07:00"),
        (23, 59, "Tue 06.01. 07:00"),
        (0, 0, "Mon 05.01. 07:00"),
        (6, 59, "Mon 05.01. 07:00"),
        (7, 0, "Mon 05.01. 07:00"),
    ],
)
def test_quiet_hours_reach_over_midnight(hour, minute, expected):
    assert shown(next_allowed(chosen(), berlin(MONDAY, hour, minute))) == expected


def test_quiet_hours_within_one_day_end_on_that_day():
    noon = chosen(quiet_from=12, quiet_to=14)
    assert next_allowed(noon, berlin(MONDAY, 13, 30)) == berlin(MONDAY, 14)
    assert next_allowed(noon, berlin(MONDAY, 14)) == berlin(MONDAY, 14)
    assert next_allowed(noon, berlin(MONDAY, 22)) == berlin(MONDAY, 22)


def test_friday_evening_waits_until_monday_morning():
    assert shown(next_allowed(chosen(), berlin(FRIDAY, 20))) == "Mon 12.01. 07:00"


def test_who_has_no_quiet_hours_is_left_alone_at_weekends_only():
    free = chosen(quiet_from=None, quiet_to=None)
    assert shown(next_allowed(free, berlin(SATURDAY, 15))) == "Mon 12.01. 00:00"
    always = chosen(quiet_from=None, quiet_to=None, quiet_weekends=False)
    assert next_allowed(always, berlin(SATURDAY, 3)) == berlin(SATURDAY, 3)


def test_equal_ends_are_no_quiet_hours():
    same = chosen(quiet_from=8, quiet_to=8)
    assert next_allowed(same, berlin(MONDAY, 8, 30)) == berlin(MONDAY, 8, 30)


def test_the_night_of_the_spring_change_is_an_hour_shorter():
    sunday = date(2026, 3, 29)
    person = chosen(quiet_weekends=False)
    until = next_allowed(person, berlin(date(2026, 3, 28), 19))
    assert until == berlin(sunday, 7)
    assert until - berlin(date(2026, 3, 28), 19) == timedelta(hours=11)


def test_an_hour_that_the_spring_change_leaves_out_is_the_one_after_it():
    sunday = date(2026, 3, 29)
    assert shown(at(sunday, 2)) == "Sun 29.03. 03:00"
    person = chosen(quiet_from=22, quiet_to=2, quiet_weekends=False, hour=2)
    assert shown(next_allowed(person, berlin(sunday, 1, 30))) == "Sun 29.03. 03:00"
    assert shown(next_digest(person, "daily", berlin(sunday, 1, 30))) == "Sun 29.03. 03:00"
    assert shown(next_digest(person, "daily", at(sunday, 2))) == "Mon 30.03. 02:00"


def test_an_hour_that_comes_twice_in_autumn_makes_one_digest():
    sunday = date(2026, 10, 25)
    person = chosen(hour=2, quiet_weekends=False)
    first = next_digest(person, "daily", berlin(date(2026, 10, 24), 12))
    assert first == berlin(sunday, 2, fold=0)
    assert shown(next_digest(person, "daily", first)) == "Mon 26.10. 02:00"


def test_quiet_hours_in_the_doubled_hour_end():
    sunday = date(2026, 10, 25)
    person = chosen(quiet_from=22, quiet_to=3, quiet_weekends=False)
    for fold in (0, 1):
        assert shown(next_allowed(person, berlin(sunday, 2, 30, fold))) == "Sun 25.10. 03:00"


@pytest.mark.parametrize("start", [date(2026, 3, 27), date(2026, 10, 23), date(2026, 12, 30)])
def test_every_quiet_time_ends_and_a_mail_that_waited_may_go(start):
    for quiet_from in range(0, 24, 3):
        for quiet_to in range(0, 24, 3):
            person = chosen(quiet_from=quiet_from, quiet_to=quiet_to)
            for half_hours in range(0, 200, 5):
                moment = at(start, 0) + timedelta(minutes=30 * half_hours)
                allowed = next_allowed(person, moment)
                assert moment <= allowed <= moment + timedelta(days=4)
                assert next_allowed(person, allowed) == allowed


def test_the_daily_digest_comes_at_its_hour_on_working_days():
    person = chosen()
    assert shown(next_digest(person, "daily", berlin(MONDAY, 6, 59))) == "Mon 05.01. 07:00"
    assert shown(next_digest(person, "daily", berlin(MONDAY, 7))) == "Tue 06.01. 07:00"
    assert shown(next_digest(person, "daily", berlin(FRIDAY, 7))) == "Mon 12.01. 07:00"
    busy = chosen(quiet_weekends=False)
    assert shown(next_digest(busy, "daily", berlin(FRIDAY, 7))) == "Sat 10.01. 07:00"


def test_the_weekly_digest_comes_on_its_day_even_at_a_quiet_weekend():
    assert shown(next_digest(chosen(), "weekly", berlin(MONDAY, 12))) == "Tue 06.01. 07:00"
    assert shown(next_digest(chosen(), "weekly", berlin(date(2026, 1, 6), 7))) == "Tue 13.01. 07:00"
    sundays = chosen(weekday=6)
    assert shown(next_digest(sundays, "weekly", berlin(MONDAY, 12))) == "Sun 11.01. 07:00"


HOLIDAY = {"away_from": date(2026, 1, 7), "away_to": date(2026, 1, 20)}  # Wednesday to Tuesday


def test_what_happens_in_a_holiday_waits_for_one_digest_after_it():
    person = chosen(**HOLIDAY)
    for frequency in ("now", "daily"):
        planned = plan(person, frequency, berlin(date(2026, 1, 8), 10))
        assert planned.digest
        assert shown(planned.due) == "Wed 21.01. 07:00"


def test_a_mail_that_would_leave_quiet_hours_into_a_holiday_waits_until_its_end():
    planned = plan(chosen(**HOLIDAY), "now", berlin(date(2026, 1, 6), 20))
    assert (planned.digest, shown(planned.due)) == (True, "Wed 21.01. 07:00")


def test_a_holiday_that_ends_on_friday_ends_for_mails_on_monday():
    person = chosen(away_from=date(2026, 1, 5), away_to=FRIDAY)
    assert shown(next_digest(person, "daily", berlin(MONDAY, 9))) == "Mon 12.01. 07:00"


def test_a_weekly_digest_that_fell_into_the_holiday_comes_right_after_it():
    person = chosen(**HOLIDAY)  # the Tuesday of the weekly mail is the holiday's last day
    assert shown(next_digest(person, "weekly", berlin(date(2026, 1, 8), 9))) == "Wed 21.01. 07:00"
    assert shown(next_digest(person, "weekly", berlin(date(2026, 1, 21), 7))) == "Tue 27.01. 07:00"


def test_a_holiday_without_the_day_of_the_weekly_mail_changes_nothing():
    person = chosen(away_from=date(2026, 1, 7), away_to=date(2026, 1, 9))
    assert shown(next_digest(person, "weekly", berlin(date(2026, 1, 8), 9))) == "Tue 13.01. 07:00"


def test_a_holiday_begins_and_ends_at_midnight_in_berlin():
    person = chosen(**HOLIDAY, quiet_from=None, quiet_to=None)
    assert not plan(person, "now", berlin(date(2026, 1, 6), 23, 50)).digest
    assert plan(person, "now", berlin(date(2026, 1, 6), 23, 59)).digest  # due after midnight
    assert plan(person, "now", berlin(date(2026, 1, 20), 23, 59)).digest
    assert not plan(person, "now", berlin(date(2026, 1, 21), 0, 0)).digest


def test_what_comes_at_once_waits_two_minutes_for_more():
    moment = berlin(MONDAY, 10)
    assert plan(chosen(), "now", moment).due == moment + DELAY
