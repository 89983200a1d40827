"""What people fill in about documents."""

import json
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import URL, Length, NumberRange, Optional

from kts.accounts.queries import visible_groups
from kts.core.access import MEMBERS, PUBLIC
from kts.core.errors import Invalid
from kts.core.forms import REQUIRED, choices_of, web_address
from kts.documents import corrections, kinds, queries
from kts.documents.licences import LICENCES, NOT_STATED, OTHER, describe, recognise
from kts.documents.messages import ACCEPTED, LANGUAGE_NAMES
from kts.municipalities.forms import offer_topics
from kts.municipalities.models import Municipality

# What a list or a search result can show of it, and a reader takes in before opening the document.
LONGEST_DESCRIPTION = 2_000

# Digital strategies are not older than the first of them; next year's may be published early.
FIRST_YEAR, LAST_YEAR = 1990, 2100


def _year(label: Any) -> IntegerField:
    return IntegerField(
        label,
        [
            Optional(),
            NumberRange(FIRST_YEAR, LAST_YEAR, _l("Please give a year such as 2026.")),
        ],
        description=_l("In which year it was adopted or published."),
    )


def _file(description: Any) -> FileField:
    return FileField(_l("File"), description=description)


class DetailsForm(FlaskForm):
    """What is said about a document; the choices depend on who fills it in."""

    title = StringField(
        _l("Title"), [REQUIRED, Length(max=300, message=_l("At most 300 characters."))]
    )
    kind = SelectField(_l("Kind of document"))
    municipality = SelectField(_l("Municipality"), validate_choice=False)
    municipality_text = StringField(
        _l("Municipality"),
        [Length(max=200)],
        description=_l(
            "Name or official key (AGS). Leave it empty for documents of the programme."
        ),
    )
    year = _year(_l("Year"))
    topics = SelectMultipleField(_l("Fields of action"), coerce=int)
    description = TextAreaField(
        _l("Short description"),
        [Length(max=LONGEST_DESCRIPTION, message=_l("At most 2,000 characters."))],
        description=_l("Two or three sentences: what it is about, and for whom."),
    )
    publisher = StringField(
        _l("Publisher"),
        [Length(max=200, message=_l("At most 200 characters."))],
        description=_l("Only where it is not the municipality itself, for example a ministry."),
    )
    language = SelectField(_l("Language"))
    licence = SelectField(
        _l("Licence"),
        coerce=recognise,
        default=NOT_STATED,
        description=_l("It tells others what they may do with the document."),
    )
    licence_text = StringField(
        _l("Name of the other licence"),
        [Length(max=200, message=_l("At most 200 characters."))],
        description=_l("Only for “other licence”."),
    )
    source_url = StringField(
        _l("Original address"),
        [
            Optional(),
            Length(max=1000),
            web_address,
            URL(message=_l("Please give a complete address that begins with https://.")),
        ],
        description=_l("Where the document was first published."),
    )
    visibility = SelectField(_l("Who may see it"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._topics = offer_topics(self.topics)
        self._offer_kinds()
        groups = (
            (group.token, group.name)
            for group in visible_groups(current_user)
            if group.token in current_user.visibility_tokens and not group.archived
        )
        everybody = ((PUBLIC, _("Everybody")), (MEMBERS, _("Everybody who is signed in")))
        self.visibility.choices = choices_of((*everybody, *groups))
        named = ((licence.id, _licence_label(licence)) for licence in LICENCES)
        unstated = (NOT_STATED, describe(NOT_STATED).name)
        self.licence.choices = choices_of((unstated, *named, (OTHER, _("other licence"))))
        self.language.choices = choices_of(LANGUAGE_NAMES.items())
        own = [] if current_user.is_moderator else queries.editable_municipalities(current_user)
        self.municipality.choices = choices_of((str(m.id), m.name) for m in own)
        self.found: Municipality | None = None

    def _offer_kinds(self) -> None:
        """Offer the kinds; the document's own one too, and for a merged one its successor."""
        if self.kind.data in kinds.all_kinds():
            self.kind.data = kinds.current(self.kind.data)
        self.kind.choices = choices_of(kinds.offered(self.kind.data or "").items())

    @property
    def types_municipality(self) -> bool:
        """Say whether the municipality is typed: moderators may take any of eleven thousand."""
        return bool(current_user.is_moderator)

    def validate_licence_text(self, field: StringField) -> None:
        """Ask for the name of a licence that is not in the list."""
        if self.licence.data == OTHER and not (field.data or "").strip():
            raise ValidationError(_("Please name the licence, or choose one of the list."))

    def validate_municipality_text(self, field: StringField) -> None:
        """Find the municipality that a moderator typed."""
        if not self.types_municipality or not (field.data or "").strip():
            return
        try:
            self.found = queries.find_municipality(field.data)
        except Invalid as error:
            raise ValidationError(error.message) from error

    def validate_municipality(self, field: SelectField) -> None:
        """Take one of the person's own municipalities."""
        if self.types_municipality:
            return
        own = {str(m.id): m for m in queries.editable_municipalities(current_user)}
        if field.data not in own:
            raise ValidationError(_("Please choose one of your municipalities."))
        self.found = own[field.data]

    def details(self) -> dict[str, Any]:
        """Give the values for the services."""
        wanted = set(self.topics.data or [])
        return {
            "title": " ".join((self.title.data or "").split()),
            "kind": self.kind.data,
            "municipality_id": self.found.id if self.found else None,
            "year": self.year.data,
            "topics": [topic for topic in self._topics if topic.id in wanted],
            "language": self.language.data,
            "description": (self.description.data or "").replace("\r\n", "\n").strip(),
            "publisher": " ".join((self.publisher.data or "").split()),
            "licence": recognise(
                self.licence_text.data if self.licence.data == OTHER else self.licence.data
            ),
            "source_url": (self.source_url.data or "").strip(),
            "visibility": self.visibility.data,
        }


def _licence_label(licence: Any) -> str:
    """Give the choice with its meaning: nobody knows all licences by their names."""
    return f"{licence.name} – {licence.meaning}"


class _SeenMixin:
    """Carries what the form showed when it was opened, so that two people lose nothing."""

    seen: HiddenField

    @property
    def seen_details(self) -> dict[str, Any]:
        """Give what was shown; empty, and so a conflict, where it came back damaged."""
        try:
            seen = json.loads(self.seen.data or "")
        except ValueError:
            return {}
        return seen if isinstance(seen, dict) else {}


class EditForm(_SeenMixin, DetailsForm):
    """What is said about a document that is there already."""

    seen = HiddenField()

    def keep_language(self, language: str) -> None:
        """Offer the document's own language too, though it may be none of the usual ones."""
        if language not in LANGUAGE_NAMES:
            self.language.choices.append(SelectChoice(language, language))


class VersionDetailsForm(_SeenMixin, FlaskForm):
    """Name and year of a version."""

    label = StringField(
        _l("Name of this version"),
        [Length(max=200, message=_l("At most 200 characters."))],
        description=_l("For example: draft for the council, adopted version."),
    )
    year = _year(_l("Year"))
    seen = HiddenField()


class CorrectionForm(FlaskForm):
    """A mistake that somebody found."""

    text = TextAreaField(
        _l("What is wrong, and how is it right?"),
        [REQUIRED, Length(max=corrections.LONGEST, message=_l("At most 2,000 characters."))],
        description=_l("For example: the year is 2021, or page 12 belongs to another document."),
    )


class CorrectionAnswerForm(FlaskForm):
    """What became of a correction."""

    answer = StringField(_l("Answer"), [Length(max=500)])


class UploadForm(DetailsForm):
    """A new document; an empty title is taken from the file."""

    title = StringField(
        _l("Title"),
        [Length(max=300, message=_l("At most 300 characters."))],
        description=_l("Leave it empty to take the title from the file."),
    )
    file = _file("")
    submission = HiddenField()

    def validate_file(self, field: FileField) -> None:
        """Ask for a file."""
        if not field.data or not field.data.filename:
            raise ValidationError(_("Please choose a file (%(formats)s).", formats=ACCEPTED))


class VersionForm(FlaskForm):
    """A newer version of a document, or a file in place of one that could not be read."""

    file = _file("")
    label = StringField(
        _l("Name of this version"),
        [Length(max=200)],
        description=_l("For example: draft for the council, adopted version."),
    )
    year = _year(_l("Year"))
    submission = HiddenField()

    validate_file = UploadForm.validate_file


class HideForm(FlaskForm):
    """Why a document is taken out."""

    reason = TextAreaField(
        _l("Reason"),
        [REQUIRED, Length(max=2000)],
        description=_l("It is kept in the audit log and shown to the municipality's editors."),
    )
