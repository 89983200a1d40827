"""The pages of the moderators."""

from kts.curation.views import log  # noqa: F401 - it adds to the blueprint
from kts.curation.views.desk import curation
from kts.curation.views.searches import searches
from kts.curation.views.synonyms import synonyms

BLUEPRINTS = (curation, searches, synonyms)
