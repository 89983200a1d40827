"""What people fill in for the kind of a thread.

One form has the fields of all kinds, so that nothing is lost when somebody chooses another kind
half-way; only the fields of the chosen kind count.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext, to_user_timezone, to_utc
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.validators import Optional as MayBeEmpty
from wtforms.widgets import HiddenInput

from kts.core.clock import now
from kts.core.forms import REQUIRED, choices_of
from kts.core.web import LARGEST_NUMBER
from kts.forum.models import (
    ANNOUNCEMENT,
    DISCUSSION,
    EXPERIENCE,
    POLL,
    QUESTION,
    TITLE_LENGTH,
)
from kts.forum.models.kinds import (
    FIELD_LENGTH,
    LEAST_OPTIONS,
    MOST_OPTIONS,
    OPTION_LENGTH,
    PERSON,
    SHORT_LENGTH,
)
from kts.forum.services.kinds import Details, PollSettings
from kts.forum.services.kinds.experiences import FIELDS

CHOSEN = InputRequired(_l("Please choose one."))

#: Kind, name in the form, and what it is for.
CHOICES = (
    (
        QUESTION,
        _l("Question"),
        _l("You want to know something. One answer can be marked as the one that helped."),
    ),
    (
        EXPERIENCE,
        _l("Experience report"),
        _l("You tell what you did, what it took and what did not work."),
    ),
    (
        DISCUSSION,
        _l("Discussion"),
        _l("You want to hear opinions; there need not be one answer."),
    ),
    (
        POLL,
        _l("Poll"),
        _l("You ask many the same thing and count the answers."),
    ),
    (
        ANNOUNCEMENT,
        _l("Announcement"),
        _l("You tell everybody something; if you like, it is news until a certain day."),
    ),
)
LONG = [Length(max=FIELD_LENGTH, message=_l("At most %(max)d characters."))]
SHORT = [Length(max=SHORT_LENGTH, message=_l("At most %(max)d characters."))]
AMOUNT = [
    MayBeEmpty(),
    NumberRange(0, LARGEST_NUMBER, message=_l("Please give a whole number, without a sign.")),
]


A_FEW = _l("Please give a number from %(min)s to %(max)s.")


def _stripped(value: str | None) -> str:
    return (value or "").replace("\r\n", "\n").strip()


def _one_line(value: str | None) -> str:
    return " ".join((value or "").split())


def today() -> date:
    """Give the day that it is for the people who read the site."""
    return to_user_timezone(now()).date()


def end_of(day: date | None) -> datetime | None:
    """Give the moment at which a day ends where the readers live, in UTC."""
    if day is None:
        return None
    midnight = datetime.combine(day + timedelta(days=1), time())
    return to_utc(midnight).replace(tzinfo=UTC)


def day_of(moment: datetime | None) -> date | None:
    """Give the day that :func:`end_of` made the moment of."""
    return to_user_timezone(moment - timedelta(seconds=1)).date() if moment else None


def _not_past(_form: FlaskForm, field: DateField) -> None:
    if field.data and field.data < today():
        raise ValidationError(_l("This day is over. Please choose a later one."))
    if field.data and field.data.year > today().year + 10:
        raise ValidationError(_l("Please choose a day within the next ten years."))


class ExperienceFields(FlaskForm):
    """What a municipality tells of a project; only what did not work is needed."""

    start = TextAreaField(
        _l("Starting point"),
        LONG,
        filters=[_stripped],
        description=_l("What was the problem, and what did you have to work with?"),
    )
    done = TextAreaField(_l("What we did"), LONG, filters=[_stripped])
    worked = TextAreaField(_l("What worked"), LONG, filters=[_stripped])
    failed = TextAreaField(
        _l("What did not work"),
        [REQUIRED, *LONG],
        filters=[_stripped],
        description=_l("This is what helps others most: what you would not do again, and why."),
    )
    cost = TextAreaField(
        _l("Cost and effort"),
        LONG,
        filters=[_stripped],
        description=_l("In words: what was paid for, what came on top, who worked on it."),
    )
    cost_euro = IntegerField(_l("Amount in euro"), AMOUNT)
    effort_days = IntegerField(_l("Effort in person-days"), AMOUNT)
    duration = StringField(
        _l("Duration"), SHORT, filters=[_one_line], description=_l("For example: eight months.")
    )
    advice = TextAreaField(_l("Advice to others"), LONG, filters=[_stripped])

    @property
    def experience(self) -> dict[str, Any]:
        """Give the fields by name, as the services take them."""
        return {name: self[name].data for name in FIELDS}


class PollFields(FlaskForm):
    """What a poll asks, and how its votes count."""

    options = TextAreaField(
        _l("Answers to choose from"),
        [REQUIRED],
        filters=[_stripped],
        description=_l("One a line, two to twelve."),
    )
    multiple = BooleanField(_l("Several answers can be chosen"))
    most = IntegerField(
        _l("How many at most?"),
        [
            MayBeEmpty(),
            NumberRange(2, MOST_OPTIONS, message=A_FEW),
        ],
        description=_l("Only with several answers; left empty, all can be chosen."),
    )
    results = RadioField(
        _l("Who sees the results?"),
        [REQUIRED],
        default="open",
        choices=choices_of(
            [
                ("open", _l("Everybody, at any time")),
                ("voted", _l("Whoever has voted; all others at the end")),
                ("ended", _l("Everybody, but only at the end")),
            ]
        ),
    )
    counted = SelectField(
        _l("Whose vote counts?"),
        [REQUIRED],
        default=PERSON,
        choices=choices_of(
            [
                ("person", _l("One vote for each person")),
                ("municipality", _l("One vote for each municipality")),
            ]
        ),
    )
    named = BooleanField(
        _l("Show with the results who chose what"),
        description=_l("Otherwise nobody sees it, moderators as little as others."),
    )
    ends = DateField(_l("Last day to vote"), [MayBeEmpty(), _not_past])

    @property
    def lines(self) -> list[str]:
        """Give the answers, each once, without the marks of a list."""
        lines = [_one_line(line).lstrip("-*• ") for line in (self.options.data or "").splitlines()]
        return list({line.casefold(): line for line in reversed(lines) if line}.values())[::-1]

    def validate_options(self, field: TextAreaField) -> None:
        """Ask for two to twelve answers that fit on a line."""
        if not LEAST_OPTIONS <= len(self.lines) <= MOST_OPTIONS:
            raise ValidationError(_("Please write two to twelve different answers, one a line."))
        if any(len(line) > OPTION_LENGTH for line in self.lines):
            message = ngettext(
                "An answer can have at most %(num)d character.",
                "An answer can have at most %(num)d characters.",
                OPTION_LENGTH,
            )
            raise ValidationError(message)

    def validate_results(self, field: RadioField) -> None:
        """Ask for an end where the results wait for it."""
        if field.data == "ended" and not self.ends.data:
            raise ValidationError(_("Results at the end need a last day."))

    @property
    def poll(self) -> PollSettings:
        """Give what was filled in as the services take it."""
        most = min(self.most.data or len(self.lines), len(self.lines))
        return PollSettings(
            options=self.lines,
            most=most if self.multiple.data else 1,
            results=self.results.data,
            counted=self.counted.data,
            named=bool(self.named.data),
            ends=end_of(self.ends.data),
        )


class AnnouncementFields(FlaskForm):
    """Until when an announcement is news."""

    until = DateField(
        _l("News until"),
        [MayBeEmpty(), _not_past],
        description=_l("Up to and including this day it is pinned and marked as current."),
    )


class KindField(FlaskForm):
    """The kind of a thread; ``FIELDS_OF`` are asked for only by their kind."""

    FIELDS_OF: Mapping[str, tuple[str, ...]] = {
        EXPERIENCE: FIELDS,
        POLL: ("options", "multiple", "most", "results", "counted", "named", "ends"),
        ANNOUNCEMENT: ("until",),
    }

    kind = RadioField(_l("What do you want to open?"), [REQUIRED], default=QUESTION)

    def offer(self, *, announcing: bool) -> None:
        """Offer the kinds, announcements only to whoever may announce."""
        self.kind.choices = choices_of(
            (kind, label) for kind, label, _text in CHOICES if announcing or kind != ANNOUNCEMENT
        )

    @property
    def kind_texts(self) -> dict[str, Any]:
        """Say for each kind what it is for."""
        return {kind: text for kind, _label, text in CHOICES}

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the form; what belongs to other kinds than the chosen one is left alone."""
        super().validate(extra_validators)
        for name in self._of_other_kinds():
            if name in self:
                self[name].errors = []
        return not self.errors

    def _of_other_kinds(self) -> list[str]:
        others = [names for kind, names in self.FIELDS_OF.items() if kind != self.kind.data]
        text = ["body"] if self.kind.data == EXPERIENCE else []
        return [name for names in others for name in names] + text


class DetailsFields(KindField, ExperienceFields, PollFields, AnnouncementFields):
    """The kind of a new thread and what belongs to it."""

    @property
    def details(self) -> Details:
        """Give what was filled in as the services take it."""
        kind = self.kind.data
        return Details(
            kind=kind,
            experience=self.experience if kind == EXPERIENCE else None,
            poll=self.poll if kind == POLL else None,
            until=end_of(self.until.data) if kind == ANNOUNCEMENT else None,
        )


class KindForm(KindField, PollFields, AnnouncementFields):
    """Another kind for a thread; the fields of an experience are filled in afterwards."""

    @property
    def details(self) -> Details:
        """Give what was filled in as the services take it."""
        kind = self.kind.data
        return Details(
            kind=kind,
            poll=self.poll if kind == POLL else None,
            until=end_of(self.until.data) if kind == ANNOUNCEMENT else None,
        )


class ExperienceForm(ExperienceFields):
    """Changed fields of an experience, and the version of the post that they were made from."""

    title = StringField(
        _l("Title"),
        [REQUIRED, Length(max=TITLE_LENGTH, message=_l("At most %(max)d characters."))],
        filters=[_one_line],
    )
    version = IntegerField(
        widget=HiddenInput(), validators=[CHOSEN, NumberRange(0, LARGEST_NUMBER)]
    )


class PollForm(PollFields):
    """A poll that nobody has voted in yet."""
