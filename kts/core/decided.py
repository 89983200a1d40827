"""What has been decided with reasons is not shown or opened again by the way.

The feature that keeps decisions fills the slot ``decided``: for a thing and a mark of it ("hidden",
"locked") it gives the sentence that says where the decision is taken back, or nothing.
"""

from typing import Any

from kts.core import slots
from kts.core.errors import Conflict

SLOT = "decided"


def require_undecided(thing: Any, mark: str) -> None:
    """Raise Conflict where a decision that counts has set the mark."""
    for sentence in slots.contributions(SLOT, thing=thing, mark=mark):
        if sentence:
            raise Conflict(sentence)
