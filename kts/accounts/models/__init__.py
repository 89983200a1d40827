"""People and what they belong to.

A person has one platform-wide role; being an editor is a matter of one municipality and lives on
the membership. An account without a password is one that was invited and has not come yet; an
inactive one can't sign in but keeps its contributions' name.
"""

from kts.accounts.models.groups import (
    BY_INVITATION,
    BY_REQUEST,
    DIALOGPLATTFORM,
    GROUP,
    GROUP_KINDS,
    JOINING,
    NETWORK,
    OPEN,
    WORKING_GROUP,
    Group,
    GroupMembership,
)
from kts.accounts.models.handover import (
    LEAVES_PLACE,
    LEAVES_PLATFORM,
    STAYS,
    RoleHandover,
)
from kts.accounts.models.joining import (
    WAITING,
    GroupJoinRequest,
    Invitation,
    MembershipRequest,
)
from kts.accounts.models.memberships import (
    MUNICIPALITY_ROLES,
    MunicipalityMembership,
)
from kts.accounts.models.people import (
    FULL_NAME,
    NAME_CHOICES,
    ROLE_NAME,
    ROLES,
    SHORT_NAME,
    PasswordReset,
    User,
)
from kts.accounts.models.viewers import (
    GUESTS,
    NOBODY,
    Audience,
    Guest,
)

__all__ = [
    "BY_INVITATION",
    "BY_REQUEST",
    "DIALOGPLATTFORM",
    "FULL_NAME",
    "GROUP",
    "GROUP_KINDS",
    "GUESTS",
    "JOINING",
    "LEAVES_PLACE",
    "LEAVES_PLATFORM",
    "MUNICIPALITY_ROLES",
    "NAME_CHOICES",
    "NETWORK",
    "NOBODY",
    "OPEN",
    "ROLES",
    "ROLE_NAME",
    "SHORT_NAME",
    "STAYS",
    "WAITING",
    "WORKING_GROUP",
    "Audience",
    "Group",
    "GroupJoinRequest",
    "GroupMembership",
    "Guest",
    "Invitation",
    "MembershipRequest",
    "MunicipalityMembership",
    "PasswordReset",
    "RoleHandover",
    "User",
]
