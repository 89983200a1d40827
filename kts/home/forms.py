"""What administrators fill in about the site's pages, and anybody about a barrier."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    IntegerField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length
from wtforms.widgets import HiddenInput

from kts.core.forms import REQUIRED, valid_email

LONGEST_PAGE = 100_000  # a privacy notice of thirty printed pages
LONGEST_REPORT = 5_000


class SitePageForm(FlaskForm):
    """Title and text of one page; ``version`` is the one that the editor began with."""

    title = StringField(_l("Title"), [REQUIRED, Length(max=200)])
    body = TextAreaField(_l("Text"), [REQUIRED, Length(max=LONGEST_PAGE)])
    version = IntegerField(validators=[InputRequired()], widget=HiddenInput())


class BarrierForm(FlaskForm):
    """A barrier; ``website`` is a trap that people never see and programs fill in."""

    page = StringField(_l("Page"), [Length(max=500)])
    description = TextAreaField(_l("What does not work?"), [REQUIRED, Length(max=LONGEST_REPORT)])
    name = StringField(_l("Your name"), [Length(max=200)])
    email = EmailField(_l("Your e-mail address"), [valid_email, Length(max=320)])
    website = StringField(_l("Please leave this field empty"))


class BarrierAnswerForm(FlaskForm):
    """The operator's answer, sent by mail where there is an address."""

    answer = TextAreaField(_l("Answer"), [REQUIRED, Length(max=LONGEST_REPORT)])
