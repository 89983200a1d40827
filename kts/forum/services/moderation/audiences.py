"""Whether an act shows words to people who could not read them before."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement

from kts.core.access import MEMBERS, PUBLIC
from kts.core.errors import Conflict, Denied, Invalid
from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.forum.models.moderating import PostMove, ThreadEvent


class Exposure(Invalid):
    """Words would come before more eyes; whoever wants that has to say so."""


def widens(old: str, new: str) -> bool:
    """Say whether somebody sees ``new`` who does not see ``old``."""
    return old not in (new, PUBLIC) and not (old == MEMBERS and new.startswith("group:"))


def require_confirmed(actor: Any, old: str, new: str, *, confirmed: bool) -> None:
    """Let words come before more eyes only on purpose, and out of a group only by moderators.

    Raises Exposure with the warning to confirm, Denied where confirming is not enough.
    """
    if not widens(old, new):
        return
    closed = old.startswith("group:")
    if closed and not getattr(actor, "is_moderator", False):
        raise Denied(_("Only KTS moderators can bring posts out of a closed group."))
    if not confirmed:
        raise Exposure(_closed_warning() if closed else _members_warning())


def require_nobody_new(event: ThreadEvent, here: Thread, back: Thread, *, written_for: str) -> None:
    """Let posts return from ``here`` only to people who could read each of their words.

    They come to readers anew where ``back`` is open to more than ``here``. Then their words must
    be those of before the act, when ``written_for`` was who could read them. Raises Conflict.
    """
    if not widens(here.visibility, back.visibility):
        return
    if widens(written_for or here.visibility, back.visibility):
        raise Conflict(
            _(
                "The place that the posts came from has more readers now than when they were "
                "written. Please move them there on purpose instead."
            )
        )
    moved = db.select(PostMove.post_id).where(PostMove.event_id == event.id)
    require_unchanged(event, Post.thread_id == here.id, Post.id.in_(moved))


def require_unchanged(event: ThreadEvent, *which: ColumnElement[bool]) -> None:
    """Raise Conflict where one of the posts was changed since the act, for fewer readers."""
    changed = db.select(Post.id).where(Post.edited_at >= event.created, *which)
    if db.session.scalar(changed.limit(1)) is not None:
        raise Conflict(
            _(
                "Since then posts have been changed here, for fewer readers than before. Please "
                "move them on purpose instead."
            )
        )


def _closed_warning() -> str:
    return _(
        "These posts were written in a closed group. In the other place people read them who are "
        "not in the group. Please confirm that this is intended."
    )


def _members_warning() -> str:
    return _(
        "These posts were written for signed-in people. In the other place everybody reads them, "
        "also without an account. Please confirm that this is intended."
    )
