"""Making a thread, a post or an edit of what was held, as its author.

What has changed meanwhile is found out first: a thread that was closed, an author who is no longer
there. Then nothing is made and the moderator reads why.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask_babel import gettext as _

from kts.accounts.models import User
from kts.accounts.policies import is_archived
from kts.core.errors import Conflict
from kts.core.judging import ANSWER, EDIT
from kts.extensions import db
from kts.forum import policies
from kts.forum.differences import merge
from kts.forum.models import ANNOUNCEMENT, Post, Thread
from kts.forum.models.held import HeldContribution
from kts.forum.services.drafts import find_draft
from kts.forum.services.held_texts import (
    details_of,
    experience_of,
    is_report,
    texts_of_post,
)
from kts.forum.services.kinds import change_experience, open_thread
from kts.forum.services.posts import add_post, edit_post, rename_thread
from kts.municipalities.models import Municipality, Topic


def carry_out(held: HeldContribution, texts: Mapping[str, str]) -> Thread | Post:
    """Make what was held, with these texts; raise Conflict where that is not possible now."""
    if sentence := obstacle(held):
        raise Conflict(sentence)
    author = held.author
    if held.kind == ANSWER:
        with _own_draft_kept(author, f"answer:{held.thread_id}"):
            return _answer(author, held, texts)
    if held.kind == EDIT:
        with _own_draft_kept(author, f"edit:{held.post_id}"):
            return _edit(author, held, texts)
    with _own_draft_kept(author, "new"):
        return _open(author, held, texts)


@contextmanager
def _own_draft_kept(author: User, context: str) -> Iterator[None]:
    """Keep what the author writes by now in the same form, which sending would throw away."""
    draft = find_draft(author, context)
    if draft is not None:
        draft.copy = draft.id
        db.session.flush()
    yield
    if draft is not None:
        draft.copy = 0
        db.session.flush()


def obstacle(held: HeldContribution) -> str:
    """Say why it cannot be released now; empty if it can."""
    author = held.author
    if not author.active:
        return _("The author's account is not active any more. You can refuse the contribution.")
    if held.kind == ANSWER:
        return _obstacle_of_answer(author, held)
    if held.kind == EDIT:
        return _obstacle_of_edit(author, held)
    return _obstacle_of_thread(author, held)


def _obstacle_of_thread(author: User, held: HeldContribution) -> str:
    room = held.category
    if room is None:
        return _("The category does not exist any more. Ask the author to choose another one.")
    if is_archived(author, room.visibility):
        return _archived()
    if not policies.can_write_category(author, room):
        return _(
            "The author can no longer open threads in the category “%(name)s”.", name=room.name
        )
    announces = held.payload["thread_kind"] == ANNOUNCEMENT
    if announces and not policies.can_announce_category(author, room):
        return _("The author can no longer announce anything there.")
    return ""


def thread_now(held: HeldContribution) -> Thread | None:
    """Give the thread that an answer belongs to: after a merge the one that it went into."""
    thread = held.thread
    for _step in range(5):  # a thread that was merged may have been merged into
        if thread is None or thread.merged_into_id is None:
            break
        thread = db.session.get(Thread, thread.merged_into_id)
    return thread


def _obstacle_of_answer(author: User, held: HeldContribution) -> str:
    thread = thread_now(held)
    if thread is None:
        return _("The thread does not exist any more.")
    if policies.can_answer_thread(author, thread):
        return ""
    return _why_no_writing(author, thread)


def _why_no_writing(author: User, thread: Thread) -> str:
    if is_archived(author, thread.visibility):
        return _archived()
    if thread.visibility not in author.visibility_tokens:
        return _("The thread is where the author cannot read it any more.")
    if thread.deleted is not None:
        return _("The thread was deleted by whoever opened it.")
    if thread.hidden:
        return _("The thread is hidden. Show it again first, then you can release this.")
    return _("The thread was closed meanwhile. Open it again first, then you can release this.")


def _archived() -> str:
    return _("The group has been archived meanwhile; nothing can be written there any more.")


def _obstacle_of_edit(author: User, held: HeldContribution) -> str:
    post = held.post
    if post is None:
        return _("The post does not exist any more.")
    if not policies.can_answer_thread(author, post.thread):
        return _why_no_writing(author, post.thread)
    if not policies.can_edit_post(author, post):
        return _("The post is hidden or deleted by now, so it cannot be changed.")
    if is_report(held) != policies.consists_of_fields(post):
        return _(
            "The thread has another kind by now, so the change does not fit it any more. You can "
            "refuse it with this reason."
        )
    if post.version != held.payload["version"] and _merged(held, held.payload["texts"]) is None:
        return _changed_in_the_same_place()
    return ""


def _changed_in_the_same_place() -> str:
    return _(
        "The post was changed meanwhile in the same place. Ask the author to look at it again."
    )


def _merged(held: HeldContribution, texts: Mapping[str, str]) -> str | None:
    """Put both changes of a post together where they do not touch."""
    if is_report(held) or held.post is None:
        return None
    before = held.payload["before"].get("body")
    return None if before is None else merge(before, texts["body"], held.post.source)


def _open(author: User, held: HeldContribution, texts: Mapping[str, str]) -> Thread:
    payload = held.payload
    topics = db.session.scalars(db.select(Topic).where(Topic.id.in_(payload["topics"]))).all()
    return open_thread(
        author,
        held.category,  # type: ignore[arg-type] - there is one, or there would be an obstacle
        texts["title"],
        texts.get("body", ""),
        details_of(held, texts),
        official_for_id=_speaks_for(author, payload),
        municipality_id=_existing(Municipality, payload.get("municipality_id")),
        topics=topics,
        token=payload.get("token") or "",
    )


def _answer(author: User, held: HeldContribution, texts: Mapping[str, str]) -> Post:
    thread = thread_now(held)
    if thread is None:
        raise Conflict(obstacle(held))
    quoted = db.session.get(Post, held.payload.get("reply_to_id") or 0)
    return add_post(
        author,
        thread,
        texts["body"],
        reply_to_id=quoted.id if quoted and quoted.thread_id == thread.id else None,
        official_for_id=_speaks_for(author, held.payload),
        token=held.payload.get("token") or "",
        has_waited=True,
    )


def _edit(author: User, held: HeldContribution, texts: Mapping[str, str]) -> Post:
    post, version = held.post, held.payload["version"]
    if post is None:
        raise Conflict(obstacle(held))
    if is_report(held):
        change_experience(author, post.thread, experience_of(held, texts), version=version)
    else:
        body = texts["body"]
        if post.version != version:
            merged = _merged(held, texts)
            if merged is None:
                raise Conflict(_changed_in_the_same_place())
            body, version = merged, post.version
        edit_post(author, post, body, version=version)
    if held.payload.get("renames") and texts["title"] != texts_of_post(post).get("title"):
        rename_thread(author, post.thread, texts["title"])
    return post


def _speaks_for(author: User, payload: Mapping[str, Any]) -> int | None:
    """Give the municipality in whose name it speaks, if the author is still its editor."""
    place = payload.get("official_for_id")
    return place if place is not None and author.edits(place) else None


def _existing(table: Any, number: int | None) -> int | None:
    return number if number is not None and db.session.get(table, number) else None
