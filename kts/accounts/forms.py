"""What people fill in about accounts."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import EqualTo, Length

from kts.accounts.passwords import MIN_LENGTH
from kts.core.forms import REQUIRED, valid_email

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
    language = SelectField(_l("Language"), choices=[("de", "Deutsch"), ("en", "English")])


class ChangePasswordForm(NewPasswordForm):
    """The old password proves who asks."""

    current = PasswordField(_l("Current password"), [REQUIRED])


class GroupForm(FlaskForm):
    """A new group."""

    name = StringField(_l("Name"), [REQUIRED, NAME])
    description = TextAreaField(_l("What the group works on"), [Length(max=2000)])
    closed = BooleanField(_l("Closed: only members see what is in it"), default=True)


class GroupMemberForm(FlaskForm):
    """Whom to take into a group."""

    email = EmailField(_l("E-mail address"), [REQUIRED, valid_email])


class RoleForm(FlaskForm):
    """The platform-wide role of an account."""

    role = SelectField(
        _l("Role"),
        choices=[
            ("member", _l("Member")),
            ("editor", _l("Editor of the own municipalities")),
            ("moderator", _l("KTS moderator")),
            ("admin", _l("Administrator")),
        ],
    )
