"""What the forms of all features share: the usual checks with their sentences."""

from collections.abc import Iterable
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.form import BaseForm
from wtforms.validators import DataRequired

REQUIRED = DataRequired(_l("Please fill in this field."))


def choices_of(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Make what a field offers from values and labels."""
    return [SelectChoice(value, label) for value, label in pairs]


def labels_of(field: Field) -> dict[Any, Any]:
    """Give the labels of what a field offers, by value."""
    return {choice.value: choice.label for choice in field.choices or ()}


def valid_email(_form: BaseForm, field: Field) -> None:
    """Refuse what cannot be an address, without a look-up of the domain; empty is no matter."""
    if not field.data:
        return
    try:
        validate_email(field.data, check_deliverability=False)
    except EmailNotValidError as error:
        raise ValidationError(
            _l("Please give a complete e-mail address, like name@town.de.")
        ) from error


def web_address(_form: BaseForm, field: Field) -> None:
    """Refuse what is no http or https address, so that no link runs a script."""
    data = field.data or ""
    if data and not data.lower().startswith(("http://", "https://")):
        raise ValidationError(_l("Please begin the address with https:// or http://."))


class ActionForm(FlaskForm):
    """A button: nothing but the token against forged requests."""
