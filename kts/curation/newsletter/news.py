"""What is new on the platform and public: the lists from which an issue is put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from kts.accounts.models.viewers import GUESTS
from kts.core.access import visible
from kts.curation.dossiers.models import PUBLISHED, Dossier
from kts.curation.dossiers.queries import visible_dossiers
from kts.curation.newsletter.models import DOCUMENT, DOSSIER, EXPERIENCE, THREAD
from kts.documents.models import Document, DocumentVersion
from kts.documents.queries import visible_documents
from kts.extensions import db
from kts.forum.models import Thread
from kts.forum.models.kinds import Acceptance
from kts.forum.models.threads import ANNOUNCEMENT, QUESTION
from kts.forum.models.threads import EXPERIENCE as TOLD
from kts.forum.queries import visible_threads

MOST_OFFERED = 20  # of each kind; whoever wants more pastes addresses
ANNOUNCEMENTS, DOSSIERS, DOCUMENTS = "announcements", "dossiers", "documents"
EXPERIENCES, ANSWERED = "experiences", "answered"
#: The lists in their order; the names are the headings of their sections.
GROUPS = {
    ANNOUNCEMENTS: _l("News of the KTS"),
    DOSSIERS: _l("New dossiers"),
    DOCUMENTS: _l("New documents"),
    EXPERIENCES: _l("Experiences from municipalities"),
    ANSWERED: _l("Asked and answered"),
}


@dataclass(frozen=True)
class Pick:
    """Something that can be taken into an issue: ``group`` names the list it stands in."""

    group: str
    kind: str
    object_id: int

    @property
    def value(self) -> str:
        """Give it as the value of a box to tick."""
        return f"{self.group}:{self.object_id}"


@dataclass(frozen=True)
class Offer:
    """A pick with what the moderators read of it; ``is_in``: the issue has it."""

    pick: Pick
    title: str
    url: str
    place: str
    when: datetime | None
    is_in: bool


def read_picks(values: Sequence[str]) -> list[Pick]:
    """Read what was ticked; what is no pick is left out."""
    picks = []
    for value in values:
        group, _colon, number = value.partition(":")
        if group in _KINDS and number.isascii() and number.isdecimal() and len(number) < 10:
            picks.append(Pick(group, _KINDS[group], int(number)))
    return picks


_KINDS = {
    ANNOUNCEMENTS: THREAD,
    DOSSIERS: DOSSIER,
    DOCUMENTS: DOCUMENT,
    EXPERIENCES: EXPERIENCE,
    ANSWERED: THREAD,
}


def offers(since: datetime, there: set[tuple[str, int | None]]) -> list[tuple[Any, list[Offer]]]:
    """Give the lists of what is public and new since then, without those that are empty.

    One statement for each list; ``there`` is what the issue holds already.
    """
    lists = {
        ANNOUNCEMENTS: _threads(ANNOUNCEMENTS, since, there),
        DOSSIERS: _dossiers(since, there),
        DOCUMENTS: _documents(since, there),
        EXPERIENCES: _threads(EXPERIENCES, since, there),
        ANSWERED: _answered(since, there),
    }
    return [(GROUPS[name], lists[name]) for name in GROUPS if lists[name]]


def _offer(
    group: str, thing: Any, title: str, when: datetime | None, there: set[tuple[str, int | None]]
) -> Offer:
    pick = Pick(group, _KINDS[group], thing.id)
    town = getattr(thing, "municipality", None)
    is_in = (pick.kind, pick.object_id) in there
    return Offer(pick, title, thing.path, town.name if town else "", when, is_in)


def _documents(since: datetime, there: set[tuple[str, int | None]]) -> list[Offer]:
    statement = (
        visible_documents(GUESTS)
        .join(DocumentVersion, DocumentVersion.id == Document.current_version_id)
        .where(DocumentVersion.created >= since)
        .options(joinedload(Document.municipality), joinedload(Document.current_version))
        .order_by(DocumentVersion.created.desc(), Document.id.desc())
    )
    found = db.session.scalars(statement.limit(MOST_OFFERED)).unique()
    return [
        _offer(DOCUMENTS, one, one.title, one.current_version.created, there)
        for one in found
        if one.current_version
    ]


def _dossiers(since: datetime, there: set[tuple[str, int | None]]) -> list[Offer]:
    statement = visible_dossiers(GUESTS).where(
        visible(Dossier.visibility, GUESTS),
        Dossier.state == PUBLISHED,
        Dossier.published_at >= since,
    )
    found = db.session.scalars(statement.order_by(Dossier.published_at.desc()).limit(MOST_OFFERED))
    return [_offer(DOSSIERS, one, one.shown_title, one.published_at, there) for one in found]


def _threads(group: str, since: datetime, there: set[tuple[str, int | None]]) -> list[Offer]:
    kind = TOLD if group == EXPERIENCES else ANNOUNCEMENT
    statement = (
        visible_threads(GUESTS)
        .where(Thread.kind == kind, Thread.created >= since)
        .options(joinedload(Thread.municipality))
        .order_by(Thread.created.desc(), Thread.id.desc())
    )
    found = db.session.scalars(statement.limit(MOST_OFFERED))
    return [_offer(group, one, one.title, one.created, there) for one in found]


def _answered(since: datetime, there: set[tuple[str, int | None]]) -> list[Offer]:
    accepted = select(Acceptance.thread_id).where(Acceptance.created >= since)
    statement = (
        visible_threads(GUESTS)
        .where(
            Thread.kind == QUESTION, Thread.accepted_post_id.is_not(None), Thread.id.in_(accepted)
        )
        .options(joinedload(Thread.municipality))
        .order_by(Thread.last_post_at.desc(), Thread.id.desc())
    )
    found = db.session.scalars(statement.limit(MOST_OFFERED))
    return [_offer(ANSWERED, one, one.title, one.last_post_at, there) for one in found]
