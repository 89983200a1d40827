"""What moderators fill in about terms, labels and the quality seal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length
from wtforms.widgets import HiddenInput

from kts.core.clock import now
from kts.core.forms import REQUIRED, choices_of
from kts.curation.vocabularies.models import MET, NOT_APPLICABLE
from kts.curation.vocabularies.models.labels import REASON_LENGTH
from kts.curation.vocabularies.models.seals import SENTENCE_LENGTH, TEXT_LENGTH

NAME_LENGTH = 120
DESCRIPTION_LENGTH = 1000
CRITERIA_LENGTH = 20_000
AS_IT_IS, FIRST = "=", "^"  # choices of the place that are no term
MOST_NEW = 3  # lines for new terms of a split; with a term that exists there are four targets


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _reason(description: Any = None) -> TextAreaField:
    return TextAreaField(
        _l("Reason"),
        [REQUIRED, Length(max=REASON_LENGTH, message=_l("At most 500 characters."))],
        description=description or _l("It is kept in the activity log."),
    )


class TermForm(FlaskForm):
    """A new term."""

    name = StringField(
        _l("German name"),
        [REQUIRED, Length(max=NAME_LENGTH, message=_l("At most 120 characters."))],
    )
    name_en = StringField(
        _l("English name"), [Length(max=NAME_LENGTH, message=_l("At most 120 characters."))]
    )
    description = TextAreaField(
        _l("What belongs here and what does not"),
        [Length(max=DESCRIPTION_LENGTH, message=_l("At most 1,000 characters."))],
    )
    reason = _reason()

    def told(self) -> dict[str, str]:
        """Give names and description, tidied."""
        return {
            "name": _one_line(self.name.data),
            "name_en": _one_line(self.name_en.data),
            "description": (self.description.data or "").replace("\r\n", "\n").strip(),
        }


class ChangeTermForm(TermForm):
    """Names, description and place of a term that is there."""

    place = SelectField(_l("Place in the list"), default=AS_IT_IS)

    def offer_places(self, terms: Iterable[tuple[str, str]]) -> None:
        """Offer the places behind the other terms (handle and name)."""
        behind = ((handle, _("behind “%(name)s”", name=name)) for handle, name in terms)
        self.place.choices = choices_of([(AS_IT_IS, _("as it is")), (FIRST, _("first")), *behind])

    @property
    def after(self) -> str | None:
        """Give the term behind which it shall stand; empty: the first place, None: its own."""
        if self.place.data in (None, AS_IT_IS):
            return None
        return "" if self.place.data == FIRST else str(self.place.data)


class MergeForm(FlaskForm):
    """Into which other term."""

    into = SelectField(_l("Into which term?"), validators=[REQUIRED])
    reason = _reason()

    def offer(self, terms: Iterable[tuple[str, str]]) -> None:
        """Offer the terms (handle and name)."""
        self.into.choices = choices_of([("", _("Please choose")), *terms])


class ReasonForm(FlaskForm):
    """Why."""

    reason = _reason()


class SplitForm(FlaskForm):
    """Into which terms: new ones, and one that exists."""

    first = StringField(_l("First new term (German)"), [Length(max=NAME_LENGTH)])
    first_en = StringField(_l("First new term (English)"), [Length(max=NAME_LENGTH)])
    second = StringField(_l("Second new term (German)"), [Length(max=NAME_LENGTH)])
    second_en = StringField(_l("Second new term (English)"), [Length(max=NAME_LENGTH)])
    third = StringField(_l("Third new term (German)"), [Length(max=NAME_LENGTH)])
    third_en = StringField(_l("Third new term (English)"), [Length(max=NAME_LENGTH)])
    existing = SelectField(_l("A term that exists already"))

    def offer(self, terms: Iterable[tuple[str, str]]) -> None:
        """Offer the terms that exist (handle and name)."""
        self.existing.choices = choices_of([("", _("none")), *terms])

    def targets(self) -> list[dict[str, str]]:
        """Give what was filled in, as a plan keeps it."""
        pairs = (
            (self.first, self.first_en),
            (self.second, self.second_en),
            (self.third, self.third_en),
        )
        new = [
            {"name": _one_line(german.data), "name_en": _one_line(english.data)}
            for german, english in pairs
            if _one_line(german.data)
        ]
        return new + ([{"key": self.existing.data}] if self.existing.data else [])


class GiveLabelForm(FlaskForm):
    """A label and the reason that everybody reads."""

    label = SelectField(_l("Label"), coerce=int, validate_choice=True)
    reason = _reason(_l("One sentence. Everybody who sees the label can read it."))

    def offer(self, labels: Iterable[tuple[int, str]]) -> None:
        """Offer the labels that it does not have yet."""
        self.label.choices = choices_of(labels)


class CriteriaForm(FlaskForm):
    """The draft of the next version of the criteria."""

    body = TextAreaField(
        _l("Text and criteria"),
        [REQUIRED, Length(max=CRITERIA_LENGTH, message=_l("At most 20,000 characters."))],
        description=_l("Each criterion begins with a heading like: ## 1 Title"),
    )
    version = IntegerField(widget=HiddenInput(), default=0)


class SuggestForm(FlaskForm):
    """Why something deserves the seal."""

    text = TextAreaField(
        _l("Why does it deserve the quality seal?"),
        [REQUIRED, Length(max=TEXT_LENGTH, message=_l("At most 2,000 characters."))],
    )


class AnswerForm(FlaskForm):
    """What becomes of a suggestion that is declined."""

    reason = TextAreaField(
        _l("Answer"),
        [REQUIRED, Length(max=TEXT_LENGTH, message=_l("At most 2,000 characters."))],
        description=_l("It is sent to the person who suggested it."),
    )


class SealForm(FlaskForm):
    """The answers to the criteria; their fields are made for the version that counts."""

    reason = TextAreaField(
        _l("Reason"),
        [REQUIRED, Length(max=TEXT_LENGTH, message=_l("At most 2,000 characters."))],
        description=_l("It is published with the seal."),
    )
    valid_until = DateField(
        _l("Valid until"), [InputRequired(_l("Please give a day."))], render_kw={"type": "date"}
    )
    criteria = HiddenField()

    def validate_valid_until(self, field: DateField) -> None:
        """Refuse a day that is over."""
        if field.data and field.data <= now().date():
            raise ValidationError(_("Please choose a day in the future."))

    points: Sequence[dict[str, str]] = ()

    def answers(self) -> list[dict[str, str]]:
        """Give the answer to each criterion."""
        return [
            {
                "number": point["number"],
                "title": point["title"],
                "state": self[f"state_{point['number']}"].data,
                "sentence": _one_line(self[f"sentence_{point['number']}"].data),
            }
            for point in self.points
        ]


def seal_form(points: Sequence[dict[str, str]], **values: Any) -> SealForm:
    """Make the form for these criteria: a choice and a sentence for each."""
    fields: dict[str, Any] = {"points": points}
    for point in points:
        fields[f"state_{point['number']}"] = RadioField(
            _l("Criterion %(number)s: %(title)s", **{k: point[k] for k in ("number", "title")}),
            choices=choices_of([(MET, _l("met")), (NOT_APPLICABLE, _l("not applicable"))]),
            validators=[InputRequired(_l("Please answer this criterion."))],
        )
        fields[f"sentence_{point['number']}"] = StringField(
            _l("In one sentence"),
            [REQUIRED, Length(max=SENTENCE_LENGTH, message=_l("At most 300 characters."))],
        )
    form: SealForm = type("SealFormOfVersion", (SealForm,), fields)(**values)
    return form
