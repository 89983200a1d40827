"""What belongs to the kind of a thread: accepted answer, experience, poll, shared problem."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, func, or_
from sqlalchemy.orm import joinedload

from kts.accounts.models import MunicipalityMembership, User
from kts.core.access import Viewer
from kts.core.text import excerpt, plain_text
from kts.extensions import db
from kts.forum import policies
from kts.forum.models import ANNOUNCEMENT, EXPERIENCE, POLL, QUESTION, Post, Thread
from kts.forum.models.kinds import (
    KIND_NAMES,
    OPEN,
    PERSON,
    VOTED,
    Acceptance,
    Announcement,
    Experience,
    Poll,
    PollOption,
    PollVote,
    SharedProblem,
)
from kts.forum.queries.asking import PeerQuestion, peer_questions
from kts.municipalities.models import SIZE_CLASSES, Municipality, size_class

__all__ = [
    "PeerQuestion",
    "get_poll",
    "has_votes",
    "own",
    "own_places",
    "peer_questions",
    "poll_view",
    "shared",
]

EXCERPT_LENGTH = 240  # two or three lines of the accepted answer


@dataclass(frozen=True)
class Place:
    """A municipality as far as it is named on a thread's page."""

    id: int
    name: str
    slug: str = ""
    size: str = ""
    edits: bool = False


@dataclass(frozen=True)
class Accepted:
    """The accepted answer, as the box below the question names it."""

    post_id: int
    number: int
    page: int
    author: str | None
    excerpt: str


@dataclass(frozen=True)
class Sharing:
    """Who has the same question: municipalities by name, and persons as a number."""

    places: Sequence[Place]
    persons: int

    @property
    def count(self) -> int:
        """Give the number of both together."""
        return len(self.places) + self.persons


@dataclass(frozen=True)
class Option:
    """An option of a poll with its votes; ``names`` only where votes are not anonymous."""

    id: int
    text: str
    votes: int
    percent: int
    names: Sequence[str] = ()


@dataclass(frozen=True)
class PollView:
    """A poll as somebody may see it; the numbers stay 0 as long as ``shown`` is false."""

    poll: Poll
    options: Sequence[Option]
    voters: int
    shown: bool


@dataclass(frozen=True)
class OwnVotes:
    """What the viewer, or each of her municipalities, has voted."""

    by_place: dict[int | None, set[int]] = field(default_factory=dict)
    results: PollView | None = None

    @property
    def chosen(self) -> set[int]:
        """Give the options to be marked in the form."""
        return next(iter(self.by_place.values()), set())


def shared(viewer: Viewer, thread: Thread, posts: Sequence[Post]) -> dict[str, Any]:
    """Give what a page of the thread shows alike to all of the viewer's audience.

    ``kind_until`` is the moment from which on the same rows give another page.
    """
    context: dict[str, Any] = {
        "kind_names": KIND_NAMES,
        "kind_official": _speaking_places(posts),
        "kind_accepted": None,
        "kind_sharing": None,
        "kind_experience": None,
        "kind_announcement": None,
        "kind_poll": None,
        "kind_until": None,
    }
    if thread.kind in _SHARED:
        context.update(_SHARED[thread.kind](thread, posts))
    return context


def _question(thread: Thread, _posts: Sequence[Post]) -> dict[str, Any]:
    return {
        "kind_accepted": accepted_answer(thread) if thread.accepted_post_id else None,
        "kind_sharing": sharing(thread) if thread.problem_count else None,
    }


def _experience(thread: Thread, posts: Sequence[Post]) -> dict[str, Any]:
    """Give the fields where their text stands, on the first page, and only while it can be read."""
    if not posts or posts[0].number != 1 or not posts[0].shown:
        return {}
    return {"kind_experience": db.session.get(Experience, thread.id)}


def _announcement(thread: Thread, _posts: Sequence[Post]) -> dict[str, Any]:
    found = db.session.get(Announcement, thread.id)
    until = found.until if found and found.is_current else None
    return {"kind_announcement": found, "kind_until": until}


def _poll(thread: Thread, _posts: Sequence[Post]) -> dict[str, Any]:
    poll = db.session.get(Poll, thread.id)
    if poll is None:
        return {}
    view = poll_view(poll, shown=poll.results == OPEN or poll.is_over)
    return {"kind_poll": view, "kind_until": None if poll.is_over else poll.end}


_SHARED = {
    QUESTION: _question,
    EXPERIENCE: _experience,
    ANNOUNCEMENT: _announcement,
    POLL: _poll,
}


def own(viewer: Viewer, thread: Thread, posts: Sequence[Post]) -> dict[str, Any]:
    """Give what it shows to this viewer alone."""
    places = own_places(viewer)
    context: dict[str, Any] = {
        "kind_places": places,
        "kind_official_places": [place for place in places if place.edits],
        "kind_may_steer": policies.can_steer_thread(viewer, thread),
        "kind_may_share": policies.can_share_thread(viewer, thread),
        "kind_own_share": None,
        "kind_own_poll": None,
    }
    if thread.kind == QUESTION:
        context["kind_own_share"] = _own_share(viewer, thread)
    elif thread.kind == POLL:
        context.update(_own_poll(viewer, thread, places))
    return context


def _own_share(viewer: Viewer, thread: Thread) -> SharedProblem | None:
    return db.session.scalar(
        db.select(SharedProblem).filter_by(thread_id=thread.id, user_id=viewer.id)
    )


def _own_poll(viewer: Viewer, thread: Thread, places: Sequence[Place]) -> dict[str, Any]:
    poll = db.session.get(Poll, thread.id, options=[joinedload(Poll.options)])
    if poll is None:
        return {}
    votes = _votes_by_place(viewer, poll, places)
    told = poll.results == VOTED and votes and not poll.is_over
    counts = poll.counted == PERSON or bool(places)
    return {
        "kind_own_poll": poll,
        "kind_own_votes": OwnVotes(votes, poll_view(poll, shown=True) if told else None),
        "kind_may_vote": counts and not poll.is_over and policies.can_vote_thread(viewer, thread),
        "kind_may_change_poll": policies.can_steer_thread(viewer, thread) and not has_votes(poll),
    }


def has_votes(poll: Poll) -> bool:
    """Say whether anybody has voted."""
    votes = db.select(PollVote.id).filter_by(thread_id=poll.thread_id).limit(1)
    return db.session.scalar(votes) is not None


def _votes_by_place(
    viewer: Viewer, poll: Poll, places: Sequence[Place]
) -> dict[int | None, set[int]]:
    voters: dict[str, int | None] = {poll.voter_key(place.id): place.id for place in places}
    if poll.counted == PERSON and viewer.id is not None:
        voters = {poll.voter_key(viewer.id): None}
    statement = db.select(PollVote.voter, PollVote.option_id).where(
        PollVote.thread_id == poll.thread_id, PollVote.voter.in_(voters)
    )
    votes: dict[int | None, set[int]] = defaultdict(set)
    for voter, option_id in db.session.execute(statement):
        votes[voters[voter]].add(option_id)
    return dict(votes)


def own_places(viewer: Viewer) -> list[Place]:
    """List the municipalities that the viewer belongs to, and which of them she edits."""
    if not viewer.is_authenticated:
        return []
    statement = (
        db.select(Municipality.id, Municipality.name, MunicipalityMembership.role)
        .join(Municipality, Municipality.id == MunicipalityMembership.municipality_id)
        .where(MunicipalityMembership.user_id == viewer.id)
        .order_by(Municipality.name)
    )
    own_role = getattr(viewer, "role", "")
    return [
        Place(row.id, row.name, edits="editor" in (row.role, own_role))
        for row in db.session.execute(statement)
    ]


def _speaking_places(posts: Iterable[Post]) -> dict[int, Place]:
    """Give the municipalities in whose names the posts speak."""
    ids = {post.official_for_id for post in posts if post.official_for_id}
    if not ids:
        return {}
    return {place.id: place for place in _places(Municipality.id.in_(ids))}


def accepted_answer(thread: Thread) -> Accepted | None:
    """Give the answer that was accepted; None while it cannot be read."""
    statement = (
        db.select(Post)
        .join(Acceptance, Acceptance.post_id == Post.id)
        .where(
            Acceptance.thread_id == thread.id,
            Post.thread_id == thread.id,
            ~Post.hidden,
            Post.deleted.is_(None),
        )
        .options(joinedload(Post.author))
    )
    post = db.session.scalar(statement)
    if post is None:
        return None
    name = post.author.display_name if post.author else None
    words = excerpt(plain_text(post.html), EXCERPT_LENGTH)
    return Accepted(post.id, post.number, post.page, name, words)


def sharing(thread: Thread) -> Sharing:
    """Tell who has the same question, the municipalities by name with their size."""
    ids = db.select(SharedProblem.municipality_id).where(
        SharedProblem.thread_id == thread.id, SharedProblem.municipality_id.is_not(None)
    )
    places = _places(Municipality.id.in_(ids))
    return Sharing(places, max(0, thread.problem_count - len(places)))


def _places(condition: Any) -> list[Place]:
    columns = ("id", "name", "slug", "kind", "population")
    statement = db.select(*(getattr(Municipality, name) for name in columns))
    rows = db.session.execute(statement.where(condition).order_by(Municipality.name))
    return [Place(row.id, row.name, row.slug, _size(row)) for row in rows]


def _size(row: Row[Any]) -> str:
    """Give the name of the size class; empty without a population and for cooperations."""
    code = "district" if row.kind == "district" else size_class(row.population)
    return str(SIZE_CLASSES.get(code, "")) if row.kind != "cooperation" else ""


def get_poll(thread: Thread) -> Poll | None:
    """Find the thread's poll; None for a thread of another kind."""
    return db.session.get(Poll, thread.id) if thread.kind == POLL else None


def poll_view(poll: Poll, *, shown: bool) -> PollView:
    """Give the options, with their votes if they may be ``shown``; at most three statements."""
    voters = db.session.scalar(
        db.select(func.count(func.distinct(PollVote.voter))).filter_by(thread_id=poll.thread_id)
    )
    statement = (
        db.select(PollOption.id, PollOption.text, func.count(PollVote.id).label("votes"))
        .outerjoin(PollVote, PollVote.option_id == PollOption.id)
        .where(PollOption.thread_id == poll.thread_id)
        .group_by(PollOption.id, PollOption.text, PollOption.position)
        .order_by(PollOption.position)
    )
    names = _voter_names(poll) if shown and poll.named else {}
    options = [
        Option(
            row.id,
            row.text,
            row.votes if shown else 0,
            _percent(row.votes, voters or 0) if shown else 0,
            names.get(row.id, ()),
        )
        for row in db.session.execute(statement)
    ]
    return PollView(poll, options, voters or 0, shown)


def _percent(votes: int, voters: int) -> int:
    return round(100 * votes / voters) if voters else 0


def _voter_names(poll: Poll) -> dict[int, list[str]]:
    """Give by option who chose it, in the order of names; who has left is not named."""
    person = func.coalesce(User.shown_name, User.name)
    name = func.coalesce(Municipality.name, person).label("name")
    statement = (
        db.select(PollVote.option_id, name)
        .outerjoin(User, User.id == PollVote.user_id)
        .outerjoin(Municipality, Municipality.id == PollVote.municipality_id)
        .where(
            PollVote.thread_id == poll.thread_id,
            or_(User.id.is_not(None), Municipality.id.is_not(None)),
        )
        .order_by(name)
    )
    names: dict[int, list[str]] = defaultdict(list)
    for row in db.session.execute(statement):
        names[row.option_id].append(row.name)
    return dict(names)
