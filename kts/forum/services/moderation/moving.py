"""Moving a thread to another category, at once or by asking those who keep order there."""

from typing import Any

from flask_babel import gettext as _

from kts.core.errors import Conflict
from kts.core.waiting import settle
from kts.extensions import db
from kts.forum import notifications
from kts.forum.models import Category, Thread
from kts.forum.models.moderating import ThreadEvent
from kts.forum.services.moderation.events import note_event, take_back
from kts.forum.waiting import PROPOSAL, wait_for_decision


def move_thread(
    actor: Any, thread: Thread, category: Category, reason: str = ""
) -> ThreadEvent | None:
    """Put the thread into another category; who may see it follows the category.

    Being pinned was a matter of the old category and ends.
    """
    if thread.category_id == category.id:
        return None
    old, visibility = thread.category, thread.visibility
    data = {"from": old.id, "to": category.id, "pinned": thread.pinned}
    put_into(thread, category)
    event = note_event(
        actor,
        thread,
        "thread.move",
        reason=reason,
        changes={
            "category": [old.name, category.name],
            "visibility": [old.visibility, category.visibility],
        },
        data=data,
    )
    notifications.tell_author(actor, thread, "thread.move", reason, seen_as=visibility)
    return event


def put_into(thread: Thread, category: Category, *, pinned: bool = False) -> None:
    """Change category and audience together."""
    thread.category, thread.visibility = category, category.visibility
    thread.pinned = pinned
    db.session.flush()


def propose_move(actor: Any, thread: Thread, category: Category, reason: str) -> ThreadEvent | None:
    """Ask the KTS moderators to move the thread; the same wish twice is one."""
    waiting = db.select(ThreadEvent).filter_by(
        thread_id=thread.id, kind="thread.propose", undone_at=None
    )
    for event in db.session.scalars(waiting):
        if event.data.get("to") == category.id and "answer" not in event.data:
            return None
    event = note_event(
        actor,
        thread,
        "thread.propose",
        reason=reason,
        changes={"category": [thread.category.name, category.name]},
        data={"from": thread.category_id, "to": category.id},
    )
    wait_for_decision(event)
    return event


def accept_proposal(actor: Any, event: ThreadEvent) -> ThreadEvent | None:
    """Do what was proposed, with the reason that was given for it."""
    _answer(actor, event, "accepted")
    category = db.session.get(Category, event.data["to"])
    if category is None:
        raise Conflict(_("The category no longer exists."))
    return move_thread(actor, event.thread, category, event.reason)


def decline_proposal(actor: Any, event: ThreadEvent, reason: str = "") -> None:
    """Leave the thread where it is, and say so to whoever asked."""
    _answer(actor, event, "declined")
    take_back(event)
    note_event(actor, event.thread, "thread.decline", reason=reason)
    if event.actor is None:
        return
    notifications.tell_proposer(actor, event.actor, event.thread, reason)


def _answer(actor: Any, event: ThreadEvent, answer: str) -> None:
    if event.kind != "thread.propose" or event.undone_at or "answer" in event.data:
        raise Conflict(_("Somebody has answered this proposal already."))
    event.data = {**event.data, "answer": answer, "by": getattr(actor, "id", None)}
    settle(PROPOSAL, event.id, by=actor)
    db.session.flush()
