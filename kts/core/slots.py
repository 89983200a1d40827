"""Places in a page that features further right fill without being imported.

The municipality's page has a slot "municipality_threads"; the forum registers a function that
gives its HTML. An unfilled slot is empty.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup


def register(app: Flask, slot: str, fill: Callable[..., Any]) -> None:
    """Let ``fill(**context)`` contribute to the slot."""
    app.extensions.setdefault("kts_slots", defaultdict(list))[slot].append(fill)


def contributions(slot: str, **context: Any) -> list[Any]:
    """Collect what the registered functions give, in the order of registration."""
    return [fill(**context) for fill in current_app.extensions.get("kts_slots", {}).get(slot, [])]


def render(slot: str, **context: Any) -> Markup:
    """Join the slot's HTML; empty where nobody registered."""
    return Markup("").join(contributions(slot, **context))
