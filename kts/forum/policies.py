"""Who may open, answer, edit and moderate; what is not visible is not found in the first place."""

from kts.core.access import Viewer
from kts.forum.models import Category, Post, Thread


def can_create_thread(viewer: Viewer) -> bool:
    """Let every signed-in person ask."""
    return viewer.is_authenticated


def can_write_category(viewer: Viewer, category: Category) -> bool:
    """Let those open threads whom the category names and who can see it."""
    if not viewer.is_authenticated or category.visibility not in viewer.visibility_tokens:
        return False
    return category.writable_by == "members" or viewer.is_moderator


def can_answer_thread(viewer: Viewer, thread: Thread) -> bool:
    """Let signed-in people answer; in a locked or hidden thread only moderators."""
    if not viewer.is_authenticated or thread.visibility not in viewer.visibility_tokens:
        return False
    return viewer.is_moderator or not (thread.locked or thread.hidden)


def can_read_post(viewer: Viewer, post: Post) -> bool:
    """Keep the words of a hidden post from everybody but the author and moderators."""
    return not post.hidden or viewer.is_moderator or _wrote(viewer, post)


def can_edit_post(viewer: Viewer, post: Post) -> bool:
    """Let people change their own words while the thread is open; nobody changes another's."""
    return _wrote(viewer, post) and not post.hidden and can_answer_thread(viewer, post.thread)


def can_moderate_thread(viewer: Viewer, thread: Thread) -> bool:
    """Let moderators pin, lock, move and hide."""
    return viewer.is_moderator and thread.visibility in viewer.visibility_tokens


def can_moderate_post(viewer: Viewer, post: Post) -> bool:
    """Let moderators hide a post and bring it back."""
    return can_moderate_thread(viewer, post.thread)


def can_manage_category(viewer: Viewer, category: Category | None = None) -> bool:
    """Let moderators open, change and order categories."""
    return viewer.is_moderator


def _wrote(viewer: Viewer, post: Post) -> bool:
    return viewer.is_authenticated and post.author_id == viewer.id
