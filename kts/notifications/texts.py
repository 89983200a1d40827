"""What a message says, put into words when it is read.

A message keeps what happened, not how it is said: so it follows the reader's language, and what
she may no longer see is not told by a title that was copied years ago. A feature registers for
each of its kinds two functions: ``load`` fetches in a few statements what all messages of a page
need, as far as this reader may see it; ``say`` makes the sentence for one message, or for several
about the same thing that are ``together``. Kinds that nobody registered say their stored ``text``.

For mails, call :func:`speak` with the person who gets the mail as the viewer, inside
``force_locale(person.language)``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from kts.core.access import Viewer
from kts.notifications.models import Notification


@dataclass(frozen=True)
class Saying:
    """One sentence for one reader, and where it leads.

    ``title`` names the thing it is about; ``gone`` says that she may no longer see it, and then
    neither text nor title tells anything of it. ``subject`` is the kind and id of what she can
    follow more or less closely, ``level`` how closely she does.
    """

    text: str
    url: str
    title: str = ""
    gone: bool = False
    subject: tuple[str, int] | None = None
    level: str = ""


@dataclass(frozen=True)
class Speaker:
    """How one kind of message is put into words."""

    load: Callable[[Viewer, Sequence[Notification]], Any]
    say: Callable[[Any, Sequence[Notification]], Saying]
    together: bool


SPEAKERS: dict[str, Speaker] = {}


def register(
    kind: str,
    say: Callable[[Any, Sequence[Notification]], Saying],
    load: Callable[[Viewer, Sequence[Notification]], Any],
    *,
    together: bool = False,
) -> None:
    """Let ``say(load(viewer, messages), some_of_them)`` speak for messages of that kind."""
    SPEAKERS[kind] = Speaker(load, say, together)


def is_together(kind: str) -> bool:
    """Say whether several messages of the kind about one thing are said in one sentence."""
    return kind in SPEAKERS and SPEAKERS[kind].together


def gone() -> Saying:
    """Speak of something that the reader may no longer see, and tell nothing of it."""
    return Saying(_("Something that you can no longer read."), "/benachrichtigungen", gone=True)


def speak(viewer: Viewer, sets: Sequence[Sequence[Notification]]) -> list[Saying]:
    """Say each set of messages, which are of one kind and about one thing, for this reader.

    The number of statements depends on the kinds, not on the number of messages.
    """
    facts = _load(viewer, [message for messages in sets for message in messages])
    return [_say(facts, messages) for messages in sets]


def sentence(viewer: Viewer, message: Notification) -> Saying:
    """Say a single message."""
    return speak(viewer, [[message]])[0]


def _load(viewer: Viewer, messages: Sequence[Notification]) -> dict[Any, Any]:
    """Call each ``load`` once, with the messages of all kinds that share it."""
    loads: dict[Any, list[Notification]] = {}
    for message in messages:
        if message.kind in SPEAKERS:
            loads.setdefault(SPEAKERS[message.kind].load, []).append(message)
    return {load: load(viewer, its) for load, its in loads.items()}


def _say(facts: dict[Any, Any], messages: Sequence[Notification]) -> Saying:
    first = messages[0]
    speaker = SPEAKERS.get(first.kind)
    if speaker is None or not first.data:
        return Saying(first.text, first.url)
    return speaker.say(facts[speaker.load], messages)
