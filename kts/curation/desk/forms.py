"""What moderators fill in on the page of one thing that waits."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField, TextAreaField
from wtforms.validators import Length
from wtforms.widgets import HiddenInput

from kts.core.forms import REQUIRED
from kts.curation.desk.services import NOTE_LENGTH


class PutOffForm(FlaskForm):
    """Until when it leaves the desk."""

    until = DateField(
        _l("Until"),
        [REQUIRED],
        description=_l("On the morning of this day it is back on the desk. Nobody is told."),
    )
    version = IntegerField(widget=HiddenInput(), default=0)


class HandOnForm(FlaskForm):
    """Who takes over; the choices are the colleagues."""

    person = SelectField(
        _l("Colleague"),
        [REQUIRED],
        coerce=str,
        description=_l("She is told in the app, and by mail as she has chosen."),
    )
    version = IntegerField(widget=HiddenInput(), default=0)


class NoteForm(FlaskForm):
    """What colleagues should know."""

    note = TextAreaField(
        _l("Note for the team"),
        [Length(max=NOTE_LENGTH)],
        description=_l("Only moderators see it; the activity log keeps earlier notes."),
    )
    version = IntegerField(widget=HiddenInput(), default=0)
