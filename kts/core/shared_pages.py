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
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app, g, render_template, request
from flask_babel import get_locale
from flask_login import current_user
from markupsafe import Markup

#: Bytes of pages that a process keeps; a few hundred pages, and little beside its other memory.
KEPT_BYTES = 8_000_000

THEME_COOKIE = "kts_theme"
THEMES = ("light", "dark")
LONGEST_ADDRESS = 300  # what is longer was made up, and would fill the shelf with its name
LAYOUTS = 16  # of one page; people have few things of their own on it, and mostly the same ones

_BRACKET = secrets.token_hex(8)  # nobody's text can contain it
_MARK = re.compile(f"{_BRACKET}<([^>]*)>")

Fill = Callable[..., str | bytes | None]
Mark = tuple[str, ...]  # the name of a hole and its arguments


@dataclass
class SharedPage:
    """A page cut at its holes: every odd part is the mark of one, every even part is HTML.

    ``defaults`` are cut alike and may have holes of their own. ``kept`` is what the page's own
    fills need to know of its content. ``layouts`` are the pieces in their order for those who
    fill the same holes: bytes, and the marks that are open for them.
    """

    stamp: Hashable
    parts: list[Any]
    defaults: dict[Mark, list[Any]]
    kept: Any = None
    layouts: dict[frozenset[str], list[Any]] = field(default_factory=dict, repr=False)

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

    def filled(self, fills: Mapping[str, Fill]) -> bytes:
        """Put the page together for one person; a hole nobody fills shows its default.

        The same hole in several places, such as the token of all forms, is filled once.
        """
        names = frozenset(fills)
        layout = self.layouts.get(names)
        if layout is None:
            if len(self.layouts) >= LAYOUTS:
                self.layouts.clear()
            layout = self.layouts[names] = list(self._laid_out(self.parts, names))
        return self._joined(layout, fills, {})

    def _laid_out(self, parts: list[Any], names: Collection[str]) -> Iterator[Any]:
        for part in parts:
            if isinstance(part, bytes) or part[0] in names:
                yield part
            else:
                yield from self._laid_out(self.defaults.get(part, []), names)

    def _joined(
        self, pieces: list[Any], fills: Mapping[str, Fill], done: dict[Mark, bytes]
    ) -> bytes:
        joined = []
        for piece in pieces:
            if type(piece) is not bytes:
                if piece not in done:
                    done[piece] = self._hole(piece, fills, done)
                piece = done[piece]
            joined.append(piece)
        return b"".join(joined)

    def _hole(self, mark: Mark, fills: Mapping[str, Fill], done: dict[Mark, bytes]) -> bytes:
        fill = fills.get(mark[0])
        content = fill(*mark[1:]) if fill else None
        if content is None:
            return self._joined(self.defaults.get(mark, []), fills, done)
        return content if isinstance(content, bytes) else content.encode()


@dataclass
class OwnContent:
    """What fills holes of a page for one person, as long as nothing of it has changed.

    Tokens in it are holes again: her forms on two devices carry different ones. None stands for a
    hole's default.
    """

    stamp: Hashable
    contents: dict[Mark, SharedPage | None]

    @property
    def size(self) -> int:
        """Give the bytes that keeping it takes, about."""
        return sum(200 + (content.size if content else 0) for content in self.contents.values())


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
    own_stamp: Callable[[], Hashable] = lambda: None,
    lasting: Collection[str] = (),
    shelf: Shelf | None = None,
) -> tuple[bytes, Any]:
    """Give the page as bytes, and what ``load`` told of it: kept if it shows ``stamp``, else new.

    ``load`` runs only for a new page and gives the template's context and what the fills need to
    know of it; ``fills`` is called once with that and adds to the holes that every page has. What
    fills the ``lasting`` ones is kept for each person as long as ``stamp`` and ``own_stamp``
    stand; the token of a form in it has to come from ``csrf_token()``, which is a hole there.
    ``shelf`` is one of the caller's own, for pages that shall not push others off.
    """
    shelf = shelf or current_app.extensions["kts_shelf"]
    full_key = (template, key, current_user.audience, *_variant())
    page, is_new = shelf.get(full_key, stamp), False
    if page is None:
        page, is_new = _render(template, stamp, load), True
    everywhere: dict[str, Fill] = current_app.extensions["kts_fills"]
    own_fills = fills(page.kept)
    if is_new:
        if not current_user.is_authenticated:
            page = page.settled({**everywhere, **own_fills})
        if len(request.full_path) <= LONGEST_ADDRESS:
            shelf.put(full_key, page)
    if own_fills.keys().isdisjoint(lasting):
        return page.filled({**everywhere, **own_fills}), page.kept
    own_key, own_state = (full_key, current_user.id), (stamp, own_stamp())
    known = shelf.get(own_key, own_state)
    contents = dict(known.contents) if known else {}
    kept_fills = {
        name: _kept_fill(name, fill, contents) if name in lasting else fill
        for name, fill in own_fills.items()
    }
    answer = page.filled({**everywhere, **kept_fills})
    if known is None or len(contents) > len(known.contents):
        shelf.put(own_key, OwnContent(own_state, contents))
    return answer, page.kept


def _kept_fill(name: str, fill: Fill, contents: dict[Mark, SharedPage | None]) -> Fill:
    """Fill from ``contents``, and note there what was not in it."""

    def give(*arguments: str) -> bytes | None:
        mark = (name, *arguments)
        if mark not in contents:
            contents[mark] = _cut_content(fill, arguments)
        content = contents[mark]
        return content and content.filled(current_app.extensions["kts_fills"])

    return give


def _cut_content(fill: Fill, arguments: tuple[str, ...]) -> SharedPage | None:
    with _cutting() as defaults:
        content = fill(*arguments)
    if content is None:
        return None
    html = content.decode() if isinstance(content, bytes) else content
    return SharedPage(None, _cut(html), defaults)


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
    with _cutting() as defaults:
        html = render_template(template, **context)
    return SharedPage(stamp, _cut(html), defaults, kept)


@contextmanager
def _cutting() -> Iterator[dict[Mark, list[Any]]]:
    """Let templates leave holes; give the dictionary that their defaults are put into."""
    defaults = g.kts_defaults = {}
    try:
        yield defaults
    finally:
        del g.kts_defaults


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
