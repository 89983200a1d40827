"""The answer that helped, when its post changes the thread.

A merged thread keeps its own note of it, so that taking the merge back needs nothing.
"""

from sqlalchemy import exists

from kts.extensions import db
from kts.forum.models import QUESTION, Post, Thread
from kts.forum.models.kinds import Acceptance
from kts.forum.models.moderating import ThreadEvent
from kts.forum.services.deriving import derive_accepted, is_answer


def follow_merge(event: ThreadEvent, source: Thread, target: Thread) -> None:
    """Keep the accepted answer only where the target asks a question and has none."""
    old = db.session.get(Acceptance, source.id)
    if old is not None:
        _pass_on(event, old, target)
        derive_accepted(source)


def _pass_on(event: ThreadEvent, old: Acceptance, target: Thread) -> None:
    """Note it at the target too, unless the post opens it: no question answers itself."""
    taken = db.session.get(Acceptance, target.id) is not None
    if target.kind != QUESTION or taken or not is_answer(old.post, target.id):
        return
    db.session.add(
        Acceptance(
            thread_id=target.id, post_id=old.post_id, actor_id=old.actor_id, created=old.created
        )
    )
    event.data = {**event.data, "accepted": old.post_id}
    derive_accepted(target)


def take_merge_back(event: ThreadEvent, source: Thread, target: Thread) -> None:
    """Take away from the target what was passed on to it."""
    new = db.session.get(Acceptance, target.id)
    if new is not None and new.post_id == event.data.get("accepted"):
        db.session.delete(new)
    db.session.flush()
    derive_accepted(target)
    derive_accepted(source)


def follow_split(event: ThreadEvent, source: Thread, target: Thread) -> None:
    """Let the acceptance go with its post, and remember it for the way back."""
    old = db.session.get(Acceptance, source.id)
    if old is None or not _stands_in(old.post_id, target):
        return
    remembered = {"post": old.post_id, "actor": old.actor_id}
    event.data = {**event.data, "split_accepted": remembered}
    _pass_on(event, old, target)
    db.session.delete(old)
    db.session.flush()
    derive_accepted(source)


def take_split_back(event: ThreadEvent, source: Thread, target: Thread) -> None:
    """Note the answer again in the thread where it is again."""
    remembered = event.data.get("split_accepted")
    take_merge_back(event, source, target)
    if not remembered or not _stands_in(remembered["post"], source):
        return
    if db.session.get(Acceptance, source.id) is None:
        db.session.add(
            Acceptance(
                thread_id=source.id, post_id=remembered["post"], actor_id=remembered["actor"]
            )
        )
    derive_accepted(source)


def _stands_in(post_id: int, thread: Thread) -> bool:
    found = exists().where(Post.id == post_id, Post.thread_id == thread.id)
    return bool(db.session.scalar(db.select(found)))
