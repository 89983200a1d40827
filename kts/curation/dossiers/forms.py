"""What the editors of dossiers fill in."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from kts.accounts.queries import visible_groups
from kts.core.access import MEMBERS, PUBLIC
from kts.core.forms import REQUIRED, choices_of
from kts.curation.dossiers.models import (
    ADDRESS_LENGTH,
    ALT_LENGTH,
    NOTE_LENGTH,
    QUOTE_LENGTH,
    SUMMARY_LENGTH,
    TEXT_LENGTH,
    TITLE_LENGTH,
    Dossier,
)
from kts.municipalities.forms import offer_topics
from kts.municipalities.models import Topic

DOCUMENT_COVER = "document:"
UPLOAD, NO_COVER = "upload", "none"
HIGHEST_PAGE = 100_000


class DossierForm(FlaskForm):
    """The words of a dossier."""

    title = StringField(
        _l("Title"),
        [REQUIRED, Length(max=TITLE_LENGTH)],
        description=_l("The question that the dossier answers, in a few words."),
    )
    summary = TextAreaField(
        _l("Summary"),
        [Length(max=SUMMARY_LENGTH)],
        description=_l("Two or three sentences: what readers find here. They are shown in lists."),
    )
    text = TextAreaField(
        _l("Introduction"),
        [Length(max=TEXT_LENGTH)],
        description=_l("Can be formatted with Markdown."),
    )
    topics = SelectMultipleField(_l("Fields of action"), coerce=int)
    version = IntegerField(widget=HiddenInput(), default=0)

    def __init__(self, *args: Any, obj: Dossier | None = None, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        if obj is not None and not self.is_submitted():
            self.topics.data = [topic.id for topic in obj.topics]
        self._all = offer_topics(self.topics)

    @property
    def chosen_topics(self) -> list[Topic]:
        """Give the fields of action that were ticked."""
        wanted = set(self.topics.data or [])
        return [topic for topic in self._all if topic.id in wanted]


class AddItemForm(FlaskForm):
    """A part of a dossier: something with an address, a text of the editors, or a chapter."""

    address = StringField(
        _l("Address"),
        [Length(max=ADDRESS_LENGTH)],
        description=_l(
            "Paste the address of a document, one of its pages, a thread or a post of this "
            "platform, or of a page elsewhere. Leave it empty to add only a text."
        ),
    )
    title = StringField(
        _l("Title of the link"),
        [Length(max=TITLE_LENGTH)],
        description=_l("Only for pages elsewhere; what is on this platform brings its own title."),
    )
    quote = TextAreaField(
        _l("Quoted passage"),
        [Length(max=QUOTE_LENGTH)],
        description=_l("The sentences that matter, in the words of the source."),
    )
    note = TextAreaField(
        _l("What readers find there"),
        [Length(max=TEXT_LENGTH)],
        description=_l("A note on the part, or a text of its own. Can be formatted with Markdown."),
    )
    heading = StringField(_l("Heading of the chapter"), [Length(max=TITLE_LENGTH)])


class ItemForm(FlaskForm):
    """What the editors say about a part, and what exactly it refers to."""

    title = StringField(_l("Title"), [Length(max=TITLE_LENGTH)])
    quote = TextAreaField(
        _l("Quoted passage"),
        [Length(max=QUOTE_LENGTH)],
        description=_l("The sentences that matter, in the words of the source."),
    )
    note = TextAreaField(
        _l("Text"),
        [Length(max=TEXT_LENGTH)],
        description=_l("Can be formatted with Markdown."),
    )
    last_page = IntegerField(
        _l("Up to page"),
        [Optional(), NumberRange(1, HIGHEST_PAGE)],
        description=_l("Only where several pages are meant."),
    )
    newest = BooleanField(_l("Always show the newest version of the document"))
    accessed = DateField(_l("Seen on"), [Optional()])
    version = IntegerField(widget=HiddenInput(), default=0)


class OrderForm(FlaskForm):
    """The order of all parts as somebody saw it, and the part that goes elsewhere."""

    version = IntegerField(widget=HiddenInput(), default=0)
    order = StringField(widget=HiddenInput(), validators=[Length(max=2000)])
    move = StringField(widget=HiddenInput(), validators=[Length(max=40)])


class CoverForm(FlaskForm):
    """Which image stands for the dossier."""

    source = RadioField(_l("Cover"), default=NO_COVER)
    file = FileField(
        _l("Image"),
        description=_l(
            "PNG, JPEG, WebP or GIF, at most 10 MB. It is made smaller; notes of the camera, such "
            "as the place, are removed."
        ),
    )
    alt = StringField(
        _l("Description of the image"),
        [Length(max=ALT_LENGTH)],
        description=_l("What is to be seen, for people who cannot see it."),
    )
    decorative = BooleanField(_l("The image is decoration and says nothing of its own"))

    def offer(self, has_own: bool, documents: list[tuple[int, str]]) -> None:
        """Set the choices: no image, the first page of a document inside, an image of one's own."""
        own = _("Keep the image that was uploaded, or upload another one")
        inside = (
            (f"{DOCUMENT_COVER}{number}", _("First page of “%(title)s”", title=title))
            for number, title in documents
        )
        self.source.choices = choices_of(
            (
                (NO_COVER, _("No image: the title stands for itself")),
                *inside,
                (UPLOAD, own if has_own else _("Upload an image")),
            )
        )


class PublishForm(FlaskForm):
    """What is new in a version."""

    note = StringField(
        _l("What is new in this version"),
        [Length(max=NOTE_LENGTH)],
        description=_l("One sentence for those who knew the dossier before."),
    )


class RetireForm(FlaskForm):
    """Why a dossier is no longer kept up."""

    reason = TextAreaField(
        _l("Reason"),
        [REQUIRED, Length(max=NOTE_LENGTH)],
        description=_l("Everybody reads it who comes by an old link."),
    )


class AudienceForm(FlaskForm):
    """Who can read a dossier."""

    visibility = SelectField(_l("Who can read"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = [(group.token, group.name) for group in visible_groups(current_user)]
        everybody = [(PUBLIC, _("Everybody")), (MEMBERS, _("Everybody who is signed in"))]
        self.visibility.choices = choices_of((*everybody, *groups))


class EditorForm(FlaskForm):
    """Who else edits a dossier."""

    person = StringField(
        _l("Person"),
        [REQUIRED, Length(max=320)],
        description=_l("The name after the @, or the e-mail address of the account."),
    )


class FeatureForm(FlaskForm):
    """Until when a dossier stands on the home page."""

    until = DateField(
        _l("Until"), [Optional()], description=_l("Without a date it stays until you take it away.")
    )
    place = IntegerField(widget=HiddenInput(), validators=[Optional(), NumberRange(1, 9)])


class SuggestionForm(FlaskForm):
    """What becomes of a suggestion."""

    kind = StringField(widget=HiddenInput(), validators=[REQUIRED, Length(max=10)])
    object_id = IntegerField(widget=HiddenInput(), validators=[REQUIRED, NumberRange(1, 2**31 - 1)])
    address = StringField(widget=HiddenInput(), validators=[Length(max=ADDRESS_LENGTH)])


class TakeUpForm(FlaskForm):
    """Into which dossier something is taken up."""

    dossier = RadioField(_l("Dossier"), coerce=int)
    address = StringField(
        _l("Address"),
        [REQUIRED, Length(max=ADDRESS_LENGTH)],
    )
    note = TextAreaField(
        _l("What readers find there"),
        [Length(max=TEXT_LENGTH)],
        description=_l("Can be formatted with Markdown."),
    )
