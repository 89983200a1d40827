"""Who may see and do what: the vocabulary that every feature's policies use.

Every route declares its decision with :func:`rule`; an application with an undeclared route
refuses to start. Visibility is a token on the row (``public``, ``members``, ``group:<id>``).
"""

import re
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any, Protocol, TypeVar

from flask import Flask, current_app
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import ColumnElement

from kts.core.errors import Denied

PUBLIC = "public"
MEMBERS = "members"

AUDIENCES = {
    "everyone": "anybody, signed in or not; rows are filtered by visibility",
    "signed-in": "any person with an account",
    "moderator": "moderators and administrators",
    "admin": "administrators",
    "policy": "whoever a policy function allows for this object; the view calls require()",
}

View = TypeVar("View", bound=Callable[..., Any])


class Viewer(Protocol):
    """What policies and queries may ask of the person, guest or user."""

    id: int | None
    display_name: str
    is_authenticated: bool
    is_moderator: bool
    is_admin: bool

    @property
    def visibility_tokens(self) -> frozenset[str]:
        """Give the tokens of the rows that the viewer may see."""

    def edits(self, municipality_id: int | None) -> bool:
        """Say whether the viewer is an editor of that municipality."""


def rule(audience: str, why: str = "") -> Callable[[View], View]:
    """Declare, and except for ``policy`` and ``everyone`` enforce, who may use a route.

    ``audience`` is a key of AUDIENCES; ``why`` explains an unusual choice in the route table.
    """
    if audience not in AUDIENCES:
        raise ValueError(f"unknown audience {audience!r}")

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            _enforce(audience)
            return view(*args, **kwargs)

        guarded.access_rule = (audience, why)  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return declare


def _enforce(audience: str) -> None:
    if audience == "signed-in":
        require(current_user.is_authenticated, _("Please sign in first."))
    elif audience == "moderator":
        require(current_user.is_moderator, _("Only KTS moderators can open this page."))
    elif audience == "admin":
        require(current_user.is_admin, _("Only administrators can open this page."))


def undeclared_routes(app: Flask) -> list[str]:
    """List the endpoints whose view declares no rule."""
    return sorted(
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint != "static" and not hasattr(view, "access_rule")
    )


def require(allowed: bool, message: str) -> None:
    """Raise Denied with the sentence that says what is missing, unless allowed."""
    if not allowed:
        raise Denied(message)


def visible(column: Any, viewer: Viewer) -> ColumnElement[bool]:
    """Give the SQL condition that keeps the rows which the viewer may see."""
    return column.in_(sorted(viewer.visibility_tokens))


def register(app: Flask, *modules: ModuleType) -> None:
    """Make the ``can_<verb>_<noun>`` functions of policy modules known to ``can()``."""
    policies = app.extensions.setdefault("kts_policies", {})
    for module in modules:
        policies.update(
            {name: value for name, value in vars(module).items() if name.startswith("can_")}
        )


def can(verb: str, thing: Any) -> bool:
    """Answer a template's ``can("edit", post)`` or ``can("create", "thread")``.

    Raises KeyError for a question that no policy answers: a typo must not read as "no".
    """
    policies = current_app.extensions["kts_policies"]
    if isinstance(thing, str):
        return policies[f"can_{verb}_{thing}"](current_user)
    noun = re.sub(r"(?<!^)(?=[A-Z])", "_", type(thing).__name__).lower()
    return policies[f"can_{verb}_{noun}"](current_user, thing)
