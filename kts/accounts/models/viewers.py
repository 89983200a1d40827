"""Who looks at a page without being a person: guests, and all people who may see the same."""

from __future__ import annotations

from dataclasses import dataclass

from flask_login import AnonymousUserMixin

NOBODY = 0  # no row has it: what asks for own things finds none, and NULL is not equal to it


@dataclass(frozen=True)
class Audience:
    """All people who may see the same and keep order in the same places, without anybody's self.

    A viewer (``core.access.Viewer``) for whom pages are rendered that are kept for all of them.
    """

    is_authenticated: bool
    is_moderator: bool
    is_admin: bool
    visibility_tokens: frozenset[str]
    coordinates: frozenset[int]  # ids of groups
    archived_tokens: frozenset[str] = frozenset()

    id = NOBODY
    display_name = ""
    memberships = ()
    group_memberships = ()

    @property
    def is_anonymous(self) -> bool:
        """Say whether these are guests."""
        return not self.is_authenticated

    def edits(self, municipality_id: int | None) -> bool:
        """Refuse: editing a municipality is one person's matter."""
        return False

    def belongs_to(self, municipality_id: int | None) -> bool:
        """Refuse: belonging somewhere is one person's matter."""
        return False


GUESTS = Audience(False, False, False, frozenset({"public"}), frozenset())


class Guest(AnonymousUserMixin):
    """Whoever is not signed in: sees what is public."""

    id = None
    audience = GUESTS
    coordinates = frozenset[int]()
    display_name = ""
    is_moderator = False
    is_admin = False
    visibility_tokens = frozenset({"public"})
    archived_tokens = frozenset[str]()

    def edits(self, municipality_id: int | None) -> bool:
        """Refuse: a guest edits nothing."""
        return False

    def belongs_to(self, municipality_id: int | None) -> bool:
        """Refuse: a guest belongs nowhere."""
        return False
