"""What people fill in about accounts."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import EqualTo, InputRequired, Length

from kts.accounts.models import (
    BY_INVITATION,
    BY_REQUEST,
    DIALOGPLATTFORM,
    FULL_NAME,
    GROUP,
    NETWORK,
    OPEN,
    WORKING_GROUP,
)
from kts.accounts.passwords import MIN_LENGTH
from kts.core.forms import REQUIRED, choices_of, valid_email

NAME = Length(max=200, message=_l("At most 200 characters."))


class SignInForm(FlaskForm):
    """E-mail and password."""

    email = EmailField(_l("E-mail address"), [REQUIRED])
    password = PasswordField(_l("Password"), [REQUIRED])
    remember = BooleanField(_l("Stay signed in on this device"))


class ForgottenForm(FlaskForm):
    """The address that wants a new password."""

    email = EmailField(_l("E-mail address"), [REQUIRED, valid_email])


class NewPasswordForm(FlaskForm):
    """A new password, twice."""

    password = PasswordField(
        _l("New password"),
        [
            REQUIRED,
            Length(min=MIN_LENGTH, max=500, message=_l("At least 10 characters, at most 500.")),
        ],
        description=_l("At least 10 characters. A sentence is easier to keep than a riddle."),
    )
    again = PasswordField(
        _l("New password again"),
        [REQUIRED, EqualTo("password", _l("The two passwords are not the same."))],
    )


class AcceptForm(NewPasswordForm):
    """Name and password of somebody who was invited."""

    name = StringField(
        _l("Your name"), [REQUIRED, NAME], description=_l("As others shall read it.")
    )


class ProfileForm(FlaskForm):
    """What people change about themselves."""

    name = StringField(_l("Your name"), [REQUIRED, NAME])
    language = SelectField(
        _l("Language"), choices=choices_of([("de", "Deutsch"), ("en", "English")])
    )


class ChangePasswordForm(NewPasswordForm):
    """The old password proves who asks."""

    current = PasswordField(_l("Current password"), [REQUIRED])


class GroupPurposeForm(FlaskForm):
    """What coordinators say about their group."""

    description = TextAreaField(
        _l("What the group works on"),
        [Length(max=5000, message=_l("At most %(max)d characters."))],
        description=_l("Markdown: empty line for a paragraph, - for a list, **bold**."),
    )
    joining = SelectField(
        _l("How one joins"),
        [InputRequired(_l("Please choose one."))],
        choices=choices_of(
            [
                (BY_REQUEST, _l("People ask, the coordinators decide")),
                (BY_INVITATION, _l("Only by invitation")),
                (OPEN, _l("Everybody with an account may join")),
            ]
        ),
        default=BY_REQUEST,
        description=_l("Into a closed group one comes by invitation alone."),
    )


class GroupForm(GroupPurposeForm):
    """A group, as moderators open and change it."""

    name = StringField(_l("Name"), [REQUIRED, NAME], filters=[lambda value: (value or "").strip()])
    kind = SelectField(
        _l("Kind of group"),
        choices=choices_of(
            [
                (WORKING_GROUP, _l("Working and development community (AEG)")),
                (DIALOGPLATTFORM, _l("Dialogplattform")),
                (NETWORK, _l("International network")),
                (GROUP, _l("Other group")),
            ]
        ),
        default=GROUP,
    )
    closed = BooleanField(_l("Closed: only members see what is in it"), default=True)


class JoinRequestForm(FlaskForm):
    """Why somebody would like to take part."""

    message = TextAreaField(
        _l("Message to the coordinators"),
        [Length(max=1000, message=_l("At most %(max)d characters."))],
        description=_l("Who are you, and what would you like to work on?"),
    )


class ReasonForm(FlaskForm):
    """A reason that the person is told."""

    reason = TextAreaField(
        _l("Reason"),
        [REQUIRED, Length(max=1000, message=_l("At most %(max)d characters."))],
        filters=[lambda value: (value or "").strip()],
        description=_l("The person reads it in a mail."),
    )


class LeaveGroupForm(FlaskForm):
    """Leaving; the last coordinator says who goes on."""

    successor = SelectField(_l("Who coordinates from now on?"), coerce=int, choices=[])


class ShownNameForm(FlaskForm):
    """How somebody who has left is named beside her posts; choices are the names themselves."""

    shown_as = RadioField(_l("Name beside the posts"), [InputRequired(_l("Please choose one."))])


class LeavePlatformForm(ShownNameForm):
    """The password proves who goes."""

    password = PasswordField(_l("Current password"), [REQUIRED])


class HandoverForm(FlaskForm):
    """To whom the work for a municipality passes, and what becomes of the person."""

    successor = RadioField(_l("Successor"), coerce=int, default=0)
    email = EmailField(
        _l("E-mail address of somebody else"),
        [valid_email],
        description=_l("Without an account the person gets an invitation as well."),
    )
    message = TextAreaField(
        _l("Message to the successor"),
        [Length(max=1000, message=_l("At most %(max)d characters."))],
    )
    keeps_subscriptions = BooleanField(_l("Keep the own subscriptions as well"))
    copies_searches = BooleanField(_l("Copy the saved searches"))
    afterwards = RadioField(_l("Afterwards"), [InputRequired(_l("Please choose one."))])
    shown_as = RadioField(
        _l("Name beside the posts"),
        default=FULL_NAME,
        description=_l("Counts when the account is switched off."),
    )

    def validate_email(self, field: EmailField) -> None:
        """Ask for one successor: one of the list or an address."""
        if not self.successor.data and not field.data:
            raise ValidationError(_l("Please choose a member or give an address."))


class GroupMemberForm(FlaskForm):
    """Whom to take into a group."""

    email = EmailField(_l("E-mail address"), [REQUIRED, valid_email])


class RoleForm(FlaskForm):
    """The platform-wide role of an account."""

    role = SelectField(
        _l("Role"),
        choices=choices_of(
            [
                ("member", _l("Member")),
                ("editor", _l("Editor of the own municipalities")),
                ("moderator", _l("KTS moderator")),
                ("admin", _l("Administrator")),
            ]
        ),
    )
