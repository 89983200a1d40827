"""The pages of the rules and of what is held back."""

from kts.curation.rules.views.held import held_back
from kts.curation.rules.views.rules import rules

BLUEPRINTS = (rules, held_back)
