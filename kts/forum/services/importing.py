"""Taking over conversations from elsewhere: one JSON object a line, one thread each.

A line is taken whole or refused with its reason. What was imported before is recognised by
category, title, author and time, and left as it is. Nobody is notified.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, update

from kts.accounts.models import User
from kts.accounts.queries import user_by_email
from kts.accounts.services import create_user
from kts.core.clock import now
from kts.core.text import RENDER_VERSION
from kts.extensions import db
from kts.forum.models import BODY_LENGTH, TITLE_LENGTH, Category, Post, Thread
from kts.forum.services.categories import create_category
from kts.forum.services.contents import render_post
from kts.forum.services.heat import derive_counts
from kts.forum.services.posts import derive_references

NAME_LENGTH = 200
CATEGORY_LENGTH = 120
CLOCKS_DIFFER = timedelta(days=1)


class RefusedError(ValueError):
    """A line that cannot be taken; the message says why."""


@dataclass(frozen=True)
class Said:
    """One post of a line."""

    author: str
    created: datetime
    body: str


@dataclass(frozen=True)
class Conversation:
    """A line of the file that can be taken."""

    category: str
    title: str
    author: str
    created: datetime
    posts: Sequence[Said]

    @property
    def key(self) -> str:
        """Give what recognises the thread when the file is read again."""
        parts = [self.category, self.title, self.author, self.created.isoformat()]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Prepared:
    """A conversation that is not known yet, with the HTML of its posts."""

    conversation: Conversation
    html: Sequence[str]

    @property
    def posts(self) -> Iterator[tuple[Said, str]]:
        """Pair each post with its HTML."""
        return zip(self.conversation.posts, self.html, strict=True)


@dataclass
class Counts:
    """What an import did."""

    threads: int = 0
    posts: int = 0
    known: int = 0
    people: int = 0
    categories: list[str] = field(default_factory=list)


def read_line(line: str) -> Conversation:
    """Check one line; raise RefusedError with the reason."""
    try:
        data = json.loads(line)
    except ValueError as error:
        raise RefusedError(f"this is not JSON ({error})") from error
    if not isinstance(data, dict):
        raise RefusedError("this is not a JSON object")
    posts = data.get("posts")
    if not isinstance(posts, list) or not posts:
        raise RefusedError("“posts” is missing or empty")
    said = [_read_post(post, number) for number, post in enumerate(posts, start=1)]
    return Conversation(
        category=_text(data, "category", CATEGORY_LENGTH),
        title=_text(data, "title", TITLE_LENGTH),
        author=_text(data, "author", NAME_LENGTH),
        created=_moment(data),
        posts=said,
    )


def _read_post(data: Any, number: int) -> Said:
    if not isinstance(data, dict):
        raise RefusedError(f"post {number} is not a JSON object")
    try:
        return Said(
            author=_text(data, "author", NAME_LENGTH),
            created=_moment(data),
            body=_text(data, "body", BODY_LENGTH),
        )
    except RefusedError as error:
        raise RefusedError(f"post {number}: {error}") from error


def _text(data: dict[str, Any], name: str, length: int) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        raise RefusedError(f"“{name}” is missing or empty")
    value = value.strip().replace("\x00", "")
    if len(value) > length:
        raise RefusedError(f"“{name}” has {len(value)} characters, at most {length} are taken")
    return value


def _moment(data: dict[str, Any]) -> datetime:
    """Read an ISO 8601 time; one without a zone is taken as UTC."""
    value = data.get("created")
    try:
        moment = datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise RefusedError(f"“created” is not a time in ISO 8601: {value!r}") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if moment > now() + CLOCKS_DIFFER:
        raise RefusedError(f"“created” lies in the future: {value}")
    return moment.astimezone(UTC)


class Importer:
    """Imports conversations batch by batch; remembers people and categories between batches.

    ``visibility`` is what a category gets that the file names and the forum does not know.
    """

    def __init__(self, actor: Any = None, visibility: str = "members") -> None:
        self.actor = actor
        self.visibility = visibility
        self.counts = Counts()
        self._people: dict[str, int] = {}
        self._categories: dict[str, tuple[int, str]] = {}

    def prepare(self, conversations: Sequence[Conversation]) -> list[Prepared]:
        """Leave out what is known and render the rest, so that writing takes a moment only."""
        return [
            Prepared(conversation, [render_post(said.body) for said in conversation.posts])
            for conversation in self._unknown(conversations)
        ]

    def take(self, batch: Sequence[Prepared]) -> None:
        """Import one batch; the caller commits."""
        if not batch:
            return
        threads = [self._thread(prepared.conversation) for prepared in batch]
        db.session.add_all(threads)
        db.session.flush()
        rows = [
            self._post(thread.id, number, said, html)
            for thread, prepared in zip(threads, batch, strict=True)
            for number, (said, html) in enumerate(prepared.posts, start=1)
        ]
        db.session.execute(insert(Post), rows)
        ids = [thread.id for thread in threads]
        _note_last_posts(ids)
        derive_counts(ids)
        _derive_references(ids)
        self.counts.threads += len(threads)
        self.counts.posts += len(rows)

    def _unknown(self, conversations: Sequence[Conversation]) -> Iterator[Conversation]:
        keys = [conversation.key for conversation in conversations]
        known = set(
            db.session.scalars(db.select(Thread.external_key).where(Thread.external_key.in_(keys)))
        )
        for conversation in conversations:
            if conversation.key in known:
                self.counts.known += 1
            else:
                known.add(conversation.key)
                yield conversation

    def _thread(self, conversation: Conversation) -> Thread:
        category_id, visibility = self._category(conversation.category)
        return Thread(
            category_id=category_id,
            visibility=visibility,
            title=conversation.title,
            author_id=self._person(conversation.author),
            created=conversation.created,
            last_number=len(conversation.posts),
            post_count=len(conversation.posts),
            last_post_at=max(said.created for said in conversation.posts),
            external_key=conversation.key,
        )

    def _post(self, thread_id: int, number: int, said: Said, html: str) -> dict[str, Any]:
        return {
            "thread_id": thread_id,
            "number": number,
            "author_id": self._person(said.author),
            "source": said.body,
            "html": html,
            "render_version": RENDER_VERSION,
            "created": said.created,
            "updated": said.created,
        }

    def _category(self, name: str) -> tuple[int, str]:
        """Find a category by address or name; an unknown one is opened and named at the end."""
        if name not in self._categories:
            found = db.session.scalar(
                db.select(Category).where(
                    (Category.slug == name) | (func.lower(Category.name) == name.lower())
                )
            )
            if found is None:
                found = create_category(self.actor, name, visibility=self.visibility)
                self.counts.categories.append(name)
            self._categories[name] = (found.id, found.visibility)
        return self._categories[name]

    def _person(self, author: str) -> int:
        if author not in self._people:
            self._people[author] = (_account(author) or self._new_account(author)).id
        return self._people[author]

    def _new_account(self, author: str) -> User:
        """Make an inactive member: a name for the words, no way to sign in."""
        self.counts.people += 1
        if "@" in author:
            return create_user(author, _name_of(author), active=False)
        return create_user(_stand_in(author), author, active=False)


def _account(author: str) -> User | None:
    """Find by address, else by a name that exactly one account has."""
    if "@" in author:
        return user_by_email(author)
    if stand_in := user_by_email(_stand_in(author)):
        return stand_in
    same = db.session.scalars(db.select(User).filter_by(name=author).limit(2)).all()
    return same[0] if len(same) == 1 else None


def _stand_in(name: str) -> str:
    """Give an address that can never be written to, always the same for a name."""
    return f"import-{hashlib.sha256(name.encode()).hexdigest()[:20]}@import.invalid"


def _name_of(address: str) -> str:
    """Give a name that does not show the address: ``anna.beispiel@…`` becomes Anna Beispiel."""
    words = address.split("@")[0].replace(".", " ").replace("_", " ").split()
    return " ".join(word.capitalize() for word in words) or "Imported member"


def _note_last_posts(thread_ids: Iterable[int]) -> None:
    newest = (
        db.select(Post.id)
        .where(Post.thread_id == Thread.id)
        .order_by(Post.created.desc(), Post.number.desc())
        .limit(1)
        .correlate(Thread)
        .scalar_subquery()
    )
    db.session.execute(
        update(Thread)
        .where(Thread.id.in_(list(thread_ids)))
        .values(last_post_id=newest)
        .execution_options(synchronize_session=False)
    )


def _derive_references(thread_ids: Iterable[int]) -> None:
    linking = db.select(Post).where(
        Post.thread_id.in_(list(thread_ids)), Post.html.contains("/dokumente/")
    )
    for post in db.session.scalars(linking):
        derive_references(post)
