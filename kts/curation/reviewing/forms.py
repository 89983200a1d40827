"""What reviewers, authors and those who set the rules fill in."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Length, NumberRange
from wtforms.validators import Optional as MayBeEmpty
from wtforms.widgets import HiddenInput

from kts.core.errors import Invalid
from kts.core.forms import REQUIRED, choices_of
from kts.curation.reviewing.models import (
    COMMENT_LENGTH,
    DOSSIER,
    EVERYBODY,
    KINDS,
    NOBODY,
    QUOTE_LENGTH,
    REASON_LENGTH,
    TEXT_TITLE_LENGTH,
    UNTRUSTED,
)
from kts.curation.reviewing.states import KIND_NAMES
from kts.documents.queries import find_municipality

MOST_DAYS = 180
TOO_LONG = _l("The text is too long.")

WHO = {
    NOBODY: _l("Nobody: everything is published at once"),
    UNTRUSTED: _l("Municipalities that are not trusted"),
    EVERYBODY: _l("Everybody, moderators too"),
}


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1


class VersionedForm(FlaskForm):
    """A form that says which state of the thing its page showed."""

    version = IntegerField(widget=HiddenInput(), validators=[MayBeEmpty()])

    @property
    def seen_version(self) -> int:
        """Give the version; one that no review has where it is missing."""
        return self.version.data if self.version.data is not None else -1


class CommentForm(FlaskForm):
    """A comment on a page or a passage."""

    page = IntegerField(
        _l("Page"),
        [MayBeEmpty(), NumberRange(1, 100_000, _l("Please give the number of a page."))],
        description=_l("Empty for the whole."),
    )
    quote = TextAreaField(
        _l("Passage"),
        [Length(max=QUOTE_LENGTH, message=TOO_LONG)],
        description=_l("The words that you mean; mark them in the text, or paste them here."),
    )
    canned = SelectField(_l("Canned text"), [MayBeEmpty()], validate_choice=False)
    text = TextAreaField(_l("Comment"), [REQUIRED, Length(max=COMMENT_LENGTH, message=TOO_LONG)])


class AskForm(VersionedForm):
    """What the author is asked, besides the comments."""

    words = TextAreaField(
        _l("To the author"),
        [Length(max=COMMENT_LENGTH, message=TOO_LONG)],
        description=_l("She gets this and all open comments by mail and in the app."),
    )


class ApproveForm(VersionedForm):
    """A yes to what was seen."""

    seen = StringField(widget=HiddenInput(), validators=[Length(max=64)])


class GiveForm(VersionedForm):
    """Another reviewer."""

    person = SelectField(_l("Reviewer"), coerce=_number, validate_choice=False)


class ReasonForm(VersionedForm):
    """Why something is retired."""

    reason = TextAreaField(
        _l("Why"),
        [REQUIRED, Length(max=REASON_LENGTH, message=TOO_LONG)],
        description=_l("Whoever comes by an old link reads it, and the author is told."),
    )


class AnswerForm(VersionedForm):
    """The author's answer; her answers to single comments stand beside it."""

    answer = TextAreaField(_l("Your answer"), [Length(max=COMMENT_LENGTH, message=TOO_LONG)])


class RuleForm(VersionedForm):
    """The rule for one kind."""

    who = RadioField(_l("Who is reviewed"), choices=choices_of(WHO.items()))
    two_persons = BooleanField(
        _l("Two people have to approve"),
        description=_l("Never the author, and never the same person twice."),
    )
    days = IntegerField(
        _l("Days wanted for a review"),
        [REQUIRED, NumberRange(1, MOST_DAYS, _l("Please give between 1 and 180 days."))],
        description=_l("What waits longer presses on the desk."),
    )

    def for_kind(self, kind: str) -> "RuleForm":
        """Leave out what means nothing for the kind: dossiers are made by the KTS alone."""
        if kind == DOSSIER:
            self.who.choices = choices_of((k, WHO[k]) for k in (NOBODY, EVERYBODY))
        return self


class TrustForm(FlaskForm):
    """A municipality that publishes at once, and why."""

    municipality = StringField(
        _l("Municipality"),
        [REQUIRED],
        description=_l("Its name as in the register, or its official key (AGS)."),
    )
    reason = StringField(_l("Reason"), [REQUIRED, Length(max=REASON_LENGTH, message=TOO_LONG)])
    found: Any = None

    def validate_municipality(self, field: StringField) -> None:
        """Find the municipality that is meant."""
        if field.data:
            try:
                self.found = find_municipality(field.data)
            except Invalid as error:
                raise ValidationError(error.message) from error


class TopicReviewerForm(FlaskForm):
    """Who reviews what is submitted on a topic."""

    topic = SelectField(_l("Field of action"), coerce=_number, validate_choice=False)
    person = SelectField(_l("Reviewer"), coerce=_number, validate_choice=False)


class TextForm(VersionedForm):
    """A text that reviewers say often."""

    title = StringField(_l("Title"), [REQUIRED, Length(max=TEXT_TITLE_LENGTH, message=TOO_LONG)])
    text = TextAreaField(_l("Text"), [REQUIRED, Length(max=COMMENT_LENGTH, message=TOO_LONG)])
    kinds = SelectMultipleField(
        _l("Offered for"),
        [REQUIRED],
        choices=choices_of((kind, KIND_NAMES[kind]) for kind in KINDS),
    )
