"""Who keeps content up: whoever owns it, the municipality's editors, moderators."""

from kts.core.access import Viewer
from kts.core.shelf_life import ShelfLife


def can_confirm_shelf_life(viewer: Viewer, row: ShelfLife) -> bool:
    """Let the owner, the municipality's editors and moderators say whether it still holds."""
    if not viewer.is_authenticated or not viewer.id:
        return False
    return viewer.is_moderator or row.owner_id == viewer.id or viewer.edits(row.municipality_id)


def can_settle_shelf_life(viewer: Viewer, row: ShelfLife) -> bool:
    """Let moderators write to owners, and decide that a label is enough."""
    return viewer.is_moderator
