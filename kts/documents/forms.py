"""What people fill in about documents."""

from collections.abc import Iterable
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
from kts.core.forms import REQUIRED, web_address
from kts.documents import queries
from kts.documents.messages import ACCEPTED, KIND_NAMES, LANGUAGE_NAMES
from kts.municipalities.models import Municipality

# Digital strategies are not older than the first of them; next year's may be published early.
FIRST_YEAR, LAST_YEAR = 1990, 2100


def _choices(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


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
    kind = SelectField(_l("Kind of document"), choices=_choices(KIND_NAMES.items()))
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
    language = SelectField(_l("Language"), choices=_choices(LANGUAGE_NAMES.items()))
    licence = StringField(
        _l("Licence"),
        [Length(max=200)],
        description=_l("For example CC BY-SA 4.0. It tells others whether they may reuse it."),
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
        self.topics.choices = _choices((topic.id, topic.label) for topic in queries.all_topics())
        groups = (
            (group.token, group.name)
            for group in visible_groups(current_user)
            if group.token in current_user.visibility_tokens
        )
        everybody = ((PUBLIC, _("Everybody")), (MEMBERS, _("Everybody who is signed in")))
        self.visibility.choices = _choices((*everybody, *groups))
        own = [] if current_user.is_moderator else queries.editable_municipalities(current_user)
        self.municipality.choices = _choices((str(m.id), m.name) for m in own)
        self.found: Municipality | None = None

    @property
    def types_municipality(self) -> bool:
        """Say whether the municipality is typed: moderators may take any of eleven thousand."""
        return bool(current_user.is_moderator)

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
            "topics": [topic for topic in queries.all_topics() if topic.id in wanted],
            "language": self.language.data,
            "licence": (self.licence.data or "").strip(),
            "source_url": (self.source_url.data or "").strip(),
            "visibility": self.visibility.data,
        }


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
