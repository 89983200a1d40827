"""Whether a contribution may appear at once, or waits until a moderator has looked at it.

Whoever takes a contribution from a person (the pages of the forum) asks :func:`reasons` before it
is written; features further right register what they know: watched words, links, first posts,
reviews. A reason holds the contribution back; it deletes nothing and decides nothing, a person
does. What comes by import, the API or a service is not asked about.

:func:`limit` refuses what a new member has done too often today, before anything is kept.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from kts.core.errors import DomainError

THREAD, ANSWER, EDIT, EXPERIENCE = "thread", "answer", "edit", "experience"
KINDS = (THREAD, ANSWER, EDIT, EXPERIENCE)


@dataclass(frozen=True)
class Contribution:
    """What a person wants to say, before it is a thread or a post.

    ``kind`` is one of KINDS (an experience is a thread of that kind), ``text`` all that readers
    would read besides the title, ``visibility`` the token of its audience, ``municipality_id`` the
    municipality in whose name it speaks or which it is about, where there is one. ``before`` is
    the title and text that an edit changes: what stood there already is no reason.
    """

    kind: str
    actor: Any
    title: str
    text: str
    visibility: str
    municipality_id: int | None = None
    before: str = ""
    known: dict[str, Any] = field(default_factory=dict, compare=False)  # what checks looked up


@dataclass(frozen=True)
class Reason:
    """Why a contribution waits; ``sentence`` is for its author and names no watched word."""

    key: str
    sentence: Any


class TooMuch(DomainError):
    """A limit for new members is reached; ``message`` says which, and when it ends.

    The status is 429 where waiting helps and 422 where the text has to change.
    """

    def __init__(self, message: str, status: HTTPStatus = HTTPStatus.TOO_MANY_REQUESTS) -> None:
        super().__init__(message)
        self.status = status


Check = Callable[[Contribution], Iterable[Reason]]
Limit = Callable[[Contribution], TooMuch | None]

_CHECKS: list[Check] = []
_LIMITS: list[Limit] = []
_VOUCHES: list[Callable[[Any], bool]] = []
_CALLBACKS: list[Callable[[Any], None]] = []
_ELSEWHERE: dict[str, Callable[[Any], str]] = {}
_SENTENCES: dict[str, Any] = {}


def _once(registry: list[Any], function: Any) -> None:
    """Register a function; an application made a second time in one process adds nothing."""
    if function not in registry:
        registry.append(function)


def register(check: Check) -> None:
    """Let ``check(contribution)`` give reasons to hold contributions back."""
    _once(_CHECKS, check)


def reasons(contribution: Contribution) -> tuple[Reason, ...]:
    """Give why the contribution waits for a moderator, each key once; empty if it appears now."""
    found = (reason for check in _CHECKS for reason in check(contribution))
    return tuple({reason.key: reason for reason in found}.values())


def name_reason(key: str, sentence: Any) -> None:
    """Say what the key of a reason means, for lists of what is held: a lazy text."""
    _SENTENCES[key] = sentence


def sentence_of(key: str) -> Any:
    """Give what :func:`name_reason` said of the key, else the key itself."""
    return _SENTENCES.get(key, key)


def register_limit(check: Limit) -> None:
    """Let ``check(contribution)`` give a :class:`TooMuch` for what goes beyond a limit."""
    _once(_LIMITS, check)


def limit(contribution: Contribution) -> TooMuch | None:
    """Give the first limit for new members that is reached; None where nothing stands against."""
    return next((found for check in _LIMITS if (found := check(contribution))), None)


def vouch(check: Callable[[Any], bool]) -> None:
    """Let ``check(person)`` say that somebody is vouched for, so that she is never new.

    Asked only about people whom a rule for new members would concern.
    """
    _once(_VOUCHES, check)


def is_vouched_for(person: Any) -> bool:
    """Say whether any feature vouches for the person, such as for a trusted municipality."""
    return any(check(person) for check in _VOUCHES)


def on_held(callback: Callable[[Any], None]) -> None:
    """Let ``callback(held)`` run whenever a contribution is held, changed, withdrawn or decided.

    It runs in the transaction of the deed, after its flush; ``held.state`` says what became of it
    and ``held.reasons`` holds the keys.
    """
    _once(_CALLBACKS, callback)


def tell_held(held: Any) -> None:
    """Run the callbacks of :func:`on_held`."""
    for callback in _CALLBACKS:
        callback(held)


def decide_elsewhere(key: str, url_of: Callable[[Any], str]) -> None:
    """Say that what is held for this reason is decided on another page than that of the held.

    It then waits on the desk only under the other feature's own kind; ``url_of(held)`` gives the
    address that the list of held contributions leads to.
    """
    _ELSEWHERE[key] = url_of


def is_elsewhere(key: str) -> bool:
    """Say whether another feature decides about what is held for this reason."""
    return key in _ELSEWHERE


def decided_at(held: Any) -> str:
    """Give the address at which another feature decides about it; empty for the usual page."""
    for key in held.reasons:
        if key in _ELSEWHERE:
            return _ELSEWHERE[key](held)
    return ""
