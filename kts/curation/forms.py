"""What moderators fill in."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import Length
from wtforms.widgets import HiddenInput

from kts.core.forms import REQUIRED, choices_of
from kts.search.models import DONE, IGNORED, LONGEST_KEPT, NOTE_LENGTH

SYNONYMS_LENGTH = 3000  # twenty members of the longest kind, and their separators


class SettleForm(FlaskForm):
    """What became of a query."""

    q = HiddenField(validators=[REQUIRED, Length(max=LONGEST_KEPT)])
    outcome = RadioField(
        _l("What became of it?"),
        choices=choices_of(
            [
                (DONE, _l("Done: it comes back if it is searched in vain again from tomorrow on")),
                (IGNORED, _l("Ignore: it stays away and is never suggested")),
            ]
        ),
        default=DONE,
    )
    note = StringField(_l("Note for the team"), [Length(max=NOTE_LENGTH)])


class SynonymForm(FlaskForm):
    """A group of words that may stand for each other."""

    words = TextAreaField(
        _l("Words of the group"),
        [REQUIRED, Length(max=SYNONYMS_LENGTH)],
        description=_l("One word or short expression a line, or separated by commas."),
    )
    version = IntegerField(widget=HiddenInput(), default=0)
    asked = HiddenField(validators=[Length(max=LONGEST_KEPT)])
