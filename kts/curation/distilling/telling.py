"""What contributors and those who work on a draft are told, in the app and by mail as they chose.

No sentence names the conversation: a message outlives the right to read it.
"""

from datetime import datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from kts.accounts.models import User
from kts.curation.distilling.models import Distillate, DistillateContributor
from kts.notifications.services import notify

KIND = "distilling"  # of the messages

ASKING = _l(
    "The KTS would like to use what you wrote in the forum, so that others find it. Please look at "
    "the words and say whether you agree."
)
REMINDING = _l(
    "You have not answered yet whether the KTS may use what you wrote in the forum. Without an "
    "answer you are neither quoted nor named."
)
KEEPING = _l("The KTS would like to keep the wording of your words: %(reason)s")
PUBLISHED = _l("What you contributed to is published: “%(title)s”.")
ANSWERED = _l("%(name)s has answered for “%(title)s”.")
WITHDRAWN = _l("Your name was taken out of “%(title)s”.")


def _tell(person: User | None, actor: Any, sentence: Any, url: str, **values: str) -> None:
    if person is None or not person.active:
        return
    with force_locale(person.language):
        text = str(sentence) % values if values else str(sentence)
    notify(person, KIND, text, url, actor)


def tell_asked(actor: Any, contributor: DistillateContributor) -> None:
    """Ask somebody whether her words may be used."""
    _tell(contributor.user, actor, ASKING, contributor.path)


def tell_reminded(contributor: DistillateContributor) -> None:
    """Remind somebody who has not answered."""
    _tell(contributor.user, None, REMINDING, contributor.path)


def tell_kept(actor: Any, contributor: DistillateContributor, reason: str) -> None:
    """Say why a wording that she suggested was not taken over, and ask again."""
    _tell(contributor.user, actor, KEEPING, contributor.path, reason=reason)


def tell_published(actor: Any, distillate: Distillate, before: datetime | None) -> None:
    """Tell those whose words are in it where it is; ``before``: when it was published last."""
    for contributor in distillate.contributors:
        known = before is not None and (contributor.answered_at or before) <= before
        if contributor.is_used and not known:
            url = distillate.result_path
            _tell(contributor.user, actor, PUBLISHED, url, title=distillate.title)


def tell_answered(actor: Any, contributor: DistillateContributor) -> None:
    """Tell whoever began the draft that somebody has answered."""
    distillate = contributor.distillate
    person = distillate.created_by
    if person is None or distillate.thread.visibility not in person.visibility_tokens:
        return
    values = {"name": contributor.name, "title": distillate.title}
    _tell(person, actor, ANSWERED, distillate.path, **values)


def tell_withdrawn(actor: Any, contributor: DistillateContributor) -> None:
    """Confirm that a name was taken out, where somebody else did it for her."""
    title = contributor.distillate.title
    _tell(contributor.user, actor, WITHDRAWN, contributor.path, title=title)
