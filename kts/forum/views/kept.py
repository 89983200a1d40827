"""A page of a thread that is kept for its audience, and what of it is one reader's own.

Most readers have nothing of their own on most of a page: then the holes show their defaults, and
the answer takes a handful of small statements. Where something is theirs (a post they wrote, a
draft, a vote) that part alone is rendered for them.
"""

import secrets
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import render_template
from flask_login import current_user
from sqlalchemy import CompoundSelect, and_, bindparam, literal, or_, union_all

from kts.accounts.models import MunicipalityMembership, User
from kts.core import shared_pages
from kts.core.judging import ANSWER
from kts.core.prepared import Prepared
from kts.core.shared_pages import Fill
from kts.core.text import slugify
from kts.extensions import db
from kts.forum import queries, stamps
from kts.forum.models import POLL, POSTS_PER_PAGE, QUESTION, Post, ReadState, Thread, page_of
from kts.forum.models.drafts import Draft
from kts.forum.models.held import OPEN, HeldContribution
from kts.forum.models.marks import Bookmark, Reaction
from kts.forum.models.reading import CategoryRead
from kts.forum.queries import following, kinds, marks, reading
from kts.forum.queries.held import held_answers
from kts.notifications.models import CATEGORY, GROUP, MUNICIPALITY, THREAD, TOPIC, Subscription

PERSONAL_KINDS = (QUESTION, POLL)  # every reader can vote, or share the question
LASTING = {"follow", "kind", "kind-below", "post", "reactions"}


@dataclass(frozen=True)
class Facts:
    """What a thread's page has to know of it before anything is rendered."""

    id: int
    slug: str
    path: str
    kind: str
    visibility: str
    category_id: int
    municipality_id: int | None
    author_id: int | None
    steward_id: int | None
    last_number: int
    post_count: int

    @property
    def pages(self) -> int:
        """Give the number of pages."""
        return page_of(max(1, self.last_number))


@dataclass(frozen=True)
class KeptPost:
    """What the holes of a page have to know of a post on it."""

    id: int
    number: int
    author_id: int | None
    shown: bool

    @property
    def page(self) -> int:
        """Give the page of the thread on which it stands."""
        return page_of(self.number)


_FACTS = Prepared(
    lambda: db.select(
        *(Thread.id, Thread.title, Thread.kind, Thread.visibility, Thread.category_id),
        *(Thread.municipality_id, Thread.author_id, Thread.steward_id, Thread.last_number),
        Thread.post_count,
    ).where(Thread.id == bindparam("thread"), Thread.shown, Thread.merged_into_id.is_(None))
)


def find_facts(thread_id: int) -> Facts | None:
    """Find a thread that everybody of the viewer's audience sees; None for all others.

    Narrower than ``queries.visible_threads``: who sees hidden ones is asked there.
    """
    rows = _FACTS(thread=thread_id)
    if not rows or rows[0].visibility not in current_user.visibility_tokens:
        return None
    number, title, *others = rows[0]
    slug = slugify(title)
    return Facts(number, slug, f"/thema/{number}-{slug}", *others)


def _probe() -> CompoundSelect[Any]:
    """Ask in one statement whether anything on the page is the person's own.

    ``what`` and a number: which post she marked, how far she has read.
    """
    person, thread = bindparam("person"), bindparam("thread")
    place = and_(Post.thread_id == thread, Post.number.between(bindparam("low"), bindparam("high")))
    near = [
        and_(Subscription.kind == kind, Subscription.target_id == bindparam(kind))
        for kind in (THREAD, CATEGORY, MUNICIPALITY)
    ]
    wide = [Subscription.kind == kind for kind in (TOPIC, GROUP)]
    speaks = or_(MunicipalityMembership.role == "editor", User.role == "editor")
    return union_all(
        db.select(literal("read").label("what"), ReadState.last_read.label("number")).where(
            ReadState.user_id == person, ReadState.thread_id == thread
        ),
        db.select(literal("news"), Thread.id)
        .join(User, User.id == person)
        .where(Thread.id == thread, Thread.last_post_at > User.created),
        db.select(literal("room"), CategoryRead.category_id).where(
            CategoryRead.user_id == person, CategoryRead.category_id == bindparam(CATEGORY)
        ),
        db.select(literal("reaction"), Reaction.post_id)
        .join(Post, Post.id == Reaction.post_id)
        .where(Reaction.user_id == person, place),
        db.select(literal("bookmark"), Bookmark.post_id)
        .join(Post, Post.id == Bookmark.post_id)
        .where(Bookmark.user_id == person, place),
        db.select(literal("draft"), Draft.id).where(
            Draft.user_id == person, Draft.context == bindparam("draft")
        ),
        db.select(literal("held"), HeldContribution.id).where(
            HeldContribution.author_id == person,
            HeldContribution.thread_id == thread,
            HeldContribution.kind == ANSWER,
            or_(*(HeldContribution.state == state for state in OPEN)),
        ),
        db.select(literal("follow"), Subscription.id).where(
            Subscription.user_id == person, or_(*wide, *near)
        ),
        db.select(literal("speaks"), MunicipalityMembership.municipality_id)
        .join(User, User.id == MunicipalityMembership.user_id)
        .where(MunicipalityMembership.user_id == person, speaks),
    )


_PROBE = Prepared(_probe)


class OwnParts:
    """Fills the holes of a thread's page for the person who asks."""

    def __init__(
        self, facts: Facts, kept: list[KeptPost], number: int, own_stamp: Hashable = None
    ) -> None:
        self.own_stamp = own_stamp
        self.facts = facts
        self.posts = kept
        self.number = number
        self.person_id = current_user.id  # asking who looks costs as much as some of the holes
        self.own_posts = {post.id for post in kept if post.author_id == self.person_id}

    @property
    def fills(self) -> Mapping[str, Fill]:
        """Give what fills the holes in which the person has something of her own."""
        if not current_user.is_authenticated:
            return {}
        found, unread = self._found, self._read["unread"]
        wanted: dict[str, tuple[object, Fill]] = {
            "answer": (found["draft"], self.answer),
            "distil": (self.facts.municipality_id in found["speaks"], self.distil),
            "follow": (found["follow"], self.follow),
            "held": (found["held"], self.held),
            "kind": (self._has_kind, self.kind),
            "kind-below": (self._has_kind, self.kind_below),
            "new": (unread and self._read["seen"], self.new),
            "official": (found["speaks"], self.official),
            "post": (self.own_posts or self._acts_for or found["bookmark"], self.post),
            "reactions": (self.own_posts or found["reaction"], self.reactions),
            "reading": (unread, self.reading),
            "token": (True, token),
        }
        return {name: fill for name, (own, fill) in wanted.items() if own}

    def stamp(self) -> tuple[object, ...]:
        """Give what the lasting holes depend on beyond the page.

        What she reacted with counts for the thread; what she follows is read in full.
        """
        found = self._found
        marks = (frozenset(found["reaction"]), frozenset(found["bookmark"]))
        return (*marks, self.own_stamp if found["follow"] else None)

    @cached_property
    def has_hidden_words(self) -> bool:
        """Say whether the page shows the viewer words of hers that others do not see."""
        return any(not post.shown and post.id in self.own_posts for post in self.posts)

    @cached_property
    def _acts_for(self) -> bool:
        return self.person_id in (self.facts.author_id, self.facts.steward_id)

    @cached_property
    def _found(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        if current_user.is_authenticated:
            facts = self.facts
            rows = _PROBE(
                person=self.person_id,
                thread=facts.id,
                category=facts.category_id,
                municipality=facts.municipality_id or 0,
                draft=f"answer:{facts.id}",
                low=(self.number - 1) * POSTS_PER_PAGE + 1,
                high=self.number * POSTS_PER_PAGE,
            )
            for what, number in rows:
                found[what].add(number)
        return found

    @cached_property
    def last_read(self) -> int:
        """Give the number up to which the person has read without a gap."""
        if self._found["room"]:
            return queries.last_read(current_user, self._thread)
        return max(self._found["read"], default=0)

    @cached_property
    def _read(self) -> dict[str, Any]:
        last = self.facts.last_number
        if not self._found["room"] and self.facts.post_count >= last:  # no gaps in the numbers
            seen = max(self._found["read"], default=0 if self._found["news"] else last)
            gap = seen < min(last, (self.number - 1) * POSTS_PER_PAGE)
            return {"seen": seen, "unread": last - seen, "gap": gap}
        return reading.own(current_user, self._thread, self.posts)  # type: ignore[arg-type]

    @cached_property
    def _thread(self) -> Thread:
        return queries.get_thread(current_user, self.facts.id)

    @cached_property
    def _whole(self) -> dict[str, Any]:
        """Give what the page is rendered with when nothing of it is kept."""
        from kts.forum.views.threads import page_context

        return page_context(self._thread, self.number)

    @cached_property
    def _own(self) -> dict[str, Any]:
        """Give what the parts below posts are rendered with: of the posts only those with one."""
        named = self.own_posts | self._found["reaction"] | self._found["bookmark"]
        ids = [post.id for post in self.posts if self._acts_for or post.id in named]
        statement = db.select(Post).where(Post.id.in_(ids), Post.thread_id == self.facts.id)
        posts = db.session.scalars(statement).all()
        thread = self._thread
        return {
            "thread": thread,
            "page": {"page": self.number},
            "posts": {post.id: post for post in posts},
            **marks.shared(current_user, thread, posts),
            **marks.own(current_user, thread, posts),
        }

    @cached_property
    def _kind(self) -> dict[str, Any]:
        return {"thread": self._thread, **kinds.own(current_user, self._thread, ())}

    @property
    def _has_kind(self) -> bool:
        return self.facts.kind in PERSONAL_KINDS or self._acts_for

    def answer(self) -> str:
        """Give the form with the draft that waits for it."""
        return render_template("forum/own/answer.html", **self._whole)

    def held(self) -> str | None:
        """Say that answers of hers wait for a moderator, and show their text."""
        if not self._found["held"]:
            return None
        answers = held_answers(current_user, self.facts.id)
        return render_template("forum/_own_held.html", held_answers=answers)

    def official(self) -> str:
        """Offer to speak for the municipalities that the person edits."""
        places = [place for place in kinds.own_places(current_user) if place.edits]
        return render_template("forum/_own_official.html", kind_official_places=places)

    def distil(self) -> str | None:
        """Lead editors of the thread's municipality to an experience report made of it."""
        if current_user.is_moderator:  # has it in the menu
            return None
        return render_template("forum/own/distil.html", thread=self.facts)

    def follow(self) -> str:
        """Say how closely the person follows the thread, where she chose."""
        choice = following.level_of(current_user, self._thread)
        return render_template("forum/_own_follow.html", thread=self.facts, follow_choice=choice)

    def kind(self) -> str:
        """Give what she can do with the kind of the thread: vote, change the poll."""
        return render_template("forum/own/kind.html", **self._kind)

    def kind_below(self) -> str:
        """Let her say that she has the question too."""
        return render_template("forum/own/kind_below.html", **self._kind)

    def new(self, number: str) -> str | None:
        """Draw the line above the first post that is new to the person."""
        if int(number) != self._read["seen"] + 1:
            return None
        return render_template("forum/own/new.html")

    def reading(self) -> str:
        """Lead to what the person has not read."""
        here = {"thread_id": self.facts.id, "slug": self.facts.slug}
        context = {"thread": self.facts, "page": {"items": self.posts}, "here": here}
        return render_template("forum/own/reading.html", **context, **self._read)

    def reactions(self, post_id: str) -> str | None:
        """Show what the person said of the post; her own has no buttons."""
        number = int(post_id)
        if number not in self.own_posts and number not in self._found["reaction"]:
            return None
        return self._rendered("forum/_own_reactions.html", number)

    def post(self, post_id: str) -> str | None:
        """Give the buttons below a post with which the person has something of her own to do."""
        number = int(post_id)
        if not (number in self.own_posts or self._acts_for or number in self._found["bookmark"]):
            return None
        return self._rendered("forum/own/post.html", number)

    def _rendered(self, template: str, post_id: int) -> str | None:
        post = self._own["posts"].get(post_id)  # moved away a moment ago: then the default will do
        return render_template(template, post=post, **self._own) if post else None


def token() -> str:
    """Write the hidden field by which a form that is sent twice is known."""
    return f'<input type="hidden" id="token" name="token" value="{secrets.token_urlsafe(12)}">'


def respond(
    facts: Facts, number: int, load: Callable[[], dict[str, Any]]
) -> tuple[bytes, OwnParts] | None:
    """Give the page, kept or new, and what of it is the person's; None where it is not right.

    Whoever has hidden or deleted words of her own on the page sees more than the others do.
    """
    asked: list[OwnParts] = []

    def load_page() -> tuple[dict[str, Any], list[KeptPost]]:
        context = load()
        posts = context["page"].items
        return context, [KeptPost(p.id, p.number, p.author_id, p.shown) for p in posts]

    def fills(posts: list[KeptPost]) -> Mapping[str, Fill]:
        asked.append(OwnParts(facts, posts, number, own_stamp))
        return asked[0].fills

    stamp, own_stamp = stamps.of_thread(facts.id, current_user.id)
    page, _posts = shared_pages.respond(
        "forum/thread.html",
        (facts.id, number),
        stamp,
        load_page,
        fills,
        own_stamp=lambda: asked[0].stamp(),
        lasting=LASTING,
    )
    return None if asked[0].has_hidden_words else (page, asked[0])
