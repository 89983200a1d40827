"""The parts of a draft: added, changed, put in order, taken out and put back.

Two editors may work at once. Words belong to one part and carry its version; the order carries
``order_version``: what was arranged on an older state is refused, and the refusal holds the order
that was meant, with what came meanwhile in its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from kts.core import audit
from kts.core.access import Viewer
from kts.core.clock import now
from kts.core.errors import Conflict, Invalid, NotFound
from kts.core.text import render_markdown
from kts.curation.dossiers.addresses import item_at, same_as
from kts.curation.dossiers.models import (
    HEADING,
    LINK,
    PAGE,
    QUOTE_LENGTH,
    TEXT,
    TITLE_LENGTH,
    Dossier,
    DossierItem,
)
from kts.documents.models import DocumentPage, DocumentVersion
from kts.extensions import db

MOST_ITEMS = 80  # more is a library; a reader follows about twenty
UP, DOWN, FIRST, LAST = "hoch", "runter", "anfang", "ende"


def add_address(
    actor: Viewer,
    dossier: Dossier,
    address: str,
    title: str = "",
    note: str = "",
    quote: str = "",
) -> DossierItem:
    """Add what lives at the address: something of this site, or a link.

    Raises Invalid where the address leads to nothing that the actor can see.
    """
    item = item_at(actor, address, title)
    item.note, item.quote = note.strip(), quote.strip()[:QUOTE_LENGTH]
    return add_item(actor, dossier, item)


def add_text(actor: Any, dossier: Dossier, text: str) -> DossierItem:
    """Add a text of the editors between the parts."""
    if not text.strip():
        raise Invalid(_("Please write a text or give an address."))
    return add_item(actor, dossier, DossierItem(kind=TEXT, note=text.strip()))


def add_heading(actor: Any, dossier: Dossier, title: str) -> DossierItem:
    """Begin a chapter."""
    if not title.strip():
        raise Invalid(_("Please give the chapter a heading."))
    return add_item(actor, dossier, DossierItem(kind=HEADING, title=title.strip()[:TITLE_LENGTH]))


def add_item(actor: Any, dossier: Dossier, item: DossierItem) -> DossierItem:
    """Put a part at the end; raise Invalid where it is in already or there is no room."""
    if len(dossier.items) >= MOST_ITEMS:
        raise Invalid(_("A dossier can have at most %(most)d parts.", most=MOST_ITEMS))
    if any(same_as(item, other) for other in dossier.items):
        raise Invalid(_("This is in the dossier already."))
    item.html = render_markdown(item.note or "")
    dossier.items.append(item)
    _number(dossier.items)
    _changed(actor, dossier, "dossier.item")
    return item


def change_item(
    actor: Viewer,
    dossier: Dossier,
    item: DossierItem,
    version: int,
    *,
    note: str,
    quote: str = "",
    title: str = "",
    last_page: int | None = None,
    newest: bool | None = None,
    accessed: date | None = None,
) -> None:
    """Change what the editors say about a part, and what exactly it refers to.

    Raises Conflict where somebody changed the part meanwhile, Invalid for words that are missing.
    ``newest`` follows the document's newest version instead of the one that is named.
    """
    if item.version != version:
        raise Conflict(
            _(
                "Somebody else has changed this part meanwhile. Compare your words with the part "
                "as it is now; if you save again, yours count."
            )
        )
    if item.kind == TEXT and not note.strip():
        raise Invalid(_("An empty text helps nobody. Remove the part instead."))
    if item.kind in (LINK, HEADING):
        if not title.strip():
            raise Invalid(_("Please fill in this field."))
        item.title = title.strip()[:TITLE_LENGTH]
    if item.kind == LINK:
        item.accessed = accessed or item.accessed
    if item.kind == PAGE:
        item.last_page = _checked_last_page(item, last_page)
    if newest is not None:
        item.version_number = None if newest else item.version_number or _newest_number(item)
    item.note, item.quote = note.strip(), quote.strip()[:QUOTE_LENGTH]
    item.html = render_markdown(item.note)
    item.version += 1
    _touched(actor, dossier, "dossier.item")


def _checked_last_page(item: DossierItem, last_page: int | None) -> int | None:
    if not last_page or last_page == item.page:
        return None
    numbers = select(func.max(DocumentPage.number)).join(DocumentVersion)
    numbers = numbers.where(DocumentVersion.document_id == item.object_id, DocumentVersion.released)
    if item.version_number:
        numbers = numbers.where(DocumentVersion.number == item.version_number)
    if last_page < (item.page or 0) or last_page > (db.session.scalar(numbers) or 0):
        raise Invalid(_("The last page lies behind the first one and within the document."))
    return last_page


def _newest_number(item: DossierItem) -> int | None:
    statement = select(func.max(DocumentVersion.number)).where(
        DocumentVersion.document_id == item.object_id,
        DocumentVersion.extraction_state == "done",
        DocumentVersion.released,
    )
    return db.session.scalar(statement)


def remove_item(actor: Any, dossier: Dossier, item: DossierItem) -> None:
    """Take a part out; ``restore_item`` puts it back."""
    item.removed_at = now()
    _reload(dossier)
    _number(dossier.items)
    _changed(actor, dossier, "dossier.item")


def restore_item(actor: Any, dossier: Dossier, item: DossierItem) -> None:
    """Put a part back to the place that it had."""
    if len(dossier.items) >= MOST_ITEMS:
        raise Invalid(_("A dossier can have at most %(most)d parts.", most=MOST_ITEMS))
    place = item.position
    item.removed_at = None
    others = [other for other in dossier.items if other is not item]
    others.insert(max(0, place - 1), item)
    _number(others)
    _reload(dossier)
    _changed(actor, dossier, "dossier.item")


@dataclass(frozen=True)
class Order:
    """The order that somebody wants, and the state on which she arranged it.

    ``ids`` are all parts as she saw them; ``item_id`` goes to ``place`` among them, which is a
    number from 1 or one of UP, DOWN, FIRST, LAST. Without ``item_id`` the ids are the order.
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
        steps = {UP: here - 1, DOWN: here + 1, FIRST: 0, LAST: last}
        if self.place in steps:
            return min(max(0, steps[self.place]), last)
        if not (self.place.isascii() and self.place.isdecimal() and len(self.place) < 6):
            raise NotFound
        return min(max(0, int(self.place) - 1), last)


def joined_order(dossier: Dossier, wanted: Sequence[int]) -> list[DossierItem]:
    """Put the parts that are there now into the order that was wanted.

    What was taken out meanwhile is left out; what was added stays behind its neighbour of now.
    """
    by_id = {item.id: item for item in dossier.items}
    joined = [by_id[number] for number in wanted if number in by_id]
    for index, item in enumerate(dossier.items):
        if item not in joined:
            before = dossier.items[index - 1] if index else None
            joined.insert(joined.index(before) + 1 if before else 0, item)
    return joined


def arrange(actor: Any, dossier: Dossier, order: Order) -> list[int]:
    """Save an order; give the ids in the order that was before, for undoing it.

    Raises Conflict where parts were added, taken out or arranged meanwhile.
    """
    before = [item.id for item in dossier.items]
    joined = joined_order(dossier, order.wanted())
    if order.version != dossier.order_version:
        if [item.id for item in joined] == before:
            return before  # both wanted the same
        raise Conflict(
            _(
                "Somebody else has changed the parts meanwhile. Nothing was changed. Compare both "
                "orders and choose."
            )
        )
    if [item.id for item in joined] != before:
        _number(joined)
        _reload(dossier)
        _changed(actor, dossier, "dossier.order")
    return before


def _number(items: Sequence[DossierItem]) -> None:
    for position, item in enumerate(items, start=1):
        item.position = position


def _reload(dossier: Dossier) -> None:
    db.session.flush()
    db.session.expire(dossier, ["items"])


def _changed(actor: Any, dossier: Dossier, action: str) -> None:
    dossier.order_version += 1
    _touched(actor, dossier, action)


def _touched(actor: Any, dossier: Dossier, action: str) -> None:
    dossier.updated = now()
    audit.record(actor, action, dossier)
