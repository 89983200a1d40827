"""Moments as people speak of them: near ones relative, far ones as a date."""

from datetime import datetime, timedelta

from flask_babel import format_date, format_datetime, format_timedelta
from flask_babel import gettext as _
from markupsafe import Markup

from kts.core.clock import now

NEAR = timedelta(days=14)  # further back a date says more than a number of weeks
JUST_NOW = timedelta(minutes=1)


def ago(moment: datetime | None) -> Markup:
    """Give a ``<time>`` that reads "3 hours ago" or "5 May 2026", the exact time in its title."""
    if moment is None:
        return Markup("")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(timespec="seconds"), format_datetime(moment, "long"), _spoken(moment)
    )


def pause(seconds: int) -> str:
    """Say how long a number of seconds is: "15 minutes"."""
    return format_timedelta(timedelta(seconds=seconds), threshold=2)


def _spoken(moment: datetime) -> str:
    past = now() - moment
    if past < JUST_NOW:
        return _("just now")
    if past < NEAR:
        return format_timedelta(-past, add_direction=True, threshold=1.2)
    return format_date(moment, "medium")
