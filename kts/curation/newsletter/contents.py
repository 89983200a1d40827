"""What the parts of an issue refer to, always as a guest sees it: the newsletter is public.

A fixed number of statements, however many parts there are. What guests may not see has no
``url`` and is in no mail and not in the archive, nor is a section that holds nothing else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _

from kts.accounts.models.viewers import GUESTS
from kts.core.access import visible
from kts.core.mail import base_url
from kts.core.text import excerpt
from kts.curation.dossiers.models import Dossier
from kts.curation.dossiers.parts import ShownPart, shown_parts
from kts.curation.dossiers.queries import visible_dossiers
from kts.curation.dossiers.snapshots import Book, Part
from kts.curation.newsletter.models import (
    DOSSIER,
    HEADING,
    LINK,
    OWN_WORDS,
    TEXT,
    NewsletterIssue,
    NewsletterItem,
)
from kts.extensions import db

TEASER_CUT = 280  # characters of a beginning that is proposed as teaser


@dataclass(frozen=True)
class ShownItem:
    """A part as guests see it; ``beginning`` is what could be said about it."""

    item: NewsletterItem
    title: str = ""
    url: str = ""
    kind_name: str = ""
    place: str = ""
    detail: str = ""
    beginning: str = ""

    @property
    def is_shown(self) -> bool:
        """Say whether readers see it."""
        return self.item.kind in (HEADING, TEXT) or bool(self.url)

    @property
    def is_heading(self) -> bool:
        """Say whether a section begins here."""
        return self.item.kind == HEADING

    @property
    def address(self) -> str:
        """Give the whole address for a mail."""
        return base_url() + self.url if self.url.startswith("/") else self.url


@dataclass(frozen=True)
class Section:
    """A heading and the parts up to the next one; the first may have no heading."""

    heading: str
    parts: list[ShownItem] = field(default_factory=list)


def shown_items(items: Sequence[NewsletterItem]) -> list[ShownItem]:
    """Give all parts, each with what guests may know of it."""
    referring = [item for item in items if item.kind not in (*OWN_WORDS, DOSSIER)]
    parts = tuple(_part(place, item) for place, item in enumerate(referring))
    found = shown_parts(Book(0, "", "", "", "", parts=parts), GUESTS) if parts else []
    looked_up = {id(item): one for item, one in zip(referring, found, strict=True)}
    dossiers = _dossiers({i.object_id for i in items if i.kind == DOSSIER and i.object_id})
    return [_shown(item, looked_up.get(id(item)), dossiers) for item in items]


def sections(items: Iterable[ShownItem]) -> list[Section]:
    """Give what readers see, by section; one in which they see nothing is left out."""
    made = [Section("")]
    for shown in items:
        if shown.is_heading:
            made.append(Section(shown.title))
        elif shown.is_shown:
            made[-1].parts.append(shown)
    return [section for section in made if section.parts]


def sections_of(issue: NewsletterIssue) -> list[Section]:
    """Give what readers of the issue see."""
    return sections(shown_items(issue.items))


def _part(place: int, item: NewsletterItem) -> Part:
    return Part(
        id=place,
        kind=item.kind,
        object_id=item.object_id,
        version_number=item.version_number,
        page=item.page,
    )


def _dossiers(ids: set[int]) -> dict[int, Dossier]:
    if not ids:
        return {}
    statement = visible_dossiers(GUESTS).where(
        Dossier.id.in_(ids), visible(Dossier.visibility, GUESTS)
    )
    return {dossier.id: dossier for dossier in db.session.scalars(statement)}


def _shown(item: NewsletterItem, part: ShownPart | None, dossiers: dict[int, Dossier]) -> ShownItem:
    if item.kind in (HEADING, TEXT):
        return ShownItem(item, item.title)
    if item.kind == LINK:
        return ShownItem(item, item.title, item.url, _("Elsewhere"), detail=_host(item.url))
    if item.kind == DOSSIER:
        return _of_dossier(item, dossiers.get(item.object_id or 0))
    if part is None or not part.url:
        return ShownItem(item)
    described = part.document.description if part.document else ""
    return ShownItem(
        item,
        title=item.title or part.title,
        url=part.url,
        kind_name=part.kind_name,
        place=part.place,
        detail=part.detail,
        beginning=excerpt(described or part.passage, TEASER_CUT),
    )


def _of_dossier(item: NewsletterItem, dossier: Dossier | None) -> ShownItem:
    if dossier is None:
        return ShownItem(item)
    summary = dossier.shown.summary if dossier.shown else ""
    return ShownItem(
        item,
        title=item.title or dossier.shown_title,
        url=dossier.path,
        kind_name=_("Dossier"),
        beginning=excerpt(summary, TEASER_CUT),
    )


def _host(url: str) -> str:
    host = url.split("/")[2].rpartition("@")[2].removeprefix("www.") if url.count("/") > 1 else ""
    return "" if base_url().endswith(f"//{host}") else host


def public_dossier(number: int) -> Dossier | None:
    """Give a dossier that guests can read."""
    return _dossiers({number}).get(number)
