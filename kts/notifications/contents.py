"""What mails show of the things that notifications are about.

A feature registers for its targets (``thread:12`` has the prefix ``thread``) a function that
loads them as one viewer may see them **now**; what it leaves out is not mailed. Another registry
takes what goes along with a digest although nobody was notified of it.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask import Flask, current_app

from kts.core.access import Viewer
from kts.notifications import texts
from kts.notifications.models import DIRECT, FOLLOW, NORMAL, WATCH, Notification

LEVELS = (DIRECT, WATCH, FOLLOW, NORMAL)  # the loudest first: it is the reason that is told


@dataclass(frozen=True)
class Wanted:
    """What is to be loaded: a thing, and what is new about it since the last mail.

    ``posts`` are those that the notifications name and no mail has had; empty where the news is
    another.
    """

    target_id: int
    posts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Excerpt:
    """The beginning of a text and who wrote it."""

    text: str
    author: str = ""
    place: str = ""


@dataclass(frozen=True)
class Item:
    """One entry of a mail.

    ``group`` is the heading below which it stands, ``list_id`` the short name of the same.
    ``says`` are sentences of what happened, ``new_posts`` counts what is new, ``shown`` are the
    wanted posts that the person may read. ``root`` names the conversation to which the mail
    belongs, ``number`` the post that its answer answers.
    """

    target: str
    title: str
    url: str
    group: str = ""
    list_id: str = ""
    root: str = ""
    number: int | None = None
    excerpt: Excerpt | None = None
    new_posts: int = 0
    shown: frozenset[int] = frozenset()
    says: tuple[str, ...] = ()
    level: str = FOLLOW
    ids: tuple[int, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Section:
    """Something that goes along with a digest: a heading and entries."""

    title: str
    items: Sequence[Item]


Loader = Callable[[Viewer, Sequence[Wanted]], Mapping[int, Item]]


@dataclass(frozen=True)
class Content:
    """How targets of one prefix are loaded; kinds in ``told`` need no sentence beside the entry."""

    load: Loader
    told: Collection[str]


Extra = Callable[[Any, datetime], Section | None]


def register_content(
    app: Flask, prefix: str, load: Loader, told: Collection[str] = frozenset()
) -> None:
    """Let ``load(viewer, wanted)`` give the entries of targets with the prefix, by their id.

    ``told``: kinds of notifications of which the entry itself, with its new posts, says all.
    """
    app.extensions.setdefault("kts_mail_contents", {})[prefix] = Content(load, told)


def register_mailed_apart(app: Flask, kind: str, is_mailed: Callable[[Notification], bool]) -> None:
    """Leave those messages of the kind to the mail that the deed itself has sent."""
    app.extensions.setdefault("kts_mailed_apart", {})[kind] = is_mailed


def is_mailed_apart(message: Notification) -> bool:
    """Say whether the deed itself has sent a mail of what the message tells."""
    registered = current_app.extensions.get("kts_mailed_apart", {})
    return message.kind in registered and bool(registered[message.kind](message))


def register_extra(app: Flask, extra: Extra) -> None:
    """Let ``extra(person, moment)`` give a section that goes along with her digest, or None."""
    app.extensions.setdefault("kts_mail_extras", []).append(extra)


def extras(person: Any, moment: datetime) -> list[Section]:
    """Collect what goes along with the person's digest."""
    registered: list[Extra] = current_app.extensions.get("kts_mail_extras", [])
    found = [extra(person, moment) for extra in registered]
    return [section for section in found if section is not None and section.items]


def items(person: Any, messages: Sequence[Notification]) -> list[Item]:
    """Make the entries of a mail to the person, in her language, in a fixed number of statements.

    Messages about one thing are one entry. What she may no longer see is left out.
    """
    things = _by_thing(messages)
    sets = [_by_kind(ones) for _target, ones in things]
    spoken = iter(texts.speak(person, [one for ones in sets for one in ones]))
    loaded = _load(person, things)
    entries = []
    for (target, _messages), ones in zip(things, sets, strict=True):
        said = [(one, next(spoken)) for one in ones]
        entry = _entry(target, said, loaded)
        if entry is not None:
            entries.append(entry)
    return entries


def _by_thing(messages: Sequence[Notification]) -> list[tuple[str, list[Notification]]]:
    things: dict[str, list[Notification]] = defaultdict(list)
    for message in messages:
        things[message.target or f"message:{message.id}"].append(message)
    return list(things.items())


def _by_kind(messages: Sequence[Notification]) -> list[list[Notification]]:
    """Split the messages about one thing as they can be said: some kinds all in one sentence."""
    sets: dict[Any, list[Notification]] = defaultdict(list)
    for message in messages:
        together = texts.is_together(message.kind)
        sets[message.kind if together else message.id].append(message)
    return list(sets.values())


def _contents() -> dict[str, Content]:
    registered: dict[str, Content] = current_app.extensions.get("kts_mail_contents", {})
    return registered


def _load(person: Any, things: Sequence[tuple[str, list[Notification]]]) -> dict[str, Item | None]:
    """Load all registered things; None for those that the person may not see."""
    wanted: dict[str, list[Wanted]] = defaultdict(list)
    for target, messages in things:
        prefix, _, number = target.partition(":")
        if prefix in _contents() and number.isdigit():
            wanted[prefix].append(Wanted(int(number), unmailed_posts(messages)))
    found: dict[str, Item | None] = {}
    for prefix, ones in wanted.items():
        items_by_id = _contents()[prefix].load(person, ones)
        found.update({f"{prefix}:{one.target_id}": items_by_id.get(one.target_id) for one in ones})
    return found


def unmailed_posts(messages: Sequence[Notification]) -> tuple[int, ...]:
    """Give the posts that the messages name and that no mail has had, the oldest first."""
    posts = {post for message in messages for post in posts_of(message)}
    return tuple(sorted(posts))


def posts_of(message: Notification) -> list[int]:
    """Give the posts that one message names and that no mail has had."""
    named = message.data.get("posts", [])
    if single := message.data.get("post"):
        named = [*named, single]
    return [post for post in named if post not in message.data.get("mailed", [])]


def _entry(
    target: str,
    said: Sequence[tuple[list[Notification], texts.Saying]],
    loaded: Mapping[str, Item | None],
) -> Item | None:
    """Make one entry of what may be told about a thing; None where nothing may."""
    item = loaded.get(target)
    if target in loaded and item is None:
        return None
    kept = [one for one in said if not one[1].gone and _is_shown(item, one[0])]
    if not kept:
        return None
    messages = [message for ones, _saying in kept for message in ones]
    saying = kept[0][1]
    content = _contents().get(target.partition(":")[0])
    silent = content.told if content is not None and item is not None and item.new_posts else ()
    says = [saying.text for ones, saying in kept if ones[0].kind not in silent and saying.text]
    item = item or Item(target, saying.title, saying.url)
    return replace(
        item,
        url=item.url if item.new_posts else saying.url,
        says=tuple(dict.fromkeys(says)),
        level=min((message.level for message in messages), key=LEVELS.index),
        ids=tuple(message.id for message in messages),
    )


def _is_shown(item: Item | None, messages: Sequence[Notification]) -> bool:
    """Say whether any of the posts that the messages tell of can still be read."""
    posts = unmailed_posts(messages)
    return item is None or not posts or not item.shown.isdisjoint(posts)
