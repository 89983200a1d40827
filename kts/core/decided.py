"""What has been decided with reasons is not shown or opened again by the way.

The feature that keeps decisions fills the slot ``decided``: for a thing and a mark of it ("hidden",
"locked") it gives the sentence that says where the decision is taken back, or nothing. It fills the
slot ``statements_of_reasons`` with the addresses of the reasons, for those who may read them.
"""

from collections.abc import Collection
from typing import Any

from kts.core import slots
from kts.core.access import Viewer
from kts.core.errors import Conflict

SLOT, STATEMENTS = "decided", "statements_of_reasons"


def require_undecided(thing: Any, mark: str) -> None:
    """Raise Conflict where a decision that counts has set the mark."""
    for sentence in slots.contributions(SLOT, thing=thing, mark=mark):
        if sentence:
            raise Conflict(sentence)


def statements(viewer: Viewer, kind: str, ids: Collection[int]) -> dict[int, str]:
    """Give by id the address of the reasons why a thing is hidden, as far as the viewer may read.

    ``kind`` is "post", "thread" or "document"; without ids nothing is asked.
    """
    if not ids:
        return {}
    found = slots.contributions(STATEMENTS, viewer=viewer, kind=kind, ids=ids)
    return {number: address for addresses in found for number, address in addresses.items()}
