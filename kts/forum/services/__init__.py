"""Writes of the forum; they flush, never commit, and take the actor as an argument."""

from kts.forum.services.categories import (
    change_category,
    create_category,
    move_category,
    seed_categories,
)
from kts.forum.services.moderation import (
    hide_post,
    hide_thread,
    lock_thread,
    move_thread,
    pin_thread,
    unhide_post,
    unhide_thread,
    unlock_thread,
    unpin_thread,
)
from kts.forum.services.posts import add_post, create_thread, edit_post, rename_thread, render_again
from kts.forum.services.reading import mark_read, mark_seen

__all__ = [
    "add_post",
    "change_category",
    "create_category",
    "create_thread",
    "edit_post",
    "hide_post",
    "hide_thread",
    "lock_thread",
    "mark_read",
    "mark_seen",
    "move_category",
    "move_thread",
    "pin_thread",
    "rename_thread",
    "render_again",
    "seed_categories",
    "unhide_post",
    "unhide_thread",
    "unlock_thread",
    "unpin_thread",
]
