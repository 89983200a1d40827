"""What is held back: a person's own, and for moderators what waits for them."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import joinedload

from kts.core.access import Viewer
from kts.core.errors import NotFound
from kts.core.judging import ANSWER
from kts.core.pagination import Page, paginate
from kts.extensions import db
from kts.forum.models import Post
from kts.forum.models.held import CHANGES, OPEN, WAITING, HeldContribution

OWN_SHOWN = 100  # decided ones go after some months, so hardly anybody has more


def held_answers(viewer: Viewer, thread_id: int) -> Sequence[HeldContribution]:
    """List the viewer's own answers to a thread that wait for a moderator, oldest first."""
    statement = db.select(HeldContribution).where(
        HeldContribution.author_id == viewer.id,
        HeldContribution.thread_id == thread_id,
        HeldContribution.kind == ANSWER,
        HeldContribution.state.in_(OPEN),
    )
    return db.session.scalars(statement.order_by(HeldContribution.id)).all()


def own_held(viewer: Viewer) -> Sequence[HeldContribution]:
    """List what of the viewer's was held, what still waits first, then the newest."""
    waits = HeldContribution.state.in_(OPEN)
    statement = (
        db.select(HeldContribution)
        .where(HeldContribution.author_id == viewer.id)
        .options(joinedload(HeldContribution.thread), joinedload(HeldContribution.result_thread))
        .order_by(waits.desc(), HeldContribution.id.desc())
        .limit(OWN_SHOWN)
    )
    return db.session.scalars(statement).all()


def count_own_held(viewer: Viewer) -> int:
    """Count what of the viewer's waits for a moderator or for herself."""
    statement = db.select(func.count(HeldContribution.id)).where(
        HeldContribution.author_id == viewer.id, HeldContribution.state.in_(OPEN)
    )
    return db.session.scalar(statement) or 0


def get_own_held(viewer: Viewer, held_id: int) -> HeldContribution:
    """Give one of the viewer's own; raise NotFound for all others."""
    held = db.session.get(HeldContribution, held_id)
    if held is None or not viewer.is_authenticated or held.author_id != viewer.id:
        raise NotFound
    return held


def get_held(viewer: Viewer, held_id: int) -> HeldContribution:
    """Give one for a moderator; raise NotFound for everybody else."""
    held = db.session.get(HeldContribution, held_id)
    if held is None or not viewer.is_moderator:
        raise NotFound
    return held


def held_page(viewer: Viewer, states: Sequence[str], number: int, size: int) -> Page:
    """Give one page for moderators: the oldest that wait first, of decided ones the newest."""
    statement = db.select(HeldContribution).where(HeldContribution.state.in_(states))
    if not viewer.is_moderator:
        statement = statement.where(db.false())
    waits = set(states) <= {WAITING, CHANGES}
    order = HeldContribution.waits_since if waits else HeldContribution.decided_at.desc()
    people = (joinedload(HeldContribution.author), joinedload(HeldContribution.decided_by))
    return paginate(statement.options(*people).order_by(order, HeldContribution.id), number, size)


def history_of(held: HeldContribution) -> dict[str, int]:
    """Count the author's posts that are shown, and by state what of hers was held before."""
    posts = db.select(func.count(Post.id)).where(Post.author_id == held.author_id, Post.shown)
    states = (
        db.select(HeldContribution.state, func.count())
        .where(HeldContribution.author_id == held.author_id, HeldContribution.id != held.id)
        .group_by(HeldContribution.state)
    )
    return {"posts": db.session.scalar(posts) or 0, **dict(db.session.execute(states).all())}


def is_held(attachment: Any, states: Sequence[str]) -> bool:
    """Say whether a contribution of the uploader that is in one of these states shows the file."""
    statement = db.select(HeldContribution.payload).where(
        HeldContribution.author_id == attachment.uploader_id, HeldContribution.state.in_(states)
    )
    shown = re.compile(rf"{re.escape(attachment.path)}(?![0-9])")
    payloads = db.session.scalars(statement)
    return any(shown.search(text) for p in payloads for text in p["texts"].values())
