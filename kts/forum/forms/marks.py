"""Notes and reminders of what somebody keeps."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, TextAreaField, ValidationError
from wtforms.validators import Length
from wtforms.validators import Optional as MayBeEmpty

from kts.core.clock import now
from kts.forum.models.marks import NOTE_LENGTH

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = time(8)  # when offices open


class NoteForm(FlaskForm):
    """Why something is on a list."""

    note = TextAreaField(
        _l("Note"),
        [Length(max=NOTE_LENGTH, message=_l("At most %(max)d characters."))],
        filters=[lambda value: (value or "").replace("\r\n", "\n").strip()],
    )


class BookmarkForm(NoteForm):
    """Why it is kept, and on which day to be reminded."""

    remind_on = DateField(
        _l("Remind me on"),
        [MayBeEmpty()],
        description=_l("You get a message on the morning of that day."),
    )

    def validate_remind_on(self, field: DateField) -> None:
        """Refuse days that are over."""
        if field.data and field.data <= now().astimezone(BERLIN).date():
            raise ValidationError(_l("Please choose a day to come."))

    @property
    def remind_at(self) -> datetime | None:
        """Give the moment of the reminder."""
        day: date | None = self.remind_on.data
        return datetime.combine(day, MORNING, BERLIN) if day else None
