"""What is asked of people who keep content up."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from kts.core.forms import REQUIRED
from kts.core.shelf_life import LONGEST_PERIOD

WORDS_LENGTH = 2000


class DeedForm(FlaskForm):
    """A button, with the state that its page showed."""

    version = IntegerField(validators=[InputRequired()])


class OwnerForm(DeedForm):
    """Who looks after it from now on."""

    owner = SelectField(_l("Who looks after it from now on"), coerce=int, validators=[REQUIRED])


class SettleForm(DeedForm):
    """Why the label is enough."""

    reason = StringField(_l("Reason"), validators=[REQUIRED, Length(max=500)])


class WriteForm(FlaskForm):
    """A word to the owner."""

    words = TextAreaField(
        _l("Your message to the owner"), validators=[REQUIRED, Length(max=WORDS_LENGTH)]
    )


class SuccessorForm(FlaskForm):
    """Which of the things found is the successor; ``seen`` is the one that the page showed."""

    seen = IntegerField(validators=[Optional()])
    newer = HiddenField()


class PeriodForm(FlaskForm):
    """For how many months content of one kind holds."""

    version = IntegerField(validators=[InputRequired()])
    months = IntegerField(
        _l("Months"),
        validators=[
            Optional(),
            NumberRange(
                1,
                LONGEST_PERIOD,
                _l(
                    "Please give a number of months from 1 to %(most)s, or nothing.",
                    most=LONGEST_PERIOD,
                ),
            ),
        ],
    )
