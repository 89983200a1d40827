"""The pages of vocabularies, labels and the quality seal."""

from kts.curation.vocabularies.views import (  # noqa: F401 - they add to the blueprint
    changing,
    splitting,
    synonyms,
    undoing,
)
from kts.curation.vocabularies.views.criteria import criteria
from kts.curation.vocabularies.views.labels import labels
from kts.curation.vocabularies.views.lists import vocabularies
from kts.curation.vocabularies.views.seals import seals

BLUEPRINTS = (vocabularies, labels, seals, criteria)
