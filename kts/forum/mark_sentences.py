"""What messages about reactions and reminders say."""

from collections.abc import Sequence

from flask_babel import gettext as _

from kts.core.access import Viewer
from kts.extensions import db
from kts.forum import sentences
from kts.forum.models.marks import Bookmark
from kts.forum.queries.marks import Kept, told
from kts.forum.services.marks import REACTED, REMINDER
from kts.notifications import texts
from kts.notifications.models import Notification
from kts.notifications.texts import Saying


def say_reaction(facts: sentences.Facts, messages: Sequence[Notification]) -> Saying:
    """Say that somebody found the reader's posts of use."""
    thread = facts.threads.get(sentences.thread_id(messages[0]))
    if thread is None:
        return texts.gone()
    words = _("Others found your post in “%(title)s” useful.", title=thread.title)
    return Saying(words, messages[0].url, thread.title)


def _bookmark_id(message: Notification) -> int:
    return int(message.target.partition(":")[2] or 0)


def load_reminders(viewer: Viewer, messages: Sequence[Notification]) -> dict[int, Kept]:
    """Fetch what the reader wanted to be reminded of, in three statements."""
    ids = [_bookmark_id(message) for message in messages]
    own = db.select(Bookmark).where(Bookmark.id.in_(ids), Bookmark.user_id == viewer.id)
    return {row.mark.id: row for row in told(viewer, db.session.scalars(own).all())}


def say_reminder(rows: dict[int, Kept], messages: Sequence[Notification]) -> Saying:
    """Say what the reader wanted to be reminded of."""
    row = rows.get(_bookmark_id(messages[0]))
    if row is None or row.is_gone:
        return texts.gone()
    words = _("You wanted to be reminded of “%(title)s”.", title=row.title)
    return Saying(words, messages[0].url, row.title)


def register() -> None:
    """Speak for both kinds."""
    texts.register(REACTED, say_reaction, sentences.load)
    texts.register(REMINDER, say_reminder, load_reminders)
