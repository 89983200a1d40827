"""What people fill in to keep a question."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import Length

from kts.core.forms import REQUIRED, choices_of
from kts.saved_searches.models import NAME_LENGTH, TELLING

TELLING_LABELS = {
    "daily": _l("once a day"),
    "weekly": _l("once a week"),
    "off": _l("not at all"),
}


def _stripped(value: str | None) -> str:
    return " ".join((value or "").replace("\x00", " ").split())


class SearchForm(FlaskForm):
    """Name of a saved search, and how often to tell of new hits."""

    name = StringField(
        _l("Name"),
        [
            REQUIRED,
            Length(max=NAME_LENGTH, message=_l("At most %(max)d characters, please.")),
        ],
        filters=[_stripped],
    )
    telling = SelectField(
        _l("Tell me of new hits"),
        choices=choices_of([(key, TELLING_LABELS[key]) for key in TELLING]),
    )
