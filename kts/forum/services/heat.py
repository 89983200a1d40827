"""How much a thread deserves to be seen now, and the counts that lists need.

Hot is a count of voices in which a voice of a week ago counts half. A municipality is one voice
however many of its people write and however often; the formula and a worked example are in
``docs/forum.md``. The decay runs *forward* (G. Cormode et al., Forward Decay, ICDE 2009): a voice
at time t weighs 2^((t - EPOCH) / HALF_LIFE), so the order of two threads changes only when
somebody writes in one of them, and nothing has to be computed again as time goes by.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func

from kts.accounts.models import MunicipalityMembership
from kts.core.waiting import settle
from kts.extensions import db
from kts.forum.models import QUESTION, Post, Thread
from kts.forum.models.reading import ThreadVoices
from kts.forum.waiting import UNANSWERED

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
HALF_LIFE = timedelta(days=7)  # most people come twice a month: two weeks ago still shows
NO_MUNICIPALITY = 0.5  # somebody of no municipality, such as the KTS, is half a voice
COLLEAGUE = 0.25  # a second person of a municipality adds a quarter
MORE_POSTS = 0.1  # each further post of the same person
REACTION = 0.02  # each reaction that says that a post helped
MOST_EXTRA = 0.3  # what posts and reactions can add to one person's voice
SAME_PROBLEM = 0.5  # a municipality that only says "we have the same question"
BATCH = 200  # threads a transaction when many are derived


@dataclass(frozen=True)
class Voice:
    """One person in a thread: whose, when last heard, how often, how helpful."""

    municipality_id: int | None
    last: datetime
    posts: int = 1
    rating: int = 0
    author_id: int | None = None

    @property
    def age(self) -> float:
        """Give the time of the last word, in half-lives since EPOCH."""
        return (self.last - EPOCH) / HALF_LIFE

    @property
    def weight(self) -> float:
        """Give how much the person counts, before it matters for which municipality."""
        extra = MORE_POSTS * (self.posts - 1) + REACTION * max(0, self.rating)
        base = 1.0 if self.municipality_id else NO_MUNICIPALITY
        return base * (1 + min(extra, MOST_EXTRA))


def score(voices: Sequence[Voice], problems: int = 0, opened: datetime | None = None) -> float:
    """Give the hot score: the binary logarithm of the decayed voices; 0 without any.

    ``problems`` municipalities said that they have the same question; nobody notes when, so they
    count as old as the thread, ``opened``.
    """
    if not voices:
        return 0.0
    newest = max(voice.age for voice in voices)
    groups: dict[object, list[float]] = defaultdict(list)
    for place, voice in enumerate(voices):
        key = voice.municipality_id or f"alone {place}"
        groups[key].append(voice.weight * 2 ** (voice.age - newest))
    total = sum(max(parts) + COLLEAGUE * (sum(parts) - max(parts)) for parts in groups.values())
    if problems and opened is not None:
        total += SAME_PROBLEM * problems * 2 ** ((opened - EPOCH) / HALF_LIFE - newest)
    return newest + math.log2(total)


def update_counts(thread: Thread) -> None:
    """Derive ``answers_by_others`` and ``hot`` anew; called after each change of the posts."""
    db.session.flush()
    voices = _voices([thread.id]).get(thread.id, [])
    row = db.session.get(ThreadVoices, thread.id)
    if row is None:
        row = ThreadVoices(thread_id=thread.id)
        db.session.add(row)
    _derive(thread, row, voices)


def derive_counts(thread_ids: Iterable[int]) -> None:
    """Derive the counts of many threads in a fixed number of statements for all of them."""
    ids = list(thread_ids)
    voices = _voices(ids)
    known = {
        row.thread_id: row
        for row in db.session.scalars(
            db.select(ThreadVoices).where(ThreadVoices.thread_id.in_(ids))
        )
    }
    for thread in db.session.scalars(db.select(Thread).where(Thread.id.in_(ids))).all():
        row = known.get(thread.id) or ThreadVoices(thread_id=thread.id)
        db.session.add(row)
        _derive(thread, row, voices.get(thread.id, []))
    db.session.flush()


def underived_threads(after: int) -> Sequence[int]:
    """List threads that came without counts, in the order of their ids, a batch after ``after``."""
    statement = (
        db.select(Thread.id)
        .outerjoin(ThreadVoices, ThreadVoices.thread_id == Thread.id)
        .where(Thread.id > after, ThreadVoices.thread_id.is_(None))
    )
    return db.session.scalars(statement.order_by(Thread.id).limit(BATCH)).all()


def _derive(thread: Thread, row: ThreadVoices, voices: Sequence[Voice]) -> None:
    others = sum(voice.posts for voice in voices if voice.author_id != thread.author_id)
    if thread.kind == QUESTION and others and not thread.answers_by_others:
        settle(UNANSWERED, thread.id)
    thread.answers_by_others = others
    thread.hot = score(voices, thread.problem_count or 0, thread.created)
    row.people = len(voices)
    row.municipalities = len({voice.municipality_id for voice in voices} - {None})


def _voices(thread_ids: Sequence[int]) -> dict[int, list[Voice]]:
    """Read who spoke in each thread, in one statement over the index ``ix_post_voices``."""
    spoken = (
        db.select(
            Post.thread_id,
            Post.author_id,
            func.count().label("posts"),
            func.max(Post.created).label("last"),
            func.sum(Post.rating).label("rating"),
        )
        .where(Post.thread_id.in_(thread_ids), ~Post.hidden, Post.deleted.is_(None))
        .group_by(Post.thread_id, Post.author_id)
        .subquery()
    )
    home = (
        db.select(func.min(MunicipalityMembership.municipality_id))
        .where(MunicipalityMembership.user_id == spoken.c.author_id)
        .scalar_subquery()
    )
    voices = defaultdict(list)
    for row in db.session.execute(db.select(spoken, home.label("home"))):
        voices[row.thread_id].append(
            Voice(row.home, row.last, row.posts, row.rating or 0, row.author_id)
        )
    return dict(voices)
