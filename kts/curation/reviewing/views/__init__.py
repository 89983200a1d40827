"""The pages of reviews: for moderators, for authors, and the rules."""

from kts.curation.reviewing.views.judging import reviews
from kts.curation.reviewing.views.rules import rules
from kts.curation.reviewing.views.submissions import submissions

BLUEPRINTS = (reviews, submissions, rules)
