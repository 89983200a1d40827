"""What people fill in about mails."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, SelectField
from wtforms.validators import Optional

from kts.core.forms import choices_of
from kts.notifications import preferences

LONGEST_HOLIDAY = 366  # days; whoever is away longer pauses all mails
HOURS = range(24)


def _hour(text: Any) -> int | None:
    return None if text in (None, "", "None") else int(text)


class PreferenceForm(FlaskForm):
    """When mails come; names of fields are those of the choices."""

    paused = BooleanField(
        _l("Send me no mails for now"),
        description=_l(
            "This holds until you untick it. What happens meanwhile you find on the site; it is "
            "not sent afterwards."
        ),
    )
    direct = SelectField(
        _l("When it concerns me directly"),
        description=_l("Somebody names you, answers you, or does something with your post."),
    )
    watch = SelectField(
        _l("Every new post in what I watch"),
        description=_l("Threads, topics and categories with the bell on “watch”."),
    )
    follow = SelectField(
        _l("News in what I follow"),
        description=_l("Also threads in which you have written yourself."),
    )
    weekday = SelectField(_l("Day of the weekly mail"), coerce=int)
    hour = SelectField(_l("Time of daily and weekly mails"), coerce=int)
    quiet_from = SelectField(_l("Quiet from"), coerce=_hour, validate_choice=False)
    quiet_to = SelectField(_l("Quiet until"), coerce=_hour, validate_choice=False)
    quiet_weekends = BooleanField(
        _l("Quiet at weekends"),
        description=_l("Then no daily mail comes on Saturdays and Sundays either."),
    )
    away_from = DateField(_l("First day"), [Optional()])
    away_to = DateField(_l("Last day"), [Optional()])
    follow_own = BooleanField(
        _l("Follow the threads in which I write"),
        description=_l("So that you hear of answers. You can mute each thread on its own."),
    )
    bookmark_mails = BooleanField(
        _l("Remind me of bookmarks by mail"),
        description=_l("At the moment that you set when you made the bookmark."),
    )
    suggestions = BooleanField(
        _l("Show me open questions from municipalities like mine"),
        description=_l(
            "Up to five, in your daily or weekly mail. A weekly mail then comes even if nothing "
            "else has happened."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for level in preferences.MAILED_LEVELS:
            self[level].choices = choices_of(preferences.frequency_labels().items())
        hours = [(hour, preferences.clock_time(hour)) for hour in HOURS]
        self.hour.choices = choices_of(hours)
        self.weekday.choices = choices_of(enumerate(preferences.weekday_names()))
        quiet = choices_of([("", _("no quiet hours")), *hours])
        self.quiet_from.choices = self.quiet_to.choices = quiet

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse half a span of hours or days, and one that ends before it begins."""
        complete = super().validate(extra_validators)
        return self._has_whole_holiday() and self._has_whole_night() and complete

    def _has_whole_night(self) -> bool:
        hours = (self.quiet_from.data, self.quiet_to.data)
        if any(hour is not None and hour not in HOURS for hour in hours):
            return _refuse(self.quiet_from, _("Please choose a full hour."))
        if hours.count(None) == 1:
            empty = self.quiet_from if hours[0] is None else self.quiet_to
            return _refuse(empty, _("Please give both the beginning and the end, or neither."))
        return True

    def _has_whole_holiday(self) -> bool:
        first, last = self.away_from.data, self.away_to.data
        if (first is None) != (last is None):
            if self.away_from.errors or self.away_to.errors:
                return False
            empty = self.away_from if first is None else self.away_to
            return _refuse(empty, _("Please give both the first and the last day, or neither."))
        if first is not None and last < first:
            return _refuse(self.away_to, _("The last day lies before the first."))
        if first is not None and (last - first).days > LONGEST_HOLIDAY:
            text = _("At most a year. To stop mails for longer, tick the first box.")
            return _refuse(self.away_to, text)
        return True


def _refuse(field: Any, sentence: str) -> bool:
    field.errors = [*field.errors, sentence]
    return False
