"""Who keeps content up: whoever owns it, the municipality's editors, moderators."""

from kts.core.access import Viewer
from kts.core.shelf_life import KINDS, ShelfLife


def can_confirm_shelf_life(viewer: Viewer, row: ShelfLife) -> bool:
    """Let the owner, the municipality's editors and moderators say whether it still holds."""
    if not viewer.is_authenticated or not viewer.id:
        return False
    return viewer.is_moderator or is_owner(viewer, row) or viewer.edits(row.municipality_id)


def is_owner(viewer: Viewer, row: ShelfLife) -> bool:
    """Say whether the viewer looks after it; what is bound to a municipality only while there."""
    bound = row.kind in KINDS and KINDS[row.kind].bound and row.municipality_id is not None
    works_there = viewer.is_moderator or viewer.belongs_to(row.municipality_id)
    return row.owner_id == viewer.id and (works_there or not bound)


def can_settle_shelf_life(viewer: Viewer, row: ShelfLife) -> bool:
    """Let moderators write to owners, and decide that a label is enough."""
    return viewer.is_moderator
