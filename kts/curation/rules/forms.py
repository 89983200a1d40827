"""What moderators fill in to keep the rules, and to decide about what is held."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange
from wtforms.validators import Optional as MayBeEmpty
from wtforms.widgets import HiddenInput

from kts.core.forms import REQUIRED, choices_of
from kts.core.web import LARGEST_NUMBER
from kts.curation.rules.matching import fold, plain_host
from kts.curation.rules.models import HELD, HOST_LENGTH, NEVER, PHRASE_LENGTH

LEAST_SIGNS = 2  # of a word; a single letter stands in every text
LEAST_INSIDE = 4  # of a part of words; shorter ones stand inside most texts
NOTE_LENGTH = 1000
MOST_LINES = 500  # pasted at once
TRIED_LENGTH = 40_000  # as long as a post
TOO_LONG = _l("At most %(max)d characters.")


def _one_line(value: str | None) -> str:
    return " ".join((value or "").split())


def _stripped(value: str | None) -> str:
    return (value or "").replace("\r\n", "\n").strip()


def useful_phrase(phrase: str, *, whole: bool) -> Any:
    """Give the sentence that says why a phrase cannot be watched; nothing if it can."""
    folded = fold(phrase)
    if not any(sign.isalnum() for sign in folded):
        return _l("It needs at least one letter or digit.")
    if len(folded) < LEAST_SIGNS:
        return _l("A single letter would hold every text.")
    if not whole and len(folded) < LEAST_INSIDE:
        return _l("A part of a word needs at least four letters; shorter ones are in most texts.")
    if len(phrase) > PHRASE_LENGTH:
        return _l("At most %(max)d characters.") % {"max": PHRASE_LENGTH}
    return None


class VersionForm(FlaskForm):
    """The version that a form was made from; 0 for something new."""

    version = IntegerField(
        default=0,
        widget=HiddenInput(),
        validators=[InputRequired(), NumberRange(0, LARGEST_NUMBER)],
    )


def _note() -> TextAreaField:
    """Make the field for why a rule exists."""
    return TextAreaField(
        _l("Note for moderators"),
        [Length(max=NOTE_LENGTH, message=TOO_LONG)],
        filters=[_stripped],
        description=_l("Why it is watched. Authors never read this."),
    )


def _whole() -> RadioField:
    """Make the field for whether a phrase stands by itself or inside other words."""
    return RadioField(
        _l("Where it stands"),
        [DataRequired()],
        default="whole",
        choices=choices_of(
            [
                ("whole", _l("By itself, as a whole word or phrase")),
                ("part", _l("Also inside longer words")),
            ]
        ),
    )


class WordForm(VersionForm):
    """One watched word or phrase."""

    phrase = StringField(
        _l("Word or phrase"),
        [REQUIRED, Length(max=PHRASE_LENGTH, message=TOO_LONG)],
        filters=[_one_line],
        description=_l("Capital and small letters are the same; so are ä and ae, ß and ss."),
    )
    whole = _whole()
    note = _note()
    since = DateField(_l("From this day on"), [MayBeEmpty()])
    until = DateField(_l("Up to and including this day"), [MayBeEmpty()])
    active = BooleanField(_l("In use"), default=True)
    tried = TextAreaField(
        _l("Try it out on a text"),
        [Length(max=TRIED_LENGTH, message=TOO_LONG)],
        filters=[_stripped],
        description=_l("It is not saved. “Try out” shows what would be found."),
    )

    def validate_phrase(self, field: StringField) -> None:
        """Refuse what would hold nearly everything."""
        if field.data and (sentence := useful_phrase(field.data, whole=self.is_whole)):
            raise ValidationError(sentence)

    def validate_until(self, field: DateField) -> None:
        """Refuse an end before the beginning."""
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError(_l("The last day lies before the first one."))

    @property
    def is_whole(self) -> bool:
        """Say whether it must stand by itself."""
        return bool(self.whole.data != "part")

    @property
    def values(self) -> dict[str, Any]:
        """Give what was filled in as the services take it."""
        return {
            "phrase": self.phrase.data,
            "whole": self.is_whole,
            "note": self.note.data or "",
            "active": bool(self.active.data),
            "since": self.since.data,
            "until": self.until.data,
        }


class WordsForm(FlaskForm):
    """Many watched words at once, one a line."""

    lines = TextAreaField(
        _l("Words and phrases, one a line"),
        [REQUIRED],
        filters=[_stripped],
        description=_l("At most 500 lines at once. Lines that are known already change nothing."),
    )
    whole = _whole()
    note = _note()

    @property
    def phrases(self) -> list[str]:
        """Give the lines that say something."""
        return [line for raw in (self.lines.data or "").splitlines() if (line := _one_line(raw))]

    def validate_lines(self, field: TextAreaField) -> None:
        """Refuse more than a person can look through."""
        if len(self.phrases) > MOST_LINES:
            raise ValidationError(_l("At most 500 lines at once. Please send them in parts."))


class HostForm(VersionForm):
    """One site whose links are held, or never counted."""

    host = StringField(
        _l("Site"),
        [REQUIRED, Length(max=HOST_LENGTH + 200, message=TOO_LONG)],
        filters=[_one_line],
        description=_l("For example shop.example; the sites below it (www.shop.example) as well."),
    )
    effect = RadioField(
        _l("What happens with links to it"),
        [DataRequired()],
        default=HELD,
        choices=choices_of(
            [
                (HELD, _l("A contribution with such a link is held back")),
                (NEVER, _l("Such a link never counts, also not for new members")),
            ]
        ),
    )
    note = _note()
    active = BooleanField(_l("In use"), default=True)

    def validate_host(self, field: StringField) -> None:
        """Take the host out of an address that was pasted; refuse what is none."""
        written = (field.data or "").split("://")[-1].split("/")[0]
        host = plain_host(written)
        if field.data and not host:
            raise ValidationError(_l("Please give a site like shop.example, without a path."))
        if host:
            field.data = host

    @property
    def values(self) -> dict[str, Any]:
        """Give what was filled in as the services take it."""
        return {
            "host": self.host.data,
            "effect": self.effect.data,
            "note": self.note.data or "",
            "active": bool(self.active.data),
        }


def _number(label: Any, most: int, description: Any = "") -> IntegerField:
    rules = [InputRequired(_l("Please give a number; 0 means: no limit."))]
    bounds = NumberRange(0, most, message=_l("Please give a number from %(min)s to %(max)s."))
    return IntegerField(label, [*rules, bounds], description=description)


class NewcomerForm(VersionForm):
    """Who is new, and what is asked of new members; 0 switches a rule off."""

    young_days = _number(_l("New is whose account is younger than this many days"), 365)
    few_posts = _number(_l("… or who has fewer than this many published posts"), 100)
    hold_first = _number(
        _l("Hold back the first contributions"),
        50,
        _l("So many contributions wait until a moderator has looked at them. 0: none."),
    )
    most_links = _number(
        _l("Hold back texts with more links to other sites than"),
        50,
        _l("Links to this site and to sites that never count are left out. 0: no rule."),
    )
    posts_a_day = _number(_l("Posts a day"), 500, _l("0: as many as all others."))
    threads_a_day = _number(_l("Threads a day"), 100, _l("0: as many as all others."))
    links_a_post = _number(_l("Links to other sites in one post"), 100, _l("0: no limit."))
    files_a_post = _number(_l("Pictures and files in one post"), 50, _l("0: no limit."))

    @property
    def values(self) -> dict[str, int]:
        """Give what was filled in as the services take it."""
        return {name: field.data for name, field in self._fields.items() if name in NUMBERS}


NUMBERS = (
    *("young_days", "few_posts", "hold_first", "most_links"),
    *("posts_a_day", "threads_a_day", "links_a_post", "files_a_post"),
)


class AskForm(VersionForm):
    """What the author is asked to change."""

    ask = TextAreaField(
        _l("What should she change, and why?"),
        [REQUIRED, Length(min=10, max=NOTE_LENGTH, message=_l("From 10 to 1000 characters."))],
        filters=[_stripped],
        description=_l("The author reads this."),
    )


class RefuseForm(VersionForm):
    """Why a contribution does not appear."""

    rule = SelectField(
        _l("Which house rule"),
        [InputRequired(_l("Please choose one."))],
        validate_choice=True,
    )
    reason = TextAreaField(
        _l("Reason"),
        [REQUIRED, Length(min=10, max=NOTE_LENGTH, message=_l("From 10 to 1000 characters."))],
        filters=[_stripped],
        description=_l("The author reads this. Her text stays with her."),
    )


class VouchForm(VersionForm):
    """Why nobody has to look at a person's contributions any more."""

    why = StringField(
        _l("Why"),
        [Length(max=NOTE_LENGTH, message=TOO_LONG)],
        filters=[_one_line],
        description=_l("For the log, for example: known from the regional meeting."),
    )
