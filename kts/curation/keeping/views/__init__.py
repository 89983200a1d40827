"""The pages on which content is kept up."""

from kts.curation.keeping.views import successors  # noqa: F401 - it adds to the blueprint
from kts.curation.keeping.views.confirming import confirming
from kts.curation.keeping.views.keeping import keeping
from kts.curation.keeping.views.periods import shelf_periods

BLUEPRINTS = (keeping, confirming, shelf_periods)
