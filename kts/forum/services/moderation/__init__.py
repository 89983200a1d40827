"""Keeping order: each act has its counterpart, a line in the audit log, and the author is told."""

from kts.forum.services.moderation.audiences import Exposure, require_confirmed
from kts.forum.services.moderation.marks import (
    end_wiki,
    hide_post,
    hide_thread,
    lock_thread,
    make_wiki,
    pin_thread,
    unhide_post,
    unhide_thread,
    unlock_thread,
    unpin_thread,
)
from kts.forum.services.moderation.merging import merge_threads
from kts.forum.services.moderation.moving import (
    accept_proposal,
    decline_proposal,
    move_thread,
    propose_move,
)
from kts.forum.services.moderation.pace import TooSoon, require_patience, set_pace
from kts.forum.services.moderation.splitting import split_into_new, split_into_thread
from kts.forum.services.moderation.undoing import acts_over, end_what_is_over, undo

__all__ = [
    "Exposure",
    "TooSoon",
    "accept_proposal",
    "acts_over",
    "decline_proposal",
    "end_what_is_over",
    "end_wiki",
    "hide_post",
    "hide_thread",
    "lock_thread",
    "make_wiki",
    "merge_threads",
    "move_thread",
    "pin_thread",
    "propose_move",
    "require_confirmed",
    "require_patience",
    "set_pace",
    "split_into_new",
    "split_into_thread",
    "undo",
    "unhide_post",
    "unhide_thread",
    "unlock_thread",
    "unpin_thread",
]
