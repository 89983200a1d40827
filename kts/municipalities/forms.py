"""What people fill in about municipalities."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SearchField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    URLField,
    ValidationError,
)
from wtforms.validators import Length, Optional, Regexp
from wtforms.widgets import HiddenInput

from kts.core.forms import REQUIRED, choices_of, labels_of, valid_email, web_address
from kts.municipalities import queries
from kts.municipalities.geography import LAENDER
from kts.municipalities.models import (
    COHORTS,
    KINDS,
    OPERATING,
    OPERATING_NOTE_LENGTH,
    PHASES,
    PROFILE_LENGTH,
    SIZE_CLASSES,
    STATUSES,
    STRATEGY_STATES,
    Municipality,
    Topic,
)
from kts.municipalities.queries import Filters
from kts.municipalities.services import ContactDraft, ProfileDraft

MOST_CONTACTS = 8  # more offices than a reader would look through
ANY = ("", _l("all"))


def _labelled(options: Any) -> list[tuple[str, Any]]:
    return [(value, label) for value, label in options.items() if value]


class FilterForm(FlaskForm):
    """The search on the list of municipalities; sent with GET."""

    class Meta:
        """Reading needs no token."""

        csrf = False

    q = SearchField(_l("Name, postcode or key"), [Length(max=100)])
    land = SelectField(
        _l("Land"),
        choices=choices_of([ANY, *((code, name) for code, (_s, name) in LAENDER.items())]),
    )
    groesse = SelectField(_l("Size"), choices=choices_of([ANY, *_labelled(SIZE_CLASSES)]))
    art = SelectField(_l("Type"), choices=choices_of([ANY, *_labelled(KINDS)]))
    staffel = SelectField(
        _l("Cohort"), choices=choices_of([ANY, *((str(year), str(year)) for year in COHORTS)])
    )
    betrieb = SelectField(_l("After the funding"), choices=choices_of([ANY, *_labelled(OPERATING)]))
    handlungsfeld = SelectField(_l("Field of action"))
    modellprojekt = BooleanField(_l("only with a model project"))
    dokumente = BooleanField(_l("only with documents"))

    def offer_topics(self, topics: list[Topic]) -> None:
        """Fill the choice of topics."""
        self.handlungsfeld.choices = choices_of(
            [ANY, *((topic.slug, topic.label) for topic in topics)]
        )

    def filters(self) -> Filters:
        """Give what was chosen; unknown values do not filter."""

        def chosen(field: SelectField) -> str:
            return field.data if field.data in labels_of(field) else ""

        cohort = chosen(self.staffel)
        return Filters(
            q=(self.q.data or "").strip()[:100],
            land=chosen(self.land),
            size=chosen(self.groesse),
            kind=chosen(self.art),
            cohort=int(cohort) if cohort else None,
            operating=chosen(self.betrieb),
            topic=chosen(self.handlungsfeld),
            with_project=bool(self.modellprojekt.data),
            with_documents=bool(self.dokumente.data),
        )


class ContactForm(Form):
    """One office."""

    office = StringField(
        _l("Office"),
        [Length(max=200, message=_l("At most 200 characters."))],
        description=_l("The office, not a person, for example “Smart City team”."),
    )
    email = EmailField(_l("E-mail address"), [valid_email, Length(max=320)])
    phone = TelField(
        _l("Telephone"),
        [
            Optional(),
            Regexp(r"^[0-9+()/ .\-]{3,50}$", message=_l("Only digits, spaces and + / -.")),
        ],
    )

    def validate_office(self, field: StringField) -> None:
        """Refuse an address or number that belongs to no office."""
        if not (field.data or "").strip() and (self.email.data or self.phone.data):
            raise ValidationError(_l("Please name the office."))


def offer_topics(field: SelectMultipleField, also: Iterable[int] = ()) -> list[Topic]:
    """Let a field offer the topics, and give them.

    What the thing has already (``also``) or was chosen stays to be seen though it was retired;
    for what was merged meanwhile the topic that it went into is ticked.
    """
    field.data = queries.current_topic_ids(field.data or ())
    offered = queries.offered_topics({*field.data, *also})
    field.choices = choices_of((topic.id, topic.label) for topic in offered)
    return offered


class ProfileForm(FlaskForm):
    """The profile of a municipality."""

    version = IntegerField(widget=HiddenInput())
    profile = TextAreaField(
        _l("Profile"),
        [Length(max=PROFILE_LENGTH, message=_l("At most 20,000 characters."))],
        description=_l(
            "What others can learn from you: aims, projects, lessons. You can use Markdown: "
            "## for a heading, - for a list, **bold**, [text](https://address)."
        ),
    )
    website = URLField(
        _l("Website"),
        [Optional(), web_address, Length(max=500, message=_l("At most 500 characters."))],
    )
    strategy_state = SelectField(
        _l("State of the strategy"), choices=choices_of(STRATEGY_STATES.items())
    )
    topics = SelectMultipleField(_l("Fields of action"), coerce=int)
    contacts = FieldList(FormField(ContactForm), label=_l("Contacts"), max_entries=MOST_CONTACTS)

    def fill(self, municipality: Municipality) -> None:
        """Show what is saved."""
        self.version.data = municipality.version
        self.profile.data = municipality.profile
        self.website.data = municipality.website
        self.strategy_state.data = municipality.strategy_state
        self.topics.data = [topic.id for topic in municipality.topics]
        for contact in municipality.contacts:
            self.contacts.append_entry(
                {"office": contact.office, "email": contact.email, "phone": contact.phone}
            )

    def strategy_label(self, state: str) -> str:
        """Give a state of the strategy in words."""
        return str(STRATEGY_STATES.get(state, state))

    def draft(self) -> ProfileDraft:
        """Give what was filled in; empty contact rows are left out."""
        contacts = tuple(
            ContactDraft(
                office=(row.office.data or "").strip(),
                email=(row.email.data or "").strip(),
                phone=(row.phone.data or "").strip(),
            )
            for row in (entry.form for entry in self.contacts)
            if (row.office.data or "").strip()
        )
        return ProfileDraft(
            version=self.version.data or 0,
            profile=(self.profile.data or "").replace("\r\n", "\n").strip(),
            website=(self.website.data or "").strip(),
            strategy_state=self.strategy_state.data,
            contacts=contacts,
            topic_ids=frozenset(self.topics.data or ()),
        )


class ProjectForm(FlaskForm):
    """Where a model project stands."""

    phase = SelectField(_l("Phase"), choices=choices_of(PHASES.items()))
    status = SelectField(_l("Funding"), choices=choices_of(STATUSES.items()))
    website = URLField(_l("Website of the project"), [Optional(), web_address, Length(max=500)])


class OperatingForm(FlaskForm):
    """What became of a model project after its funding."""

    version = IntegerField(widget=HiddenInput())
    operating = SelectField(_l("What became of it"), choices=choices_of(OPERATING.items()))
    operating_on = DateField(_l("As of"), [Optional()])
    operating_office = StringField(
        _l("Who answers for it"),
        [Length(max=200, message=_l("At most 200 characters."))],
        description=_l("An office or a company, no name of a person."),
    )
    operating_note = TextAreaField(
        _l("Remark"),
        [Length(max=OPERATING_NOTE_LENGTH, message=_l("At most 500 characters."))],
        description=_l("For example what runs on, with which money, and what was given up."),
    )


class MembershipForm(FlaskForm):
    """The wish to take part."""

    kommune = HiddenField()
    name = StringField(
        _l("Your name"), [REQUIRED, Length(max=200, message=_l("At most 200 characters."))]
    )
    email = EmailField(_l("Work e-mail address"), [REQUIRED, valid_email, Length(max=320)])
    organisation = StringField(
        _l("Organisation"),
        [Length(max=200, message=_l("At most 200 characters."))],
        description=_l("For example an association, a university or a ministry."),
    )
    message = TextAreaField(
        _l("Your message"),
        [Length(max=2000, message=_l("At most 2,000 characters."))],
        description=_l("What do you work on, and what do you hope to find here?"),
    )


class InviteForm(FlaskForm):
    """Inviting somebody into a municipality."""

    email = EmailField(_l("E-mail address"), [REQUIRED, valid_email, Length(max=320)])
    name = StringField(_l("Name"), [Length(max=200, message=_l("At most 200 characters."))])
    role = SelectField(
        _l("Role"),
        choices=choices_of(
            [
                ("member", _l("Member: writes in the forum, sees what is for members")),
                ("editor", _l("Editor: also edits the profile and manages members")),
            ]
        ),
    )


class RoleForm(FlaskForm):
    """Changing the role of a member."""

    role = SelectField(
        _l("Role"), choices=choices_of([("member", _l("Member")), ("editor", _l("Editor"))])
    )


class DeclineForm(FlaskForm):
    """Declining a request, with the reason that the person is told."""

    reason = TextAreaField(
        _l("Reason"), [REQUIRED, Length(max=2000, message=_l("At most 2,000 characters."))]
    )
