"""Who may open, answer, edit and moderate; what is not visible is not found in the first place."""

from kts.accounts.policies import is_archived
from kts.core.access import Viewer
from kts.forum.models import EXPERIENCE, QUESTION, Category, Post, Thread
from kts.municipalities.models import Municipality


def can_create_thread(viewer: Viewer) -> bool:
    """Let every signed-in person ask."""
    return viewer.is_authenticated


def can_write_in(viewer: Viewer, token: str) -> bool:
    """Let signed-in people write where they can read, except in what a group has left behind."""
    seen = viewer.is_authenticated and token in viewer.visibility_tokens
    return seen and not is_archived(viewer, token)


def can_write_category(viewer: Viewer, category: Category) -> bool:
    """Let those open threads whom the category names and who can see it."""
    if not can_write_in(viewer, category.visibility):
        return False
    return category.writable_by == "members" or can_keep_category(viewer, category)


def can_answer_thread(viewer: Viewer, thread: Thread) -> bool:
    """Let signed-in people answer; in a locked or hidden thread only those who keep order."""
    if not can_write_in(viewer, thread.visibility):
        return False
    if thread.deleted is not None or thread.merged_into_id is not None:
        return False
    return can_moderate_thread(viewer, thread) or not (thread.locked or thread.hidden)


def can_read_post(viewer: Viewer, post: Post) -> bool:
    """Keep hidden and deleted words from everybody but the author and moderators."""
    return post.shown or _wrote(viewer, post) or can_moderate_post(viewer, post)


def can_edit_post(viewer: Viewer, post: Post) -> bool:
    """Let people change their own words while the thread is open, and a wiki post all together."""
    may = post.wiki or _wrote(viewer, post)
    return may and post.shown and can_answer_thread(viewer, post.thread)


def can_revert_post(viewer: Viewer, post: Post) -> bool:
    """Let an earlier text be restored by whoever may write a new one, and by moderators."""
    if consists_of_fields(post):
        return False  # its fields would say something else
    if not can_write_in(viewer, post.thread.visibility):
        return False
    return can_edit_post(viewer, post) or (post.shown and can_moderate_post(viewer, post))


def can_delete_post(viewer: Viewer, post: Post) -> bool:
    """Let people take back their own words.

    Not those that moderators have hidden, for the reason stays with them; not out of a closed
    thread, which is a record; and not a wiki post, which others have written as well.
    """
    return (
        _wrote(viewer, post)
        and can_write_in(viewer, post.thread.visibility)
        and post.shown
        and not post.wiki
        and post.thread.shown
        and not post.thread.locked
        and post.thread.merged_into_id is None
    )


def can_undelete_post(viewer: Viewer, post: Post) -> bool:
    """Let people bring back what they deleted, as long as the words are there."""
    kept = post.deleted is not None and bool(post.source)
    return _wrote(viewer, post) and kept and can_write_in(viewer, post.thread.visibility)


def can_undelete_thread(viewer: Viewer, thread: Thread) -> bool:
    """Let the author bring back the thread that she deleted."""
    own = viewer.is_authenticated and thread.author_id == viewer.id
    return own and thread.deleted is not None and can_write_in(viewer, thread.visibility)


def can_announce_category(viewer: Viewer, category: Category) -> bool:
    """Let those announce who keep the category: moderators, a group's coordinators in its rooms."""
    return can_write_category(viewer, category) and can_keep_category(viewer, category)


def can_steer_thread(viewer: Viewer, thread: Thread) -> bool:
    """Let those say which answer helped and when a poll ends who asked, and moderators."""
    if not can_write_in(viewer, thread.visibility):
        return False
    return acts_for(viewer, thread) or can_moderate_thread(viewer, thread)


def can_classify_thread(viewer: Viewer, thread: Thread) -> bool:
    """Let the kind be changed by moderators, and by whoever asked until somebody has answered."""
    if not can_write_in(viewer, thread.visibility):
        return False
    if can_moderate_thread(viewer, thread):
        return True
    untouched = thread.answers_by_others == 0 and can_answer_thread(viewer, thread)
    return untouched and acts_for(viewer, thread)


def can_accept_post(viewer: Viewer, post: Post) -> bool:
    """Let an answer be accepted that can be read, in a question."""
    thread = post.thread
    readable = post.number > 1 and not post.hidden and post.deleted is None
    return readable and thread.kind == QUESTION and can_steer_thread(viewer, thread)


def can_vote_thread(viewer: Viewer, thread: Thread) -> bool:
    """Let those vote who may answer, moderators in a closed thread as little as others."""
    return can_answer_thread(viewer, thread) and not thread.locked


def can_share_thread(viewer: Viewer, thread: Thread) -> bool:
    """Let others than the asker say that they have the question too."""
    question = thread.kind == QUESTION and not acts_for(viewer, thread)
    return question and can_vote_thread(viewer, thread)


def can_moderate_thread(viewer: Viewer, thread: Thread) -> bool:
    """Let moderators keep order, and coordinators in what only their group reads."""
    if thread.visibility not in viewer.visibility_tokens:
        return False
    return viewer.is_moderator or _coordinates(viewer, thread.visibility)


def can_moderate_post(viewer: Viewer, post: Post) -> bool:
    """Let those hide a post and bring it back who keep order in its thread."""
    return can_moderate_thread(viewer, post.thread)


def can_wiki_post(viewer: Viewer, post: Post) -> bool:
    """Let a post become one that all edit: by its author, and by those who keep order."""
    if not post.shown or not can_write_in(viewer, post.thread.visibility):
        return False
    own = _wrote(viewer, post) and can_answer_thread(viewer, post.thread)
    return own or can_moderate_post(viewer, post)


def can_receive_category(viewer: Viewer, category: Category) -> bool:
    """Let threads be put into a category by whoever keeps order there; others may propose it.

    Nothing comes into what is archived, by nobody.
    """
    if is_archived(viewer, category.visibility):
        return False
    return viewer.is_moderator or _coordinates(viewer, category.visibility)


def can_manage_category(viewer: Viewer, category: Category | None = None) -> bool:
    """Let moderators open, change and order categories, but for what is archived."""
    archived = category is not None and is_archived(viewer, category.visibility)
    return viewer.is_moderator and not archived


def can_keep_category(viewer: Viewer, category: Category) -> bool:
    """Let a group's coordinators open and change the rooms that only the group reads."""
    if is_archived(viewer, category.visibility):
        return False
    kind, _, group_id = category.visibility.partition(":")
    if kind != "group" or viewer.is_moderator:
        return viewer.is_moderator
    return any(
        membership.coordinator and str(membership.group_id) == group_id
        for membership in getattr(viewer, "group_memberships", ())
    )


def acts_for(viewer: Viewer, thread: Thread) -> bool:
    """Say whether it is her thread: she opened it, or looks after it since a handover."""
    return viewer.is_authenticated and viewer.id in (thread.author_id, thread.steward_id)


def _coordinates(viewer: Viewer, token: str) -> bool:
    """Say whether only a group reads what carries the token, and the viewer coordinates it."""
    return any(token == f"group:{group_id}" for group_id in getattr(viewer, "coordinates", ()))


def consists_of_fields(post: Post) -> bool:
    """Say whether the text is composed from the fields of an experience."""
    return post.number == 1 and post.thread.kind == EXPERIENCE


def _wrote(viewer: Viewer, post: Post) -> bool:
    return viewer.is_authenticated and post.author_id == viewer.id


def can_read_list(viewer: Viewer, municipality: Municipality) -> bool:
    """Keep a municipality's reading list among its people."""
    return viewer.belongs_to(municipality.id)  # type: ignore[attr-defined]


def can_react_post(viewer: Viewer, post: Post) -> bool:
    """Let people say of others' words that they helped."""
    may = can_write_in(viewer, post.thread.visibility)
    return may and post.shown and not _wrote(viewer, post)
