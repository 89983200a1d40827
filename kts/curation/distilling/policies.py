"""Who makes knowledge of a thread: moderators, and editors of what their own place experienced.

Publishing speaks for the KTS and is the moderators' matter. Contributors decide about their own
words alone.
"""

from kts.accounts.policies import is_archived
from kts.core.access import Viewer
from kts.curation.distilling.models import EXPERIENCE, Distillate, DistillateContributor
from kts.forum.models import Thread


def can_distil_thread(viewer: Viewer, thread: Thread) -> bool:
    """Let moderators begin, and a municipality's editors where the thread is about their own."""
    if not thread.shown or thread.merged_into_id is not None:
        return False
    if thread.visibility not in viewer.visibility_tokens or is_archived(viewer, thread.visibility):
        return False
    return viewer.is_moderator or viewer.edits(thread.municipality_id)


def can_make_factsheet(viewer: Viewer) -> bool:
    """Let moderators write fact sheets: they are the KTS's own word."""
    return viewer.is_moderator


def can_list_distillates(viewer: Viewer) -> bool:
    """Let those see the list of drafts who may have one."""
    own = getattr(viewer, "memberships", ())
    return viewer.is_moderator or any(viewer.edits(one.municipality_id) for one in own)


def can_edit_distillate(viewer: Viewer, distillate: Distillate) -> bool:
    """Let those work on a draft who read its thread: moderators, and the place's editors."""
    if distillate.thread.visibility not in viewer.visibility_tokens:
        return False
    if viewer.is_moderator:
        return True
    return distillate.kind == EXPERIENCE and viewer.edits(distillate.municipality_id)


def can_publish_distillate(viewer: Viewer, distillate: Distillate) -> bool:
    """Let moderators publish."""
    return viewer.is_moderator and can_edit_distillate(viewer, distillate)


def can_answer_distillate_contributor(viewer: Viewer, contributor: DistillateContributor) -> bool:
    """Let each contributor decide about her own words."""
    return viewer.is_authenticated and contributor.user_id == viewer.id
