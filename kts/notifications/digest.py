"""What stands in a mail: its entries by category, its subject, and why it came."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from kts.core import mail
from kts.notifications import contents, preferences, unsubscribing
from kts.notifications.models import DIRECT, WATCH

MOST_SHOWN = 25  # entries; a mail that has more is not read to its end
SUBJECT_TITLE = 90  # characters of a title in a subject; phones show fewer


@dataclass(frozen=True)
class Group:
    """The entries below one heading and how many new posts they hold."""

    title: str
    items: Sequence[contents.Item]

    @property
    def new_posts(self) -> int:
        """Count what is new in all entries."""
        return sum(item.new_posts for item in self.items)


def language_of(person: Any) -> AbstractContextManager[None]:
    """Say everything in the person's language."""
    return force_locale(person.language)


def sections(
    person: Any, *, weekly: bool, has_items: bool, moment: datetime
) -> list[contents.Section]:
    """Give what goes along with a digest: never alone, except in the week's mail she chose."""
    if not preferences.of(person.id).suggestions or not (weekly or has_items):
        return []
    return contents.extras(person, moment)


def context(
    person: Any, items: Sequence[contents.Item], more: Sequence[contents.Section]
) -> dict[str, Any]:
    """Give the variables of the templates; links are complete addresses."""
    base = mail.base_url()
    with language_of(person):
        shown = items[:MOST_SHOWN]
        return {
            "name": person.display_name,
            "items": shown,
            "groups": groups(shown),
            "left_out": len(items) - len(shown),
            "sections": more,
            "headline": headline(items, more),
            "why": why(items),
            "base": base,
            "links": unsubscribing.links(person, _mutable(items)),
        }


def _mutable(items: Sequence[contents.Item]) -> str:
    """Give the one thing that a mail is about, which can be muted from it."""
    return items[0].target if len(items) == 1 and items[0].root else ""


def groups(items: Sequence[contents.Item]) -> list[Group]:
    """Put entries below the headings of their categories, in the order of their first one."""
    by_title: dict[str, list[contents.Item]] = {}
    for item in items:
        by_title.setdefault(item.group, []).append(item)
    return [Group(title or _("Messages"), ones) for title, ones in by_title.items()]


def headline(items: Sequence[contents.Item], more: Sequence[contents.Section]) -> str:
    """Say in a few words what is in the mail."""
    posts = sum(item.new_posts for item in items)
    threads = sum(1 for item in items if item.new_posts)
    if len(items) == 1:
        return _of_one(items[0])
    if posts:
        said = ngettext("%(num)d new post", "%(num)d new posts", posts)
        if threads == 1:
            title = next(item.title for item in items if item.new_posts)
            return _("%(posts)s in “%(title)s”", posts=said, title=_short(title))
        return ngettext(
            "%(posts)s in %(num)d thread", "%(posts)s in %(num)d threads", threads, posts=said
        )
    if items:
        return ngettext("%(num)d message for you", "%(num)d messages for you", len(items))
    return more[0].title


def _of_one(item: contents.Item) -> str:
    title = _short(item.title) if item.title else ""
    if item.new_posts > 1:
        said = ngettext("%(num)d new post", "%(num)d new posts", item.new_posts)
        return _("%(posts)s in “%(title)s”", posts=said, title=title)
    return title or (_short(item.says[0]) if item.says else _("News"))


def _short(title: str) -> str:
    return title if len(title) <= SUBJECT_TITLE else f"{title[: SUBJECT_TITLE - 1].rstrip()}…"


def why(items: Sequence[contents.Item]) -> str:
    """Say why the person gets the mail: the closest of the reasons."""
    if not items:
        return _("You receive this mail because you chose a weekly overview.")
    level = min((item.level for item in items), key=contents.LEVELS.index)
    if level == DIRECT:
        return _("You receive this mail because it concerns you or your posts.")
    if level == WATCH:
        return _("You receive this mail because you watch a thread, topic or category.")
    return _("You receive this mail because you follow a thread, topic or category.")
