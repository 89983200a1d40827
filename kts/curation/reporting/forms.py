"""What people fill in to report and to object, and moderators to decide."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import get_timezone
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Field,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length
from wtforms.validators import Optional as MayBeEmpty
from wtforms.widgets import HiddenInput

from kts.core.clock import now
from kts.core.forms import REQUIRED, choices_of, labels_of, valid_email
from kts.curation.reporting.models import (
    ABUSE,
    BARRIER,
    EXPLANATION_LENGTH,
    FACTS_LENGTH,
    HIDE,
    KEEP,
    LAW_LENGTH,
    LOCK,
    REMOVE,
    TERRITORY_LENGTH,
    HouseRules,
    ReportCase,
)
from kts.curation.reporting.targets import has_measure
from kts.curation.reporting.texts import (
    CATEGORIES,
    CONTENT,
    GROUNDS,
    HIDING_MEANS,
    PERSON_MEASURES,
)

CHOSEN = DataRequired(_l("Please choose one."))
LEAST_EXPLANATION = 30  # characters; fewer cannot say what is wrong and why (Art. 16(2)(a))
LEAST_REASON = 20
LONGEST_RULES = 60_000  # about fifteen printed pages
MOST_YEARS = 10


class EnoughWords:
    """Refuse what is too short to be understood, and what is longer than its column."""

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most
        self.field_flags = {"required": True}

    def __call__(self, form: FlaskForm, field: Field) -> None:
        """Raise ValidationError with the sentence that says what is missing."""
        length = len((field.data or "").strip())
        if length < self.least:
            raise ValidationError(
                _l("Please say a little more, at least %(least)d characters.", least=self.least)
            )
        if length > self.most:
            raise ValidationError(_l("At most %(max)d characters.", max=self.most))


def future_day(_form: FlaskForm, field: Field) -> None:
    """Refuse days that are over, and those so far away that nobody means them."""
    today = now().astimezone(get_timezone()).date()
    if field.data is None:
        return
    if field.data < today:
        raise ValidationError(_l("Please choose today or a later day."))
    if field.data > today + timedelta(days=365 * MOST_YEARS):
        raise ValidationError(_l("Please choose a day within the next ten years."))


def end_of(day: date | None) -> datetime | None:
    """Give the end of a day, as the people here count days."""
    if day is None:
        return None
    return get_timezone().localize(datetime.combine(day + timedelta(days=1), time()))


def paragraph_choices(rules: HouseRules) -> list[SelectChoice]:
    """List the paragraphs to choose from, with none chosen at first."""
    numbered = (part for part in rules.paragraphs if part["number"])
    named = ((part["number"], f"§ {part['number']} {part['title']}") for part in numbered)
    return choices_of([("", _l("Please choose")), *named])


class ReportForm(FlaskForm):
    """A report (Art. 16(2)); ``website`` is a trap that people never see and programs fill in.

    Who is signed in gives neither name nor address again: both fields are taken out.
    """

    address = StringField(
        _l("Address of the content"),
        [REQUIRED, Length(max=1000)],
        description=_l("It is filled in if you came here by a link “Report”."),
    )
    category = RadioField(
        _l("What is wrong with it?"), [CHOSEN], choices=choices_of(CATEGORIES.items())
    )
    law = StringField(
        _l("Which law, if you know it"),
        [Length(max=LAW_LENGTH)],
        description=_l("For example: § 185 StGB (insult), copyright"),
    )
    paragraph = SelectField(_l("Which house rule, if you know it"), [MayBeEmpty()])
    explanation = TextAreaField(
        _l("What exactly, and why?"), [EnoughWords(LEAST_EXPLANATION, EXPLANATION_LENGTH)]
    )
    name = StringField(_l("Your name"), [Length(max=200)])
    email = EmailField(_l("Your e-mail address"), [valid_email, Length(max=320)])
    good_faith = BooleanField(
        _l("I believe in good faith that what I say here is correct and complete."), [REQUIRED]
    )
    website = StringField(_l("Please leave this field empty"))

    @property
    def is_barrier(self) -> bool:
        """Say whether the other form is the right one."""
        return self.category.data == BARRIER

    def validate_name(self, field: Field) -> None:
        """Want a name, except where the law lets people stay unknown (Art. 16(2)(c))."""
        self._require_known(field)

    def validate_email(self, field: Field) -> None:
        """Want an address, except in the same cases."""
        self._require_known(field)

    def _require_known(self, field: Field) -> None:
        if self.category.data != ABUSE and not (field.data or "").strip():
            raise ValidationError(
                _l("Please fill in this field. Only when children are abused it can be left empty.")
            )


class StateForm(FlaskForm):
    """A number and the address that belongs to it."""

    number = StringField(
        _l("Number of your report or of the decision"),
        [REQUIRED, Length(max=40)],
        filters=[lambda value: (value or "").strip().upper()],
        description=_l("For example M-2026-7KQ4ZP2B"),
    )
    email = EmailField(_l("Your e-mail address"), [REQUIRED, valid_email, Length(max=320)])


class ObjectionForm(FlaskForm):
    """Why somebody does not agree."""

    text = TextAreaField(
        _l("Why do you not agree?"), [EnoughWords(LEAST_REASON, EXPLANATION_LENGTH)]
    )


class ReasonForm(FlaskForm):
    """Why a measure is taken back."""

    reason = TextAreaField(_l("Reason"), [EnoughWords(LEAST_REASON, EXPLANATION_LENGTH)])


class OutcomeForm(FlaskForm):
    """What becomes of a decision, besides making a new one."""

    outcome = RadioField(
        _l("What becomes of the decision?"),
        [CHOSEN],
        choices=choices_of(
            [
                ("upheld", _l("It stands")),
                ("reversed", _l("It is reversed: all its measures are taken back")),
            ]
        ),
    )
    reasons = TextAreaField(
        _l("Reasons"),
        [EnoughWords(LEAST_REASON, FACTS_LENGTH)],
        description=_l("All parties read them. Name nobody who has reported."),
    )


class DecisionForm(FlaskForm):
    """A decision with its reasons; what cannot be done to the thing is not offered."""

    content = RadioField(_l("What becomes of the content?"), [REQUIRED], default=KEEP)
    lock = BooleanField(_l("Close the thread for answers"))
    content_until = DateField(
        _l("Until which day the content is hidden or the thread closed"),
        [MayBeEmpty(), future_day],
        description=_l("Without a day there is no end."),
    )
    person = RadioField(
        _l("What becomes of the author?"), choices=choices_of(PERSON_MEASURES.items()), default=""
    )
    person_until = DateField(
        _l("Until which day the author cannot write or sign in"),
        [MayBeEmpty(), future_day],
        description=_l("Needed for both."),
    )
    facts = TextAreaField(
        _l("Facts and circumstances"),
        [EnoughWords(LEAST_EXPLANATION, FACTS_LENGTH)],
        description=_l(
            "What was found, where and when. The author reads it. Name nobody who reported."
        ),
    )
    ground = RadioField(_l("Ground"), [CHOSEN], choices=choices_of(GROUNDS.items()))
    law = StringField(
        _l("Name of the law"),
        [Length(max=LAW_LENGTH)],
        description=_l("Only if a law is the ground."),
    )
    paragraph = SelectField(
        _l("Paragraph of the house rules"),
        [MayBeEmpty()],
        description=_l("Only if the house rules are the ground."),
    )
    reasoning = TextAreaField(
        _l("Why the content breaks the law or the rule"), [Length(max=FACTS_LENGTH)]
    )
    territory = StringField(
        _l("Where the decision counts"), [REQUIRED, Length(max=TERRITORY_LENGTH)]
    )
    note = TextAreaField(
        _l("A word to those who reported"),
        [Length(max=EXPLANATION_LENGTH)],
        description=_l("They read it with the outcome. Say nothing of the author’s person."),
    )
    version = IntegerField(default=0, widget=HiddenInput())

    @staticmethod
    def chosen(field: Field) -> Any:
        """Give the words of what was chosen."""
        return labels_of(field)[field.data]

    def offer(self, case: ReportCase, rules: HouseRules) -> None:
        """Offer what can be done in this case."""
        possible = [KEEP, *(kind for kind in (HIDE, REMOVE) if has_measure(case.kind, kind))]
        self.content.choices = choices_of((kind, CONTENT[kind]) for kind in possible)
        self.content.description = HIDING_MEANS.get(case.kind, "")
        self.paragraph.choices = paragraph_choices(rules)
        if not has_measure(case.kind, LOCK):
            del self.lock
        if case.author is None or not case.author.active:
            del self.person, self.person_until


class NewDecisionForm(DecisionForm):
    """A decision that takes another one's place after an objection."""

    reasons = TextAreaField(
        _l("What you say to the objection"),
        [EnoughWords(LEAST_REASON, FACTS_LENGTH)],
        description=_l("All parties read them. Name nobody who has reported."),
    )


class RulesForm(FlaskForm):
    """The draft of the next version of the house rules."""

    body = TextAreaField(
        _l("Text"),
        [REQUIRED, Length(max=LONGEST_RULES)],
        description=_l(
            "Markdown. Every paragraph begins with a heading like “## § 3 Personal data”. A "
            "paragraph keeps its number in all versions, since decisions name it."
        ),
    )
    version = IntegerField(default=0, widget=HiddenInput())


class PublishRulesForm(FlaskForm):
    """From which day the draft counts."""

    from_day = DateField(_l("In force from"), [REQUIRED, future_day])
    version = IntegerField(default=0, widget=HiddenInput())
