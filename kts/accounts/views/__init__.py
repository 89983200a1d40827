"""Pages about people, split by noun."""

from kts.accounts.views import group_members  # noqa: F401 - adds to the blueprint of groups
from kts.accounts.views.account import account
from kts.accounts.views.groups import groups
from kts.accounts.views.leaving import leaving
from kts.accounts.views.people import people
from kts.accounts.views.profiles import profiles
from kts.accounts.views.session import accounts

BLUEPRINTS = (accounts, account, groups, leaving, people, profiles)
