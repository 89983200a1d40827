"""What passes when somebody hands over the work for a municipality: each feature says its part.

Accounts stand left of the forum, so the forum registers what it passes on. A part counts before
anything happens, for the preview, and passes on in the transaction of the successor's yes. What
the successor may not see does not pass.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app

from kts.accounts.models import User
from kts.core.access import MEMBERS, PUBLIC


@dataclass(frozen=True)
class Passing:
    """Who hands what over to whom; ``successor`` is None while she has no account."""

    predecessor: User
    successor: User | None
    municipality_id: int
    keeps_subscriptions: bool = False
    copies_searches: bool = False

    @property
    def tokens(self) -> frozenset[str]:
        """Give what the successor may see; a newcomer sees what every member does."""
        if self.successor is None:
            return frozenset({PUBLIC, MEMBERS})
        return self.successor.visibility_tokens


@dataclass(frozen=True)
class Part:
    """One kind of thing that passes; ``label`` says how many in a sentence."""

    name: str
    label: Callable[[int], str]
    count: Callable[[Passing], int]
    pass_on: Callable[[Passing], int]


def register(app: Flask, part: Part) -> None:
    """Let a feature take part in every handover."""
    app.extensions.setdefault("kts_handover_parts", []).append(part)


def parts() -> list[Part]:
    """List the parts in the order of registration."""
    return list(current_app.extensions.get("kts_handover_parts", ()))
