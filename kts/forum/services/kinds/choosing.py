"""Opening a thread of a kind, and giving it another one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from kts.core import audit
from kts.core.errors import Denied
from kts.extensions import db
from kts.forum import notifications, policies
from kts.forum.models import ANNOUNCEMENT, DISCUSSION, EXPERIENCE, POLL, Category, Thread
from kts.forum.models.kinds import Announcement, Experience
from kts.forum.services.deriving import derive_accepted
from kts.forum.services.kinds.announcing import announce
from kts.forum.services.kinds.experiences import compose, tell_experience
from kts.forum.services.kinds.polls import PollSettings, drop_poll, start_poll
from kts.forum.services.kinds.problems import count_problems
from kts.forum.services.posts import create_thread


@dataclass(frozen=True)
class Details:
    """The kind of a thread, and what only this kind has."""

    kind: str = DISCUSSION
    experience: Mapping[str, Any] | None = None
    poll: PollSettings | None = None
    until: datetime | None = None


def open_thread(
    actor: Any, category: Category, title: str, body: str, details: Details, **rest: Any
) -> Thread:
    """Open a thread of a kind; ``rest`` is what ``create_thread`` takes.

    Raises Denied for an announcement where the actor may not announce.
    """
    _refuse_announcing(actor, category, details.kind)
    if details.experience is not None:
        body = compose(details.experience)
    thread = create_thread(actor, category, title, body, kind=details.kind, **rest)
    _attach(thread, details)
    return thread


def change_kind(actor: Any, thread: Thread, details: Details) -> None:
    """Give the thread another kind; what was said stays.

    An accepted answer and shared questions rest while the thread is no question. Raises Conflict
    for a poll that has votes, Denied for an announcement where the actor may not announce.
    """
    old = thread.kind
    if details.kind == old:
        _attach(thread, details)
        return
    _refuse_announcing(actor, thread.category, details.kind)
    _detach(thread)
    thread.kind = details.kind
    _attach(thread, details)
    derive_accepted(thread)
    count_problems(thread)
    if not policies.acts_for(actor, thread):
        audit.record(actor, "thread.kind", thread, changes={"kind": [old, thread.kind]})
        notifications.tell_author(actor, thread, "thread.kind", "")


def _refuse_announcing(actor: Any, category: Category, kind: str) -> None:
    if kind == ANNOUNCEMENT and not policies.can_announce_category(actor, category):
        raise Denied(_("Only moderators announce."))


def _attach(thread: Thread, details: Details) -> None:
    if thread.kind == ANNOUNCEMENT:
        announce(thread, details.until)
    elif thread.kind == POLL and details.poll is not None:
        start_poll(thread, details.poll)
    elif thread.kind == EXPERIENCE and details.experience is not None:
        tell_experience(thread, details.experience)


def _detach(thread: Thread) -> None:
    if thread.kind == POLL:
        drop_poll(thread)
    table = {EXPERIENCE: Experience, ANNOUNCEMENT: Announcement}.get(thread.kind)
    row = db.session.get(table, thread.id) if table else None
    if row is not None:
        if isinstance(row, Announcement) and row.until and not row.ended:
            thread.pinned = False
        db.session.delete(row)
        db.session.flush()
