"""What moderators do to threads and posts, each with a reason and a way back."""

from kts.forum.views.moderation import (  # noqa: F401 - they add to the blueprint
    merging,
    splitting,
    undoing,
)
from kts.forum.views.moderation.acts import moderation, moderation_form
from kts.forum.views.moderation.undoing import lead_on

__all__ = ["lead_on", "moderation", "moderation_form"]
