"""What people fill in to get the newsletter, and moderators to put it together."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import get_timezone
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, StopValidation
from wtforms.widgets import HiddenInput

from kts.core.clock import now
from kts.core.forms import REQUIRED, choices_of, valid_email
from kts.curation.newsletter.models import (
    ADDRESS_LENGTH,
    CORRECTION_LENGTH,
    PREFACE_LENGTH,
    TEASER_LENGTH,
    TITLE_LENGTH,
)

NOW, LATER = "now", "later"
LATEST = timedelta(days=180)  # who plans further ahead means another year


class SubscribeForm(FlaskForm):
    """Asking for the newsletter; ``website`` is a trap that people never see."""

    email = EmailField(
        _l("Your e-mail address"),
        [REQUIRED, valid_email, Length(max=320)],
        filters=[lambda text: text.strip() if text else text],
    )
    language = RadioField(
        _l("Language of the mails"),
        choices=choices_of([("de", "Deutsch"), ("en", "English")]),
        description=_l("The issues themselves are written in German."),
    )
    agreed = BooleanField(
        _l("Consent"), [DataRequired(_l("Without your consent we may not write to you."))]
    )
    website = StringField(_l("Please leave this field empty"))


class ChoiceForm(FlaskForm):
    """Whether the newsletter goes to the address of the account."""

    newsletter = BooleanField(_l("Send me the newsletter"))


class UndoForm(FlaskForm):
    """What was ended a moment ago, signed."""

    ended = HiddenField(validators=[REQUIRED, Length(max=5000)])


class IssueForm(FlaskForm):
    """The words of an issue."""

    title = StringField(
        _l("Title"),
        [REQUIRED, Length(max=TITLE_LENGTH)],
        description=_l("It is the subject of the mail: say what is inside."),
    )
    preface = TextAreaField(
        _l("Preface"),
        [Length(max=PREFACE_LENGTH)],
        description=_l("Can be formatted with Markdown. In the mail a picture becomes a link."),
    )
    version = IntegerField(widget=HiddenInput(), default=0)


class AddForm(FlaskForm):
    """A part of an issue: something with an address, a text of the editors, or a section."""

    address = StringField(
        _l("Address"),
        [Length(max=ADDRESS_LENGTH)],
        description=_l(
            "Paste the address of a document, dossier, thread or post of this platform that "
            "everybody can read, or of a page elsewhere. Leave it empty to add only a text, such "
            "as a date."
        ),
    )
    title = StringField(
        _l("Title"),
        [Length(max=TITLE_LENGTH)],
        description=_l("For pages elsewhere and texts; what is on this platform brings its own."),
    )
    teaser = TextAreaField(
        _l("Teaser"),
        [Length(max=TEASER_LENGTH)],
        description=_l(
            "Why it is worth reading, in two or three sentences. Left empty, the beginning of "
            "what you add is put in, for you to change."
        ),
    )
    heading = StringField(_l("Heading of the section"), [Length(max=TITLE_LENGTH)])


class ItemForm(FlaskForm):
    """The words of one part."""

    title = StringField(_l("Title"), [Length(max=TITLE_LENGTH)])
    teaser = TextAreaField(
        _l("Teaser"),
        [Length(max=TEASER_LENGTH)],
        description=_l("Can be formatted with Markdown. In the mail a picture becomes a link."),
    )
    version = IntegerField(widget=HiddenInput(), default=0)


class OrderForm(FlaskForm):
    """The order of all parts as somebody saw it, and the part that goes elsewhere."""

    version = IntegerField(widget=HiddenInput(), default=0)
    order = StringField(widget=HiddenInput(), validators=[Length(max=2000)])
    move = StringField(widget=HiddenInput(), validators=[Length(max=40)])


class PickForm(FlaskForm):
    """What is taken from the lists of new things."""

    pick = SelectMultipleField(validate_choice=False)


class SinceForm(FlaskForm):
    """How far the lists look back."""

    class Meta:
        """Only reads: the choice stands in the address."""

        csrf = False

    seit = DateField(_l("New since"), [Optional()])


class TestMailForm(FlaskForm):
    """Who gets an issue for trying."""

    __test__ = False  # its name does not make it a test

    colleague = SelectField(_l("And to"), [Optional()])

    def offer(self, people: list[tuple[int, str]]) -> None:
        """Set the colleagues to choose from."""
        named = ((str(number), name) for number, name in people)
        self.colleague.choices = choices_of([("", _l("nobody else")), *named])


def complete_moment(form: Any, field: Field) -> None:
    """Want day and time together, in the months to come; neither where it goes now."""
    if form.when.data != LATER:
        field.errors = []
        raise StopValidation
    moment = form.moment
    if moment is None:
        raise StopValidation(_l("Please give the day and the time."))
    if moment <= now():
        raise StopValidation(_l("Please choose a moment that is still to come."))
    if moment > now() + LATEST:
        raise StopValidation(_l("Please choose a day within half a year."))


class SendForm(FlaskForm):
    """When an issue goes, and on which state of it that was decided."""

    when = RadioField(
        _l("When"),
        choices=choices_of([(NOW, _l("Now")), (LATER, _l("On a day, at a time"))]),
        default=NOW,
    )
    day = DateField(_l("Day"), [complete_moment], description=_l("Only where it is not to go now."))
    time = TimeField(_l("Time"), [Optional()], description=_l("As clocks show it in Germany."))
    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    order_version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])

    @property
    def moment(self) -> datetime | None:
        """Give when it goes; None for now."""
        if self.when.data != LATER or self.day.data is None or self.time.data is None:
            return None
        return get_timezone().localize(datetime.combine(self.day.data, self.time.data))


class CorrectionForm(FlaskForm):
    """What was wrong in an issue that is sent."""

    text = TextAreaField(
        _l("Correction"),
        [Length(max=CORRECTION_LENGTH)],
        description=_l(
            "It stands above the issue in the archive, with today's date; the issue itself stays "
            "as it was sent. Empty it to take it away."
        ),
    )
