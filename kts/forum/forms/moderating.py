"""What moderators fill in: one reason for whichever act's button is pressed."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, NumberRange
from wtforms.validators import Optional as MayBeEmpty

from kts.core.forms import choices_of
from kts.core.web import LARGEST_NUMBER
from kts.forum.models import REASON_LENGTH, TITLE_LENGTH

#: Seconds that may lie between two posts of one person; shorter ones calm nobody down.
PACES = [
    (0, _l("off")),
    (300, _l("5 minutes")),
    (900, _l("15 minutes")),
    (3600, _l("1 hour")),
    (4 * 3600, _l("4 hours")),
    (24 * 3600, _l("1 day")),
]


def _stripped(value: str | None) -> str:
    return (value or "").replace("\r\n", "\n").strip()


class ReasonForm(FlaskForm):
    """Why something is done."""

    reason = TextAreaField(
        _l("Reason"),
        [Length(max=REASON_LENGTH, message=_l("At most %(max)d characters."))],
        filters=[_stripped],
        description=_l("Readers and the author see it. Needed for all but pinning and undoing."),
    )


class ModerationForm(ReasonForm):
    """One reason for whichever act's button is pressed."""

    category = SelectField(_l("Move to"), [MayBeEmpty()], choices=[])
    confirmed = BooleanField(_l("Yes, more people may read it."))
    until = DateField(
        _l("Until"),
        [MayBeEmpty()],
        description=_l("For pinning and slow mode; without a date until somebody ends it."),
    )
    pace = SelectField(
        _l("Slow mode: time between two posts of one person"),
        [MayBeEmpty()],
        choices=choices_of(PACES),
        coerce=int,
        default=0,
    )


class MergeForm(ReasonForm):
    """Into which thread; the choices are what the person may see and moderate."""

    into = SelectField(_l("Merge into"), [MayBeEmpty()], choices=[])
    confirmed = BooleanField(_l("Yes, more people may read it."))


class SplitForm(ReasonForm):
    """Where the chosen posts go: into a new thread, or one that is there already."""

    title = StringField(
        _l("Title of the new thread"),
        [Length(max=TITLE_LENGTH, message=_l("At most %(max)d characters."))],
        filters=[lambda value: " ".join((value or "").split())],
    )
    category = SelectField(_l("Category of the new thread"), [MayBeEmpty()], choices=[])
    into = StringField(
        _l("Or address of an existing thread"),
        [Length(max=500, message=_l("At most %(max)d characters."))],
        filters=[_stripped],
        description=_l("For example /thema/12-digitaler-zwilling"),
    )
    from_number = IntegerField(
        _l("All posts from this number on"),
        [MayBeEmpty(), NumberRange(min=2, max=LARGEST_NUMBER)],
        description=_l("In addition to those that are ticked above."),
    )
    confirmed = BooleanField(_l("Yes, more people may read it."))
