"""Pages that are rendered once for all people of an audience, with holes for what is one's own.

Nearly everything on a page of the forum is the same for all who may see the same: it is rendered
once and kept, in the process and bounded, under the page's name and its audience. What belongs to
one person (her name in the header, tokens against forged requests, what she has read, her buttons)
is a hole that each answer fills anew. ``docs/adr/0009-shared-pages.md`` says why.

A kept page is valid for one *stamp*: the caller reads counters from the database that change with
everything the page shows (:mod:`kts.core.stamps`), so no process shows what another has changed.
While a shared page is rendered the viewer is nobody in particular: :func:`as_audience` puts a
viewer without identity in the person's place, so nothing of hers can slip in.
"""

import re
import secrets
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, render_template, request
from flask_babel import get_locale
from flask_login import current_user
from markupsafe import Markup

#: Bytes of pages that a process keeps; a few hundred pages, and little beside its other memory.
KEPT_BYTES = 12_000_000

THEME_COOKIE = "kts_theme"
THEMES = ("light", "dark")
LONGEST_ADDRESS = 300  # what is longer was made up, and would fill the shelf with its name

_BRACKET = secrets.token_hex(8)  # nobody's text can contain it
_MARK = re.compile(f"{_BRACKET}<([^>]*)>")

Fill = Callable[..., str | None]
Mark = tuple[str, ...]  # the name of a hole and its arguments


@dataclass
class SharedPage:
    """A page cut at its holes: every odd part is the mark of one, every even part is HTML.

    ``defaults`` are cut alike and may have holes of their own. ``kept`` is what the page's own
    fills need to know of its content.
    """

    stamp: Hashable
    parts: list[Any]
    defaults: dict[Mark, list[Any]]
    kept: Any = None

    @property
    def size(self) -> int:
        """Give the bytes that keeping it takes."""
        return sum(sys.getsizeof(part) for parts in self._all_parts() for part in parts)

    def _all_parts(self) -> Iterator[list[Any]]:
        yield self.parts
        yield from self.defaults.values()

    def settled(self, fills: Collection[str]) -> "SharedPage":
        """Give the page with the holes closed that nobody of this audience fills."""
        return SharedPage(self.stamp, self._settle(self.parts, fills), self.defaults, self.kept)

    def _settle(self, parts: list[Any], fills: Collection[str]) -> list[Any]:
        settled: list[Any] = [parts[0]]
        for place in range(1, len(parts), 2):
            mark, after = parts[place], parts[place + 1]
            if mark[0] in fills:
                settled += [mark, after]
                continue
            first, *others = self._settle(self.defaults.get(mark, [b""]), fills)
            settled[-1] += first
            settled += others
            settled[-1] += after
        return settled

    def filled(self, fills: Mapping[str, Fill], done: dict[Mark, bytes] | None = None) -> bytes:
        """Put the page together for one person; a hole nobody fills shows its default.

        The same hole in several places, such as the token of all forms, is filled once. ``done``
        holds what is known already, and is given what was found.
        """
        return self._joined(self.parts, fills, {} if done is None else done)

    def _joined(
        self, parts: list[Any], fills: Mapping[str, Fill], done: dict[Mark, bytes]
    ) -> bytes:
        if len(parts) == 1:
            return parts[0]
        parts = parts.copy()
        for place in range(1, len(parts), 2):
            mark = parts[place]
            if mark not in done:
                done[mark] = self._hole(mark, fills, done)
            parts[place] = done[mark]
        return b"".join(parts)

    def _hole(self, mark: Mark, fills: Mapping[str, Fill], done: dict[Mark, bytes]) -> bytes:
        fill = fills.get(mark[0])
        content = fill(*mark[1:]) if fill else None
        if content is not None:
            return content.encode()
        return self._joined(self.defaults.get(mark, [b""]), fills, done)


@dataclass
class OwnContent:
    """What filled holes of a page for one person, as long as nothing of it has changed."""

    stamp: Hashable
    done: dict[Mark, bytes]

    @property
    def size(self) -> int:
        """Give the bytes that keeping it takes, about."""
        return sum(sys.getsizeof(content) + 200 for content in self.done.values())


class Shelf:
    """Keeps the pages used last, up to a number of bytes; safe for threads."""

    def __init__(self, room: int = KEPT_BYTES) -> None:
        self.room = room
        self._pages: OrderedDict[Hashable, Any] = OrderedDict()
        self._used = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable, stamp: Hashable) -> Any:
        """Give the page if it is kept and shows that state."""
        with self._lock:
            page = self._pages.get(key)
            if page is None or page.stamp != stamp:
                return None
            self._pages.move_to_end(key)
            return page

    def put(self, key: Hashable, page: SharedPage | OwnContent) -> None:
        """Keep the page, and forget those that were not used for longest."""
        with self._lock:
            self._forget(key)
            self._pages[key] = page
            self._used += page.size
            while self._used > self.room and self._pages:
                self._forget(next(iter(self._pages)))

    def _forget(self, key: Hashable) -> None:
        page = self._pages.pop(key, None)
        if page is not None:
            self._used -= page.size


def respond(
    template: str,
    key: Hashable,
    stamp: Hashable,
    load: Callable[[], tuple[dict[str, Any], Any]],
    fills: Callable[[Any], Mapping[str, Fill]] = lambda _kept: {},
    *,
    own_stamp: Hashable = None,
    lasting: Collection[str] = (),
    shelf: Shelf | None = None,
) -> bytes:
    """Give the page as bytes: the kept one if it shows ``stamp``, else a new one.

    ``load`` runs only for a new page and gives the template's context and what the fills need to
    know of it; ``fills`` is called once with that and adds to the holes that every page has. The
    ``lasting`` ones are kept for each person as long as ``own_stamp`` stands; no form may be in
    them, since a person's forms on two devices carry different tokens. ``shelf`` is one of the
    caller's own, for pages that shall not push others off.
    """
    shelf = shelf or current_app.extensions["kts_shelf"]
    full_key = (template, key, current_user.audience, *_variant())
    page, is_new = shelf.get(full_key, stamp), False
    if page is None:
        page, is_new = _render(template, stamp, load), True
    all_fills = {**current_app.extensions["kts_fills"], **fills(page.kept)}
    if is_new:
        if not current_user.is_authenticated:
            page = page.settled(all_fills)
        if len(request.full_path) <= LONGEST_ADDRESS:
            shelf.put(full_key, page)
    own_key, own_state = (full_key, current_user.id), (stamp, own_stamp)
    known = shelf.get(own_key, own_state) if lasting else None
    done = dict(known.done) if known else {}
    answer = page.filled(all_fills, done)
    if lasting and known is None:
        kept = {mark: content for mark, content in done.items() if mark[0] in lasting}
        shelf.put(own_key, OwnContent(own_state, kept))
    return answer


def _variant() -> tuple[str, str, str | None]:
    """Give what the frame of every page depends on: language, address, light or dark."""
    theme = request.cookies.get(THEME_COOKIE)
    return str(get_locale()), request.full_path, theme if theme in THEMES else None


def _render(
    template: str, stamp: Hashable, load: Callable[[], tuple[dict[str, Any], Any]]
) -> SharedPage:
    with as_audience():
        context, kept = load()
        return _cut_page(template, stamp, context, kept)


def _cut_page(template: str, stamp: Hashable, context: dict[str, Any], kept: Any) -> SharedPage:
    g.kts_defaults = defaults = {}
    try:
        html = render_template(template, **context)
    finally:
        del g.kts_defaults
    return SharedPage(stamp, _cut(html), defaults, kept)


def _cut(html: str) -> list[Any]:
    parts: list[Any] = _MARK.split(html)
    parts[::2] = [part.encode() for part in parts[::2]]
    parts[1::2] = [tuple(mark.split("|")) for mark in parts[1::2]]
    return parts


@contextmanager
def as_audience() -> Iterator[None]:
    """Let a viewer without identity stand in the place of the person who asks."""
    person = current_user._get_current_object()
    g._login_user = person.audience
    try:
        yield
    finally:
        g._login_user = person


def is_shared() -> bool:
    """Say whether a page for a whole audience is being rendered."""
    return "kts_defaults" in g


def own(name: str, *arguments: object, caller: Callable[[], str] | None = None) -> Markup:
    """Mark a part of a template as one person's own: ``{% call own("post", post.id) %}``.

    On a shared page it becomes a hole; the block is its default, rendered for nobody in
    particular. On other pages the block is rendered as it stands.
    """
    default = Markup(caller()) if caller else Markup("")  # noqa: S704 - a block is escaped already
    if not is_shared():
        return default
    mark = "|".join([name, *(str(argument) for argument in arguments)])
    if default:
        g.kts_defaults[tuple(mark.split("|"))] = _cut(default)
    return Markup(f"{_BRACKET}<{mark}>")  # noqa: S704 - names and numbers of our own


def own_part(name: str) -> Markup:
    """Show what the application fills holes of that name with, on shared pages later."""
    if is_shared():
        return own(name)
    return Markup(current_app.extensions["kts_fills"][name]())  # noqa: S704 - made by templates


def init_app(app: Flask) -> None:
    """Make the shelf, and let templates mark what is one's own."""
    app.extensions["kts_shelf"] = Shelf()
    app.extensions["kts_fills"] = {}
    app.jinja_env.globals.update(own=own, own_part=own_part)


def fill(app: Flask, name: str, give: Fill) -> None:
    """Let ``give(*arguments)`` fill the holes of that name on every shared page."""
    app.extensions["kts_fills"][name] = give


def fill_kept(app: Flask, name: str, template: str, load: Callable[[], dict[str, Any]]) -> None:
    """Fill holes with a template that is the person's own, kept while ``load`` gives the same.

    ``load`` gives the template's context: all that it shows but for its own holes, such as a form's
    token.
    """

    def give() -> str:
        context = load()
        shelf: Shelf = app.extensions["kts_shelf"]
        key, stamp = (template, current_user.id), (str(get_locale()), *context.values())
        page = shelf.get(key, stamp)
        if page is None:
            page = _cut_page(template, stamp, context, None)
            shelf.put(key, page)
        return page.filled(app.extensions["kts_fills"]).decode()

    fill(app, name, give)
