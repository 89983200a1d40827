"""The parts of an issue: added by address or from what is new, arranged, taken out, put back.

Two editors may work at once: words belong to one part and carry its version; the order carries
``order_version``.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from kts.accounts.models.viewers import GUESTS
from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid, NotFound
from kts.core.text import render_markdown
from kts.curation.dossiers.addresses import item_at
from kts.curation.newsletter.contents import public_dossier, shown_items
from kts.curation.newsletter.models import (
    DOSSIER,
    HEADING,
    LINK,
    OWN_WORDS,
    TEXT,
    TITLE_LENGTH,
    NewsletterIssue,
    NewsletterItem,
)
from kts.curation.newsletter.news import GROUPS, Pick
from kts.curation.newsletter.services.issues import require_draft
from kts.extensions import db

MOST_ITEMS = 60  # more than anybody reads in a mail
UP, DOWN = "hoch", "runter"
_DOSSIER = re.compile(r"/dossiers/(\d{1,9})(?:-[^/]*)?/?")


def add_address(
    actor: Any, issue: NewsletterIssue, address: str, title: str = "", teaser: str = ""
) -> NewsletterItem:
    """Add what lives at the address: something public of this site, or a link elsewhere.

    Raises Invalid where guests find nothing there: the newsletter is for everybody.
    """
    item = _item_at(address, title)
    if not teaser.strip():
        teaser = shown_items([item])[0].beginning
    return _add(actor, issue, [_with(item, teaser)])[0]


def _item_at(address: str, title: str) -> NewsletterItem:
    if (number := _dossier_number(address)) is not None:
        if public_dossier(number) is None:
            raise Invalid(_("Nothing that everybody can read was found at this address."))
        return NewsletterItem(kind=DOSSIER, object_id=number)
    part = item_at(GUESTS, address, title)
    item = NewsletterItem(
        kind=part.kind,
        object_id=part.object_id,
        version_number=part.version_number,
        page=part.page,
        accessed=part.accessed,
    )
    if item.kind == LINK:
        item.title, item.url = part.title, part.url
    return item


def _dossier_number(address: str) -> int | None:
    try:
        split = urlsplit(address.strip())
    except ValueError:
        return None
    own = urlsplit(current_app.config["KTS"].base_url).netloc
    found = _DOSSIER.fullmatch(split.path) if split.netloc in ("", own) else None
    return int(found[1]) if found else None


def add_heading(actor: Any, issue: NewsletterIssue, title: str) -> NewsletterItem:
    """Begin a section."""
    if not title.strip():
        raise Invalid(_("Please give the section a heading."))
    item = NewsletterItem(kind=HEADING, title=title.strip()[:TITLE_LENGTH])
    return _add(actor, issue, [_with(item, "")])[0]


def add_text(actor: Any, issue: NewsletterIssue, text: str, title: str = "") -> NewsletterItem:
    """Add a text of the editors, such as a date; a title is not needed."""
    if not text.strip():
        raise Invalid(_("Please write a text or give an address."))
    item = NewsletterItem(kind=TEXT, title=title.strip()[:TITLE_LENGTH])
    return _add(actor, issue, [_with(item, text)])[0]


def add_picks(actor: Any, issue: NewsletterIssue, picks: Iterable[Pick]) -> int:
    """Add what was chosen from the lists, each below the heading of its list; give how many.

    What guests can no longer see and what is in already is left out.
    """
    there = {(item.kind, item.object_id) for item in issue.items}
    added = [
        (pick.group, NewsletterItem(kind=pick.kind, object_id=pick.object_id))
        for pick in dict.fromkeys(picks)
        if (pick.kind, pick.object_id) not in there
    ]
    shown = {id(one.item): one for one in shown_items([item for _group, item in added])}
    added = [(group, item) for group, item in added if shown[id(item)].is_shown]
    _require_room(issue, len(added) + len(GROUPS))
    for group, label in GROUPS.items():
        chosen = [_with(i, shown[id(i)].beginning) for name, i in added if name == group]
        if chosen:
            with force_locale("de"):  # what the KTS writes is German
                _put_below(issue, str(label), chosen)
    if added:
        _changed(actor, issue, "newsletter.item")
    return len(added)


def _put_below(issue: NewsletterIssue, heading: str, items: list[NewsletterItem]) -> None:
    row = list(issue.items)
    place = next((n for n, i in enumerate(row) if i.kind == HEADING and i.title == heading), None)
    if place is None:
        row += [_with(NewsletterItem(kind=HEADING, title=heading), ""), *items]
    else:
        end = next((n for n in range(place + 1, len(row)) if row[n].kind == HEADING), len(row))
        row[end:end] = items
    _number(row)
    issue.items = row


def _with(item: NewsletterItem, teaser: str) -> NewsletterItem:
    item.teaser = teaser.strip()
    item.html = render_markdown(item.teaser)
    return item


def _add(
    actor: Any, issue: NewsletterIssue, items: Sequence[NewsletterItem]
) -> Sequence[NewsletterItem]:
    require_draft(issue)
    _require_room(issue, len(items))
    for item in items:
        if any(_same(item, other) for other in issue.items):
            raise Invalid(_("This is in the issue already."))
        issue.items.append(item)
    _number(issue.items)
    _changed(actor, issue, "newsletter.item")
    return items


def _require_room(issue: NewsletterIssue, more: int) -> None:
    require_draft(issue)
    if len(issue.items) + more > MOST_ITEMS:
        raise Invalid(_("An issue can have at most %(most)d parts.", most=MOST_ITEMS))


def _same(one: NewsletterItem, other: NewsletterItem) -> bool:
    names = ("kind", "object_id", "page", "url")
    alike = all((getattr(one, name) or None) == (getattr(other, name) or None) for name in names)
    return alike and one.kind not in (HEADING, TEXT)


def change_item(
    actor: Any, issue: NewsletterIssue, item: NewsletterItem, version: int, title: str, teaser: str
) -> None:
    """Change the words of a part; raise Conflict where somebody changed them meanwhile."""
    require_draft(issue)
    if item.version != version:
        raise Conflict(
            _(
                "Somebody else has changed this part meanwhile. Compare your words with the part "
                "as it is now; if you save again, yours count."
            )
        )
    if item.kind in (HEADING, LINK) and not title.strip():
        raise Invalid(_("Please fill in this field."))
    if item.kind == TEXT and not teaser.strip():
        raise Invalid(_("An empty text helps nobody. Remove the part instead."))
    if item.kind in OWN_WORDS:
        item.title = title.strip()[:TITLE_LENGTH]
    _with(item, teaser)
    item.version += 1
    issue.updated = now()
    audit.record(actor, "newsletter.item", issue)


def remove_item(actor: Any, issue: NewsletterIssue, item: NewsletterItem) -> None:
    """Take a part out; ``restore_item`` puts it back."""
    require_draft(issue)
    item.removed_at = now()
    _reload(issue)
    _changed(actor, issue, "newsletter.item")


def restore_item(actor: Any, issue: NewsletterIssue, item: NewsletterItem) -> None:
    """Put a part back to the place that it had."""
    _require_room(issue, 1)
    item.removed_at = None
    _reload(issue)
    _changed(actor, issue, "newsletter.item")


@dataclass(frozen=True)
class Order:
    """The order that somebody wants, and the state on which she arranged it.

    ``ids`` are all parts as she saw them; ``item_id`` goes to ``place`` among them: a number from
    1, or UP or DOWN. Without ``item_id`` the ids are the order.
    """

    version: int
    ids: Sequence[int]
    item_id: int | None = None
    place: str = ""

    def wanted(self) -> list[int]:
        """Give the ids in the order that is wanted; raise NotFound for a place that is none."""
        ids = list(dict.fromkeys(self.ids))
        if self.item_id is None:
            return ids
        if self.item_id not in ids:
            raise NotFound
        here = ids.index(self.item_id)
        ids.pop(here)
        ids.insert(self._index(here, len(ids)), self.item_id)
        return ids

    def _index(self, here: int, last: int) -> int:
        steps = {UP: here - 1, DOWN: here + 1}
        if self.place not in steps and not re.fullmatch(r"[0-9]{1,5}", self.place):
            raise NotFound
        wanted = steps[self.place] if self.place in steps else int(self.place) - 1
        return min(max(0, wanted), last)


def joined_order(issue: NewsletterIssue, wanted: Sequence[int]) -> list[NewsletterItem]:
    """Put the parts that are there now into the order that was wanted.

    What was taken out meanwhile is left out; what was added stays behind its neighbour of now.
    """
    by_id = {item.id: item for item in issue.items}
    joined = [by_id[number] for number in wanted if number in by_id]
    for index, item in enumerate(issue.items):
        if item not in joined:
            before = issue.items[index - 1] if index else None
            joined.insert(joined.index(before) + 1 if before else 0, item)
    return joined


def arrange(actor: Any, issue: NewsletterIssue, order: Order) -> list[int]:
    """Save an order; give the ids in the order that was before, for undoing it.

    Raises Conflict where parts were added, taken out or arranged meanwhile.
    """
    require_draft(issue)
    before = [item.id for item in issue.items]
    joined = joined_order(issue, order.wanted())
    if [item.id for item in joined] == before:
        return before
    if order.version != issue.order_version:
        raise Conflict(
            _(
                "Somebody else has changed the parts meanwhile. Nothing was changed. Compare both "
                "orders and choose."
            )
        )
    _number(joined)
    _reload(issue)
    _changed(actor, issue, "newsletter.order")
    return before


def _number(items: Sequence[NewsletterItem]) -> None:
    for position, item in enumerate(items, start=1):
        item.position = position


def _reload(issue: NewsletterIssue) -> None:
    db.session.flush()
    db.session.expire(issue, ["items"])


def _changed(actor: Any, issue: NewsletterIssue, action: str) -> None:
    issue.order_version += 1
    issue.updated = now()
    audit.record(actor, action, issue)
