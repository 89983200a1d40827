"""Drafts as a viewer may see them: only of threads that she may read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from kts.accounts.models import User
from kts.core.access import Viewer, visible
from kts.core.clock import now
from kts.core.errors import NotFound
from kts.core.pagination import Page, paginate
from kts.curation.distilling.models import (
    ASKED,
    DROPPED,
    EXPERIENCE,
    SILENT_AFTER,
    WAITING,
    Distillate,
    DistillateContributor,
    DistillatePassage,
)
from kts.documents.models import Document
from kts.documents.policies import editable_municipality_ids
from kts.documents.queries import visible_documents
from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.forum.queries.threads import visible_threads

PER_PAGE = 25
READY = "ready"
MOST_RESULTS = 5  # named above a thread
MOST_POSTS = 200  # to choose from; a longer conversation is split first


@dataclass(frozen=True)
class Row:
    """A draft in the list: how many were asked and how many of them have answered."""

    distillate: Distillate
    people: int
    answered: int
    ready: bool


def _in_use() -> ColumnElement[bool]:
    return exists().where(
        DistillatePassage.contributor_id == DistillateContributor.id,
        DistillatePassage.removed_at.is_(None),
    )


def _can_answer() -> ColumnElement[bool]:
    return exists().where(User.id == DistillateContributor.user_id, User.active)


def _unheard(moment: datetime) -> ColumnElement[bool]:
    """Ask whether somebody in the draft can still be waited for."""
    not_over = or_(
        DistillateContributor.asked_at.is_(None),
        DistillateContributor.asked_at > moment - SILENT_AFTER,
    )
    return exists().where(
        DistillateContributor.distillate_id == Distillate.id,
        DistillateContributor.answer == WAITING,
        not_over,
        _can_answer(),
        _in_use(),
    )


def is_ready(moment: datetime | None = None) -> ColumnElement[bool]:
    """Say in SQL that all were heard, or waited for long enough, and a moderator is to decide."""
    return and_(Distillate.state == ASKED, ~_unheard(moment or now()))


def visible_distillates(viewer: Viewer) -> Select[tuple[Distillate]]:
    """Give the drafts that the viewer works on; never of a thread that she may not read."""
    statement = (
        select(Distillate)
        .join(Thread, Thread.id == Distillate.thread_id)
        .where(visible(Thread.visibility, viewer))
    )
    if viewer.is_moderator:
        return statement
    own = editable_municipality_ids(viewer) if viewer.is_authenticated else []
    return statement.where(Distillate.municipality_id.in_(own), Distillate.kind == EXPERIENCE)


def find_distillates(viewer: Viewer, state: str, page: int) -> Page:
    """Give one page of the list, last changed first; items are rows."""
    moment = now()
    statement = visible_distillates(viewer)
    if state == READY:
        statement = statement.where(is_ready(moment))
    elif state:
        statement = statement.where(Distillate.state == state)
    else:
        statement = statement.where(Distillate.state != DROPPED)
    statement = statement.options(
        joinedload(Distillate.thread),
        joinedload(Distillate.result_thread),
        joinedload(Distillate.result_document),
        joinedload(Distillate.municipality),
    )
    found = paginate(
        statement.order_by(Distillate.updated.desc(), Distillate.id.desc()), page, PER_PAGE
    )
    return Page(_rows(found.items, moment), found.total, found.page, found.per_page)


def _rows(distillates: Sequence[Distillate], moment: datetime) -> list[Row]:
    ids = [one.id for one in distillates]
    counted = (
        select(
            DistillateContributor.distillate_id,
            func.count(),
            func.sum(case((DistillateContributor.answer != WAITING, 1), else_=0)),
        )
        .where(DistillateContributor.distillate_id.in_(ids), _in_use())
        .group_by(DistillateContributor.distillate_id)
    )
    counts = {number: (people, heard) for number, people, heard in db.session.execute(counted)}
    ready = set(
        db.session.scalars(select(Distillate.id).where(Distillate.id.in_(ids), is_ready(moment)))
    )
    return [Row(one, *counts.get(one.id, (0, 0)), one.id in ready) for one in distillates]


def get_distillate(viewer: Viewer, distillate_id: int, *, lock: bool = False) -> Distillate:
    """Give a draft with all that belongs to it; raise NotFound where she may not know of it."""
    statement = visible_distillates(viewer).where(Distillate.id == distillate_id)
    if lock:
        statement = statement.with_for_update(of=Distillate)
    found = db.session.scalar(statement.options(*_whole()))
    if found is None:
        raise NotFound
    return found


def _whole() -> tuple[object, ...]:
    passage = selectinload(Distillate.passages)
    contributor = selectinload(Distillate.contributors)
    return (
        selectinload(Distillate.thread),
        passage.selectinload(DistillatePassage.post).selectinload(Post.thread),
        contributor.selectinload(DistillateContributor.user),
        contributor.selectinload(DistillateContributor.passages),
    )


def get_contributor(
    viewer: Viewer, contributor_id: int, *, lock: bool = False
) -> DistillateContributor:
    """Give the viewer's own part in a draft; raise NotFound for any other's.

    ``lock`` lets her answer and a publication take turns.
    """
    found = db.session.get(DistillateContributor, contributor_id)
    if found is None or not viewer.is_authenticated or found.user_id != viewer.id:
        raise NotFound
    if lock:
        db.session.refresh(found.distillate, with_for_update={"of": Distillate})
        db.session.refresh(found)
    if found.asked_at is None and found.answer == WAITING:
        raise NotFound
    return found


def contributor_of(distillate: Distillate, contributor_id: int) -> DistillateContributor:
    """Give somebody who has a part in the draft; raise NotFound otherwise."""
    for contributor in distillate.contributors:
        if contributor.id == contributor_id:
            return contributor
    raise NotFound


def own_parts(viewer: Viewer) -> Sequence[DistillateContributor]:
    """List what the person was asked about, the newest first."""
    statement = (
        select(DistillateContributor)
        .where(
            DistillateContributor.user_id == viewer.id,
            or_(
                DistillateContributor.asked_at.is_not(None), DistillateContributor.answer != WAITING
            ),
        )
        .options(joinedload(DistillateContributor.distillate))
        .order_by(DistillateContributor.id.desc())
        .limit(PER_PAGE)
    )
    return db.session.scalars(statement).all()


def posts_to_choose(thread: Thread) -> Sequence[Post]:
    """List the posts of a thread that can be read, in their order."""
    statement = (
        select(Post)
        .where(Post.thread_id == thread.id, Post.shown)
        .order_by(Post.number)
        .limit(MOST_POSTS)
        .options(joinedload(Post.author), joinedload(Post.official_for))
    )
    return db.session.scalars(statement).all()


def drafts_of(viewer: Viewer, thread: Thread) -> Sequence[Distillate]:
    """List what is being made of the thread, or was, as far as the viewer works on it."""
    statement = visible_distillates(viewer).where(
        Distillate.thread_id == thread.id, Distillate.state != DROPPED
    )
    return db.session.scalars(statement.order_by(Distillate.id)).all()


@dataclass(frozen=True)
class Result:
    """Something that was published of a thread, as its page names it."""

    kind: str
    title: str
    url: str


def results_of(viewer: Viewer, thread: Thread) -> list[Result]:
    """List what came of a thread and the viewer may read; one statement where nothing did."""
    made = select(Distillate.result_thread_id, Distillate.result_document_id).where(
        Distillate.thread_id == thread.id, Distillate.published_at.is_not(None)
    )
    rows = db.session.execute(made.order_by(Distillate.id).limit(MOST_RESULTS)).all()
    documents = [row.result_document_id for row in rows if row.result_document_id]
    threads = [row.result_thread_id for row in rows if row.result_thread_id]
    found: list[Document | Thread] = []
    if documents:
        found += db.session.scalars(visible_documents(viewer).where(Document.id.in_(documents)))
    if threads:
        shown = visible_threads(viewer).where(Thread.id.in_(threads), Thread.deleted.is_(None))
        found += db.session.scalars(shown)
    return [
        Result("experience" if isinstance(one, Thread) else "factsheet", one.title, one.path)
        for one in found
    ]
