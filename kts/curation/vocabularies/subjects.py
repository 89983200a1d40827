"""What can have a label or the seal: documents, threads, dossiers, as one viewer may know them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from kts.accounts.models import MunicipalityMembership, User
from kts.core.access import Viewer
from kts.core.errors import NotFound
from kts.curation.dossiers.models import Dossier
from kts.curation.dossiers.queries import get_dossier, visible_dossiers
from kts.curation.vocabularies.models import DOCUMENT, DOSSIER, THREAD
from kts.documents.models import Document
from kts.documents.queries import get_document, visible_documents
from kts.extensions import db
from kts.forum.models import EXPERIENCE, Thread
from kts.forum.queries import get_thread, visible_threads


@dataclass(frozen=True)
class Subject:
    """One thing; ``may_be_sealed``: of threads only experiences can have the seal."""

    kind: str
    id: int
    title: str
    path: str
    visibility: str
    author_id: int | None
    municipality_id: int | None
    may_be_sealed: bool = True


def _of_document(document: Document) -> Subject:
    return Subject(
        DOCUMENT,
        document.id,
        document.title,
        document.path,
        document.visibility,
        document.created_by_id,
        document.municipality_id,
        document.hidden_at is None
        and document.retired_at is None
        and document.current_version_id is not None,
    )


def _of_thread(thread: Thread) -> Subject:
    return Subject(
        THREAD,
        thread.id,
        thread.title,
        thread.path,
        thread.visibility,
        thread.author_id,
        thread.municipality_id,
        thread.kind == EXPERIENCE,
    )


def _of_dossier(dossier: Dossier) -> Subject:
    return Subject(
        DOSSIER,
        dossier.id,
        dossier.shown_title,
        dossier.path,
        dossier.visibility,
        dossier.created_by_id,
        None,
        dossier.is_published,
    )


_FIND: Mapping[str, Callable[[Viewer, int], Subject]] = {
    DOCUMENT: lambda viewer, number: _of_document(get_document(number, viewer)),
    THREAD: lambda viewer, number: _of_thread(get_thread(viewer, number)),
    DOSSIER: lambda viewer, number: _of_dossier(get_dossier(number, viewer)),
}
_VISIBLE: Mapping[str, tuple[Callable[[Viewer], Any], Any, Callable[[Any], Subject]]] = {
    DOCUMENT: (visible_documents, Document, _of_document),
    THREAD: (visible_threads, Thread, _of_thread),
    DOSSIER: (visible_dossiers, Dossier, _of_dossier),
}


def find_subject(viewer: Viewer, kind: str, number: int) -> Subject:
    """Give the thing; raise NotFound where the viewer may not know of it."""
    if kind not in _FIND:
        raise NotFound
    return _FIND[kind](viewer, number)


def visible_subjects(viewer: Viewer, wanted: Iterable[tuple[str, int]]) -> dict[Any, Subject]:
    """Give those of the things that the viewer may know of; one statement for each kind."""
    asked = list(wanted)
    found: dict[Any, Subject] = {}
    for kind, (visible, model, subject_of) in _VISIBLE.items():
        ids = {number for one, number in asked if one == kind}
        if ids:
            rows = db.session.scalars(visible(viewer).where(model.id.in_(ids))).unique()
            found |= {(kind, row.id): subject_of(row) for row in rows}
    return found


def owners(subject: Subject) -> list[User]:
    """List to whom the thing belongs: its author, and the editors of its municipality.

    Whoever may not read it is left out: what is in closed groups appears nowhere else.
    """
    people = {}
    author = db.session.get(User, subject.author_id) if subject.author_id else None
    if author is not None and author.active:
        people[author.id] = author
    if subject.municipality_id is not None:
        statement = (
            select(User)
            .join(MunicipalityMembership, MunicipalityMembership.user_id == User.id)
            .where(MunicipalityMembership.municipality_id == subject.municipality_id, User.active)
        )
        for person in db.session.scalars(statement).unique():
            if person.edits(subject.municipality_id):
                people[person.id] = person
    return [one for one in people.values() if subject.visibility in one.visibility_tokens]


def owned_by_others(subject: Subject | None, viewer: Viewer) -> bool:
    """Say whether somebody else than the viewer is told of what is done to the thing."""
    return subject is not None and any(one.id != viewer.id for one in owners(subject))
