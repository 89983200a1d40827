"""What an author changes of her held contribution, and a moderator before she releases it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.widgets import HiddenInput

from kts.core.forms import REQUIRED
from kts.core.web import LARGEST_NUMBER
from kts.forum.forms.pictures import files_taken, pictures_described
from kts.forum.models import BODY_LENGTH, TITLE_LENGTH
from kts.forum.models.kinds import (
    FIELD_LENGTH,
    LEAST_OPTIONS,
    MOST_OPTIONS,
    OPTION_LENGTH,
    SHORT_LENGTH,
)
from kts.forum.services.held_texts import LABELS, option_lines

TOO_LONG = _l("At most %(max)d characters.")


def _stripped(value: str | None) -> str:
    return (value or "").replace("\r\n", "\n").strip()


def _one_line(value: str | None) -> str:
    return " ".join((value or "").split())


def _long(name: str, *more: Any) -> TextAreaField:
    rules = [*more, Length(max=FIELD_LENGTH, message=TOO_LONG)]
    return TextAreaField(LABELS[name], rules, filters=[_stripped])


class HeldForm(FlaskForm):
    """The texts of a held contribution; what it does not have is taken out of the form."""

    title = StringField(
        LABELS["title"],
        [REQUIRED, Length(4, TITLE_LENGTH, message=_l("From %(min)d to %(max)d characters."))],
        filters=[_one_line],
    )
    body = TextAreaField(
        LABELS["body"],
        [files_taken, REQUIRED, Length(max=BODY_LENGTH, message=TOO_LONG), pictures_described],
        filters=[_stripped],
    )
    options = TextAreaField(LABELS["options"], [REQUIRED], filters=[_stripped])
    start = _long("start")
    done = _long("done")
    worked = _long("worked")
    failed = _long("failed", REQUIRED)
    cost = _long("cost")
    duration = StringField(
        LABELS["duration"], [Length(max=SHORT_LENGTH, message=TOO_LONG)], filters=[_one_line]
    )
    advice = _long("advice")
    version = IntegerField(
        widget=HiddenInput(), validators=[InputRequired(), NumberRange(0, LARGEST_NUMBER)]
    )

    def keep(self, texts: Mapping[str, str], version: int) -> None:
        """Leave only the fields of these texts, and begin with them if nothing was sent."""
        for name in LABELS:
            if name not in texts:
                del self[name]
            elif not self.is_submitted():
                self[name].data = texts[name]
        if not self.is_submitted():
            self.version.data = version

    @property
    def texts(self) -> dict[str, str]:
        """Give what was filled in, by name."""
        return {name: self[name].data or "" for name in LABELS if name in self}

    def validate_options(self, field: TextAreaField) -> None:
        """Ask for two to twelve answers that fit on a line."""
        lines = option_lines(field.data or "")
        if not LEAST_OPTIONS <= len(lines) <= MOST_OPTIONS:
            raise ValidationError(_l("Please write two to twelve different answers, one a line."))
        if any(len(line) > OPTION_LENGTH for line in lines):
            raise ValidationError(_l("An answer can have at most 200 characters."))
