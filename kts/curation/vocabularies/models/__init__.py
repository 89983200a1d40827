"""The tables of the room: labels and where they are, what was changed, the quality seal."""

from kts.curation.vocabularies.models.changes import SplitPlan, VocabularyChange
from kts.curation.vocabularies.models.labels import (
    DOCUMENT,
    DOSSIER,
    LABELLED,
    THREAD,
    Label,
    LabelUse,
)
from kts.curation.vocabularies.models.seals import (
    MET,
    NOT_APPLICABLE,
    LabelSuggestion,
    QualitySeal,
    SealCriteria,
)

__all__ = [
    "DOCUMENT",
    "DOSSIER",
    "LABELLED",
    "MET",
    "NOT_APPLICABLE",
    "THREAD",
    "Label",
    "LabelSuggestion",
    "LabelUse",
    "QualitySeal",
    "SealCriteria",
    "SplitPlan",
    "VocabularyChange",
]
