"""Pages about people, split by noun."""

from kts.accounts.views.account import account
from kts.accounts.views.groups import groups
from kts.accounts.views.people import people
from kts.accounts.views.session import accounts

BLUEPRINTS = (accounts, account, groups, people)
