"""The vocabularies of the platform: which terms, where they are used, which addresses name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from kts.core.access import PUBLIC
from kts.core.text import slugify
from kts.curation.dossiers.models import Dossier, dossier_topic
from kts.curation.vocabularies.models import DOCUMENT, DOSSIER, THREAD, Label, LabelUse
from kts.curation.vocabularies.places import (
    ColumnPlace,
    LinkPlace,
    Place,
    Thing,
    describer,
    in_chunks,
)
from kts.documents.kinds import DocumentKind
from kts.documents.models import Document, document_topic
from kts.extensions import db
from kts.forum.models import Thread
from kts.forum.models.threads import thread_topic
from kts.municipalities.models import Municipality, Topic, municipality_topic

MUNICIPALITY = "municipality"


@dataclass(frozen=True)
class Vocabulary:
    """One vocabulary; ``key`` is its name in addresses, ``handle`` the column that names a term.

    ``followed``: people can subscribe to a term and search within it. ``filters`` are the arguments
    of addresses that name a term by its handle, by endpoint.
    """

    key: str
    name: LazyString
    explained: LazyString
    model: Any
    handle: str
    places: tuple[Place, ...]
    filters: Mapping[str, str]
    followed: bool = False
    by_handle: bool = False  # content names the term by its handle and not by its id

    def handle_of(self, term: Any) -> str:
        """Give what names a term in addresses."""
        return str(getattr(term, self.handle))

    def token_of(self, term: Any) -> int | str:
        """Give what names a term in the rows that use it."""
        return self.handle_of(term) if self.by_handle else int(term.id)


def _document(row: Any) -> Thing:
    return Thing(row[0], row[1], f"/dokumente/{row[0]}-{slugify(row[1])}", row[2])


def _thread(row: Any) -> Thing:
    return Thing(row[0], row[1], f"/thema/{row[0]}-{slugify(row[1])}", row[2])


def _dossier(row: Any) -> Thing:
    return Thing(row[0], row[1], f"/dossiers/{row[0]}-{slugify(row[1])}", row[2])


def _municipality(row: Any) -> Thing:
    return Thing(row[0], row[1], f"/kommunen/{row[2]}", PUBLIC)


describe_documents = describer(select(Document.id, Document.title, Document.visibility), _document)
describe_threads = describer(select(Thread.id, Thread.title, Thread.visibility), _thread)
describe_dossiers = describer(select(Dossier.id, Dossier.title, Dossier.visibility), _dossier)
describe_municipalities = describer(
    select(Municipality.id, Municipality.name, Municipality.slug), _municipality
)


def _count_versions(model: Any) -> Any:
    """Let whoever has the form of such a thing open learn that its topics changed meanwhile."""

    def touch(ids: list[int]) -> None:
        for chunk in in_chunks(ids):
            statement = update(model).where(model.id.in_(chunk))
            values = {"version": model.version + 1, "updated": model.updated}
            db.session.execute(
                statement.values(values).execution_options(synchronize_session=False)
            )

    return touch


DOCUMENTS, THREADS, DOSSIERS = _l("Documents"), _l("Threads"), _l("Dossiers")

TOPICS = Vocabulary(
    "handlungsfelder",
    _l("Fields of action"),
    _l("What documents, threads, dossiers and the profiles of municipalities are about."),
    Topic,
    "slug",
    (
        LinkPlace(
            DOCUMENT,
            DOCUMENTS,
            document_topic,
            document_topic.c.document_id,
            document_topic.c.topic_id,
            Document.id,
            describe_documents,
            search_kind="document",
        ),
        LinkPlace(
            THREAD,
            THREADS,
            thread_topic,
            thread_topic.c.thread_id,
            thread_topic.c.topic_id,
            Thread.id,
            describe_threads,
            search_kind="thread",
        ),
        LinkPlace(
            DOSSIER,
            DOSSIERS,
            dossier_topic,
            dossier_topic.c.dossier_id,
            dossier_topic.c.topic_id,
            Dossier.id,
            describe_dossiers,
            search_kind="dossier",
            touched=_count_versions(Dossier),
        ),
        LinkPlace(
            MUNICIPALITY,
            _l("Profiles of municipalities"),
            municipality_topic,
            municipality_topic.c.municipality_id,
            municipality_topic.c.topic_id,
            Municipality.id,
            describe_municipalities,
            search_kind="municipality",
            touched=_count_versions(Municipality),
        ),
    ),
    {
        "documents.index": "handlungsfeld",
        "documents.export_list": "handlungsfeld",
        "municipalities.index": "handlungsfeld",
        "forum.index": "feld",
        "forum.category": "feld",
        "search.results": "topic",
        "api.search": "topic",
    },
    followed=True,
)

DOCUMENT_KINDS = Vocabulary(
    "dokumentarten",
    _l("Kinds of documents"),
    _l("What sort of paper a document is. Every document has exactly one."),
    DocumentKind,
    "key",
    (ColumnPlace(DOCUMENT, DOCUMENTS, Document, Document.kind, describe_documents),),
    {"documents.index": "art", "documents.export_list": "art"},
    by_handle=True,
)


def _labelled(kind: str, label: LazyString, owners: Any, describe: Any) -> LinkPlace:
    table = LabelUse.__table__
    return LinkPlace(
        kind,
        label,
        table,
        table.c.object_id,
        table.c.label_id,
        owners,
        describe,
        only=table.c.kind == kind,
        fixed={"kind": kind},
        carried=("reason", "given_at", "given_by_id"),
    )


LABELS = Vocabulary(
    "kennzeichen",
    _l("Labels"),
    _l("What moderators mark good content with, each time with a reason."),
    Label,
    "slug",
    (
        _labelled(DOCUMENT, DOCUMENTS, Document.id, describe_documents),
        _labelled(THREAD, THREADS, Thread.id, describe_threads),
        _labelled(DOSSIER, DOSSIERS, Dossier.id, describe_dossiers),
    ),
    {"documents.index": "kennzeichen", "documents.export_list": "kennzeichen"},
)

VOCABULARIES = {one.key: one for one in (TOPICS, DOCUMENT_KINDS, LABELS)}
