"""What people fill in to ask, answer, edit and moderate."""

import secrets

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.validators import Optional as MayBeEmpty
from wtforms.widgets import HiddenInput

from kts.core.forms import REQUIRED, choices_of
from kts.core.web import LARGEST_NUMBER
from kts.forum.forms.kinds import DetailsFields
from kts.forum.forms.pictures import files_taken, pictures_described
from kts.forum.models import BODY_LENGTH, TITLE_LENGTH

CHOSEN = InputRequired(_l("Please choose one."))


def _stripped(value: str | None) -> str:
    return (value or "").replace("\r\n", "\n").strip()


def _new_token() -> str:
    return secrets.token_urlsafe(12)


BODY = [
    files_taken,
    REQUIRED,
    Length(
        max=BODY_LENGTH,
        message=_l("At most %(max)d characters. Please publish longer texts as a document."),
    ),
    pictures_described,
]


class BodyForm(FlaskForm):
    """A text in Markdown."""

    body = TextAreaField(_l("Your text"), BODY, filters=[_stripped])


class AnswerForm(FlaskForm):
    """An answer; the token lets a form that is sent twice make one post."""

    body = TextAreaField(_l("Your answer"), BODY, filters=[_stripped])
    reply_to = IntegerField(
        widget=HiddenInput(), validators=[MayBeEmpty(), NumberRange(1, LARGEST_NUMBER)]
    )
    token = HiddenField(default=_new_token, validators=[Length(max=100)])


class ThreadForm(DetailsFields, BodyForm):
    """A new thread of any kind; the choices are set to what the person may use."""

    category = SelectField(_l("Category"), [CHOSEN])
    title = StringField(
        _l("Title"),
        [REQUIRED, Length(max=TITLE_LENGTH, message=_l("At most %(max)d characters."))],
        filters=[lambda value: " ".join((value or "").split())],
        description=_l("Your question or topic in one sentence."),
    )
    municipality = SelectField(
        _l("Which municipality is it about?"),
        [MayBeEmpty()],
        description=_l("The thread then also appears on its page."),
    )
    topics = SelectMultipleField(_l("Fields of action"), [MayBeEmpty()], coerce=int)
    token = HiddenField(default=_new_token, validators=[Length(max=100)])

    def validate_title(self, field: StringField) -> None:
        """Ask for more than a word's fragment."""
        if field.data and len(field.data) < 4:
            raise ValidationError(_l("Please write at least four characters."))


class EditForm(BodyForm):
    """A changed text, and the version that it was made from; title only for the first post."""

    title = StringField(
        _l("Title"),
        [Length(max=TITLE_LENGTH, message=_l("At most %(max)d characters."))],
        filters=[lambda value: " ".join((value or "").split())],
    )
    version = IntegerField(
        widget=HiddenInput(), validators=[CHOSEN, NumberRange(0, LARGEST_NUMBER)]
    )


class CategoryForm(FlaskForm):
    """A category of the forum."""

    name = StringField(
        _l("Name"), [REQUIRED, Length(max=120, message=_l("At most %(max)d characters."))]
    )
    description = TextAreaField(
        _l("What belongs here"),
        [Length(max=1000, message=_l("At most %(max)d characters."))],
        filters=[_stripped],
    )
    visibility = SelectField(_l("Who can read"), [CHOSEN])
    writable_by = SelectField(
        _l("Who opens threads"),
        [CHOSEN],
        choices=choices_of(
            [("members", _l("Everybody who can read")), ("moderators", _l("Moderators only"))]
        ),
        description=_l("Whoever can read and is signed in can answer."),
    )
