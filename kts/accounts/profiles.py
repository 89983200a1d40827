"""Reads for the page of a person; addresses, roles and the last visit stay out of it."""

from collections.abc import Sequence

from sqlalchemy.orm import joinedload, selectinload

from kts.accounts.models import Group, GroupMembership, MunicipalityMembership, User
from kts.accounts.queries import visible_groups
from kts.core.access import Viewer
from kts.core.errors import NotFound
from kts.extensions import db


def get_person(handle: str) -> User:
    """Find the person with that handle; raise NotFound for none."""
    municipality = joinedload(MunicipalityMembership.municipality)
    statement = db.select(User).where(User.handle == handle)
    person = db.session.scalar(
        statement.options(selectinload(User.memberships).options(municipality))
    )
    if person is None:
        raise NotFound
    return person


def groups_known_to(viewer: Viewer, person: User) -> Sequence[Group]:
    """List the person's groups that the viewer may know of, by name."""
    own = db.select(GroupMembership.group_id).where(GroupMembership.user_id == person.id)
    ids = set(db.session.scalars(own))
    return [group for group in visible_groups(viewer) if group.id in ids]
