"""What those fill in who make knowledge of a thread, and those whose words are in it."""

import secrets
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Length, NumberRange
from wtforms.validators import Optional as MayBeEmpty
from wtforms.widgets import HiddenInput

from kts.core.forms import REQUIRED, choices_of
from kts.core.web import LARGEST_NUMBER
from kts.curation.distilling.models import (
    ANONYMOUS,
    EXPERIENCE,
    FACTSHEET,
    FULL,
    PLACE,
    QUESTION_LENGTH,
    REASON_LENGTH,
    SECTION_LENGTH,
    TITLE_LENGTH,
    Distillate,
    DistillateContributor,
)
from kts.curation.distilling.passages import MARK
from kts.curation.distilling.services import CHOICES

AT_MOST = _l("At most %(max)d characters.")
LONG = [MayBeEmpty(), Length(max=SECTION_LENGTH, message=AT_MOST)]
NOTE_LENGTH = 1000


def _stripped(value: str | None) -> str:
    return (value or "").replace("\r\n", "\n").strip()


def _one_line(value: str | None) -> str:
    return " ".join((value or "").split())


def _no_mark(_form: FlaskForm, field: Field) -> None:
    if MARK.search(field.data or ""):
        raise ValidationError(_l("Quotations stand in the sections below, not here."))


class VersionForm(FlaskForm):
    """The version of the draft, or of the words, that the page showed."""

    version = IntegerField(widget=HiddenInput(), validators=[NumberRange(0, LARGEST_NUMBER)])


class StartForm(FlaskForm):
    """What the thread becomes; the posts are ticked beside it."""

    kind = RadioField(
        _l("What is to come of it?"), [REQUIRED], default=FACTSHEET, choices=choices_of([])
    )
    token = HiddenField()

    def __init__(self, *args: Any, factsheets: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(EXPERIENCE, _l("Experience report: what one place did, and what came of it"))]
        if factsheets:
            offered.append((FACTSHEET, _l("Fact sheet: a question and its answer, on one page")))
        self.kind.choices = choices_of(offered)
        if not self.is_submitted():
            self.token.data = secrets.token_urlsafe(12)
            self.kind.data = FACTSHEET if factsheets else EXPERIENCE


class DraftForm(VersionForm):
    """The words of a draft; quotations are fields of their own beside it."""

    title = StringField(
        _l("Title"), [REQUIRED, Length(max=TITLE_LENGTH, message=AT_MOST)], filters=[_one_line]
    )

    @property
    def texts(self) -> dict[str, str]:
        """Give the sections by name."""
        return {name: self[name].data or "" for name in self.section_names}

    @property
    def section_names(self) -> tuple[str, ...]:
        """Name the sections of the kind, in their order."""
        raise NotImplementedError


class ExperienceDraftForm(DraftForm):
    """The sections of an experience."""

    municipality = SelectField(
        _l("Whose experience is it?"), [MayBeEmpty()], coerce=int, choices=[], default=0
    )
    start = TextAreaField(_l("Starting point"), LONG, filters=[_stripped])
    done = TextAreaField(_l("What we did"), LONG, filters=[_stripped])
    worked = TextAreaField(_l("What worked"), LONG, filters=[_stripped])
    failed = TextAreaField(
        _l("What did not work"),
        LONG,
        filters=[_stripped],
        description=_l("Needed for publishing: it is what helps others most."),
    )
    cost = TextAreaField(_l("Cost and effort"), LONG, filters=[_stripped])
    advice = TextAreaField(_l("Advice to others"), LONG, filters=[_stripped])

    section_names = ("start", "done", "worked", "failed", "cost", "advice")


class FactsheetDraftForm(DraftForm):
    """The sections of a fact sheet; contributors and origin are written by themselves."""

    question = StringField(
        _l("The question in one sentence"),
        [Length(max=QUESTION_LENGTH, message=AT_MOST), _no_mark],
        filters=[_one_line],
    )
    short = TextAreaField(
        _l("Short answer"),
        LONG,
        filters=[_stripped],
        description=_l("What somebody has to know who reads nothing else."),
    )
    details = TextAreaField(_l("In detail"), LONG, filters=[_stripped])
    watch = TextAreaField(_l("What to watch for"), LONG, filters=[_stripped])
    sources = TextAreaField(
        _l("Sources"),
        LONG,
        filters=[_stripped],
        description=_l("Documents, laws, pages. The conversation is linked by itself."),
    )
    as_of = DateField(
        _l("State of knowledge"),
        [REQUIRED],
        description=_l("The day on which all of it was checked."),
    )

    section_names = ("question", "short", "details", "watch", "sources")


def form_of(distillate: Distillate, **values: Any) -> ExperienceDraftForm | FactsheetDraftForm:
    """Give the form of the draft's kind, filled with what is saved."""
    data = {
        "title": distillate.title,
        "version": distillate.version,
        "as_of": distillate.as_of,
        "municipality": distillate.municipality_id or 0,
        **distillate.texts,
    }
    if distillate.is_factsheet:
        return FactsheetDraftForm(data=data, **values)
    return ExperienceDraftForm(data=data, **values)


class PublishForm(VersionForm):
    """Publishing; an experience needs a category."""

    category = SelectField(
        _l("Category"), [MayBeEmpty()], coerce=int, choices=[], default=0, validate_choice=False
    )


class ReasonForm(FlaskForm):
    """Why something is done."""

    reason = StringField(
        _l("Reason"),
        [Length(max=REASON_LENGTH, message=AT_MOST)],
        filters=[_one_line],
    )


class AnswerForm(VersionForm):
    """What a contributor says to the use of her words."""

    choice = RadioField(_l("Your answer"), [REQUIRED], choices=choices_of([]))
    note = TextAreaField(
        _l("Message to those who write the text"),
        [MayBeEmpty(), Length(max=NOTE_LENGTH, message=AT_MOST)],
        filters=[_stripped],
    )

    def __init__(self, contributor: DistillateContributor, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        named = ", ".join(filter(None, (contributor.name, contributor.place)))
        offered: list[tuple[str, Any]] = [
            (FULL, _l("I agree, with my name: %(label)s", label=named))
        ]
        if contributor.place:
            offered.append(
                (
                    PLACE,
                    _l("I agree, with the municipality only: %(label)s", label=contributor.place),
                )
            )
            nameless = _l("I agree, without name: “a municipality”")
        else:
            nameless = _l("I agree, without name: “a contributor”")
        decline = _l("I do not agree; my words are taken out")
        offered += [(ANONYMOUS, nameless), (CHOICES[-1], decline)]
        self.choice.choices = choices_of(offered)
