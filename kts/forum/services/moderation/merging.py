"""Merging a thread into another, and taking it back."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, true, update
from sqlalchemy.orm import aliased

from kts.core import audit
from kts.core.errors import Conflict, Invalid
from kts.extensions import db
from kts.forum.models import EXPERIENCE, POLL, Thread
from kts.forum.models.drafts import Draft
from kts.forum.models.moderating import ThreadEvent
from kts.forum.services.moderation import acceptances, followers, messages, read_marks, relocating
from kts.forum.services.moderation.audiences import require_confirmed, require_nobody_new
from kts.forum.services.moderation.events import note_event
from kts.forum.services.moderation.telling import tell_moved_authors

BOUND = (POLL, EXPERIENCE)  # their fields belong to the thread; in another one they say nothing


def merge_threads(
    actor: Any, source: Thread, target: Thread, reason: str, *, confirmed: bool = False
) -> ThreadEvent:
    """Put the posts of ``source`` behind those of ``target``; its address then leads there.

    Raises Invalid for what cannot be merged, Exposure and Denied as ``require_confirmed``.
    """
    require_mergeable(source, target)
    require_confirmed(actor, source.visibility, target.visibility, confirmed=confirmed)
    relocating.lock_threads(source, target)
    if source.merged_into_id or target.merged_into_id:
        raise Conflict(_("One of the threads was merged by somebody else meanwhile."))
    event = note_event(
        actor,
        target,
        "thread.merge",
        reason=reason,
        changes={"thread": [source.title, target.title]},
        data={"source": source.id, "title": source.title, "visibility": source.visibility},
    )
    count = relocating.carry_posts(event, source, target, true())
    event.data = {**event.data, "count": count}
    source.merged_into_id = target.id
    audit.record(actor, "thread.merge", source, reason=reason, changes=_merged_changes(target))
    followers.bring_all(event, source, target)
    messages.bring_along(event, source, target)
    _bring_drafts(source, target)
    acceptances.follow_merge(event, source, target)
    db.session.flush()
    tell_moved_authors(actor, event, reason, source, target)
    return event


def _merged_changes(target: Thread) -> dict[str, Any]:
    return {"merged_into": [None, target.id]}


def require_mergeable(source: Thread, target: Thread) -> None:
    """Refuse what makes no sense as one conversation; raise Invalid with the sentence."""
    if source.id == target.id:
        raise Invalid(_("A thread cannot be merged with itself."))
    if not (source.shown and target.shown):
        raise Invalid(_("One of the threads is hidden. Please show it again before you merge."))
    if source.kind == POLL:
        raise Invalid(_("A poll cannot become part of another thread."))
    if source.kind in BOUND:
        raise Invalid(_("An experience report cannot become part of another thread."))


def _bring_drafts(source: Thread, target: Thread) -> None:
    """Keep what people are writing just now: it waits in the other thread's form."""
    context = f"answer:{target.id}"
    mine = aliased(Draft)
    known = select(mine.id).where(mine.context == context, mine.user_id == Draft.user_id)
    moved = update(Draft).where(Draft.context == f"answer:{source.id}", ~known.exists())
    db.session.execute(moved.values(context=context).execution_options(synchronize_session=False))


def unmerge_threads(actor: Any, event: ThreadEvent) -> None:
    """Give the posts back to the thread that they came from; replies since then stay."""
    target = event.thread
    source = db.session.get(Thread, event.data["source"])
    if source is None:
        raise Conflict(_("The thread that was merged no longer exists."))
    relocating.lock_threads(source, target)
    require_mine(event, source.merged_into_id == target.id)
    require_nobody_new(event, target, source, written_for=event.data.get("visibility", ""))
    if not relocating.carry_back(event, source, target):
        raise Conflict(_("The posts were moved on meanwhile. Please undo that first."))
    source.merged_into_id = None
    db.session.flush()
    read_marks.carry_back(event, source, target)
    read_marks.close_gaps(target)
    followers.send_back(event, source, target)
    messages.bring_along(event, target, source)
    acceptances.take_merge_back(event, source, target)
    audit.record(actor, "thread.unmerge", source, changes={"merged_into": [target.id, None]})
    audit.record(actor, "thread.unmerge", target, changes={"thread": [target.title, source.title]})
    tell_moved_authors(actor, event, "", target, source)


def require_mine(event: ThreadEvent, still_so: bool) -> None:
    """Refuse to undo what is no longer as the act left it."""
    if event.undone_at or not still_so:
        raise Conflict(_("This was undone or changed by somebody else meanwhile."))
