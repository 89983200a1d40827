"""Which people may read something: the visibility of rows, asked from the other side."""

from sqlalchemy import ColumnElement, exists, false, or_, true

from kts.accounts.models import GroupMembership, User
from kts.core.access import MEMBERS, PUBLIC
from kts.forum.models import Thread


def may_see(thread: Thread) -> ColumnElement[bool]:
    """Give the condition on people that keeps those who may see the thread."""
    allowed = _holds(thread.visibility)
    if thread.hidden or thread.deleted:
        allowed = (User.id == thread.author_id) & allowed
    return or_(allowed, _moderates())


def in_audience(visibility: str) -> ColumnElement[bool]:
    """Give the condition on people that keeps those who may see rows with the token."""
    return or_(_holds(visibility), _moderates())


def _moderates() -> ColumnElement[bool]:
    return User.role.in_(("moderator", "admin"))


def _holds(visibility: str) -> ColumnElement[bool]:
    if visibility in (PUBLIC, MEMBERS):
        return true()
    kind, _, number = visibility.partition(":")
    if kind != "group" or not number.isdigit():
        return false()
    return exists().where(
        GroupMembership.user_id == User.id, GroupMembership.group_id == int(number)
    )
