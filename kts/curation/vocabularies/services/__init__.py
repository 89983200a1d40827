"""What moderators do to vocabularies: every deed in one transaction, with its way back."""

from kts.curation.vocabularies.services.merging import merge_terms
from kts.curation.vocabularies.services.recording import Outdated
from kts.curation.vocabularies.services.splitting import (
    apply_split,
    assign,
    begin_split,
    drop_split,
    split_state,
)
from kts.curation.vocabularies.services.terms import (
    add_term,
    change_term,
    offer_term,
    retire_term,
)
from kts.curation.vocabularies.services.undoing import undo_change

__all__ = [
    "Outdated",
    "add_term",
    "apply_split",
    "assign",
    "begin_split",
    "change_term",
    "drop_split",
    "merge_terms",
    "offer_term",
    "retire_term",
    "split_state",
    "undo_change",
]
