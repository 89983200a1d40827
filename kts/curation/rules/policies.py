"""Who decides about what is held back, and who keeps the rules."""

from kts.core.access import Viewer
from kts.forum.models.held import HeldContribution


def can_decide_held_contribution(viewer: Viewer, held: HeldContribution) -> bool:
    """Let moderators decide, except about their own words."""
    return viewer.is_moderator and viewer.id != held.author_id
