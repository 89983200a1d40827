"""Reactions and bookmarks below posts; the lists of what somebody keeps."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_
from sqlalchemy.orm import joinedload

from kts.accounts.models import User
from kts.core.access import Viewer
from kts.core.errors import NotFound
from kts.core.text import excerpt, plain_text
from kts.documents.models import Document
from kts.documents.queries import visible_documents
from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.forum.models.marks import WHOLE, Bookmark, Reaction, ReadingItem
from kts.forum.queries.threads import visible_threads

PASSAGE_LENGTH = 200
PER_PAGE = 50


def shared(viewer: Viewer, thread: Thread, posts: Sequence[Post]) -> dict[str, Any]:
    """Count the reactions of each post, in one statement."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    statement = (
        db.select(Reaction.post_id, Reaction.kind, func.count())
        .where(Reaction.post_id.in_([post.id for post in posts]))
        .group_by(Reaction.post_id, Reaction.kind)
    )
    for post_id, kind, count in db.session.execute(statement):
        counts[post_id][kind] = count
    return {"reactions": counts}


def own(viewer: Viewer, thread: Thread, posts: Sequence[Post]) -> dict[str, Any]:
    """Give the viewer's own reactions and bookmarks, in two statements."""
    ids = [post.id for post in posts]
    mine: dict[int, set[str]] = defaultdict(set)
    statement = db.select(Reaction.post_id, Reaction.kind).where(
        Reaction.user_id == viewer.id, Reaction.post_id.in_(ids)
    )
    for post_id, kind in db.session.execute(statement):
        mine[post_id].add(kind)
    kept = db.select(Bookmark.post_id).where(
        Bookmark.user_id == viewer.id, Bookmark.post_id.in_(ids)
    )
    return {"own_reactions": mine, "own_bookmarks": set(db.session.scalars(kept))}


def reactions_of(post: Post) -> list[tuple[User, list[str]]]:
    """List who reacted to the post and how, by name."""
    statement = (
        db.select(Reaction)
        .where(Reaction.post_id == post.id)
        .options(joinedload(Reaction.user))
        .order_by(Reaction.created)
    )
    kinds: dict[User, list[str]] = defaultdict(list)
    for reaction in db.session.scalars(statement):
        kinds[reaction.user].append(reaction.kind)
    return sorted(kinds.items(), key=lambda item: item[0].display_name.casefold())


@dataclass(frozen=True)
class Kept:
    """A bookmark or an item of a reading list, and what it leads to.

    ``title`` is empty where the viewer can no longer see the thing; then nothing is told of it.
    """

    mark: Any
    title: str = ""
    url: str = ""
    passage: str = ""
    place: str = ""

    @property
    def is_gone(self) -> bool:
        """Say whether the thing is no longer there for the viewer."""
        return not self.title


def bookmarks(viewer: Viewer) -> list[Kept]:
    """List the viewer's bookmarks: what she is reminded of next, then the newest."""
    statement = (
        db.select(Bookmark)
        .where(Bookmark.user_id == viewer.id)
        .order_by(Bookmark.remind_at.is_(None), Bookmark.remind_at, Bookmark.created.desc())
        .limit(PER_PAGE * 10)
    )
    return told(viewer, db.session.scalars(statement).all())


def get_bookmark(viewer: Viewer, bookmark_id: int) -> Bookmark:
    """Find one of the viewer's own bookmarks; raise NotFound otherwise."""
    found = db.session.get(Bookmark, bookmark_id)
    if found is None or found.user_id != viewer.id:
        raise NotFound
    return found


def is_bookmarked(viewer: Viewer, document_id: int, page: int = WHOLE) -> bool:
    """Say whether the viewer keeps this page, or the whole document."""
    statement = db.select(Bookmark.id).filter_by(
        user_id=viewer.id, document_id=document_id, page=page
    )
    return db.session.scalar(statement) is not None


def reading_list(viewer: Viewer, municipality_id: int) -> list[Kept]:
    """List what colleagues recommend: open things first, the newest on top."""
    statement = (
        db.select(ReadingItem)
        .where(ReadingItem.municipality_id == municipality_id)
        .options(joinedload(ReadingItem.added_by), joinedload(ReadingItem.done_by))
        .order_by(ReadingItem.done_at.is_not(None), ReadingItem.created.desc())
        .limit(PER_PAGE * 10)
    )
    return told(viewer, db.session.scalars(statement).all())


def get_item(municipality_id: int, item_id: int) -> ReadingItem:
    """Find an item of that municipality's list; raise NotFound otherwise."""
    found = db.session.get(ReadingItem, item_id)
    if found is None or found.municipality_id != municipality_id:
        raise NotFound
    return found


def told(viewer: Viewer, marks: Sequence[Any]) -> list[Kept]:
    """Say what each mark leads to, in two statements for all of them."""
    posts = _posts(viewer, [mark.post_id for mark in marks if mark.post_id])
    documents = _documents(viewer, [mark.document_id for mark in marks if mark.document_id])
    return [_leads_to(mark, posts, documents) for mark in marks]


def _posts(viewer: Viewer, ids: Sequence[int]) -> dict[int, Post]:
    seen = visible_threads(viewer).with_only_columns(Thread.id)
    statement = _readable(
        db.select(Post).where(Post.id.in_(ids), Post.thread_id.in_(seen)), viewer
    ).options(joinedload(Post.thread), joinedload(Post.author))
    return {post.id: post for post in db.session.scalars(statement)}


def _readable(statement: Select[Any], viewer: Viewer) -> Select[Any]:
    if viewer.is_moderator:
        return statement
    return statement.where(or_(Post.shown, Post.author_id == viewer.id))


def _documents(viewer: Viewer, ids: Sequence[int]) -> dict[int, Document]:
    statement = visible_documents(viewer).where(Document.id.in_(ids))
    return {document.id: document for document in db.session.scalars(statement)}


def _leads_to(mark: Any, posts: dict[int, Post], documents: dict[int, Document]) -> Kept:
    if post := posts.get(mark.post_id):
        who = post.author.display_name if post.author else ""
        passage = excerpt(plain_text(post.html), PASSAGE_LENGTH)
        return Kept(mark, post.thread.title, f"/beitrag/{post.id}", passage, who)
    if document := documents.get(mark.document_id):
        page = f"/seite/{mark.page}" if mark.page else ""
        return Kept(mark, document.title, document.path + page)
    return Kept(mark)
