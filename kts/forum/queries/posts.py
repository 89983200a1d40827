"""The posts of a thread, and the document pages that they point to."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, func
from sqlalchemy.orm import joinedload

from kts.accounts.models import User
from kts.core.access import Viewer
from kts.core.errors import NotFound
from kts.core.text import excerpt
from kts.documents.models import NONE, Document, DocumentPage, DocumentVersion, unit_of
from kts.documents.queries import visible_documents
from kts.extensions import db
from kts.forum.models import POSTS_PER_PAGE, Post, PostReference, PostRevision, Thread
from kts.forum.queries.threads import get_thread

PASSAGE_LENGTH = 220
PASSAGE_READ = 600  # characters of a page fetched to cut the passage from


@dataclass(frozen=True)
class PageCard:
    """A page of a document as a card below the post that links to it."""

    document: Document
    page: int | None
    label: str
    heading: str
    passage: str
    version: int | None
    is_current: bool
    unit: str  # what the page is called, see DocumentVersion.unit

    @property
    def url(self) -> str:
        """Give the address of the page, in the version that was meant."""
        path = self.document.path + (f"/seite/{self.page}" if self.page else "")
        return path if self.is_current else f"{path}?version={self.version}"


def get_post(viewer: Viewer, post_id: int) -> Post:
    """Find a post in a thread that the viewer may see; raise NotFound otherwise."""
    post = db.session.get(Post, post_id)
    if post is None:
        raise NotFound
    get_thread(viewer, post.thread_id)
    return post


def posts_on_page(thread: Thread, page: int) -> Sequence[Post]:
    """List the posts of one page of a thread; the page is a range of numbers."""
    statement = (
        db.select(Post)
        .where(
            Post.thread_id == thread.id,
            Post.number > (page - 1) * POSTS_PER_PAGE,
            Post.number <= page * POSTS_PER_PAGE,
        )
        .order_by(Post.number)
        .options(joinedload(Post.author), joinedload(Post.reply_to).joinedload(Post.author))
    )
    return db.session.scalars(statement).all()


def participants(thread: Thread, limit: int = 8) -> list[tuple[User, int]]:
    """List who wrote most in a thread, with the number of posts."""
    count = func.count(Post.id)
    statement = (
        db.select(User, count)
        .join(Post, Post.author_id == User.id)
        .where(Post.thread_id == thread.id, Post.shown)
        .group_by(User.id)
        .order_by(count.desc(), func.min(Post.number))
        .limit(limit)
    )
    return [(person, number) for person, number in db.session.execute(statement)]


def revisions(post: Post) -> Sequence[PostRevision]:
    """List the earlier texts of a post, the newest first."""
    statement = (
        db.select(PostRevision)
        .filter_by(post_id=post.id)
        .order_by(PostRevision.version.desc())
        .options(joinedload(PostRevision.editor))
    )
    return db.session.scalars(statement).all()


def page_cards(viewer: Viewer, posts: Iterable[Post]) -> dict[int, list[PageCard]]:
    """Collect, by post, the cards of the document pages that the viewer may see."""
    post_ids = [post.id for post in posts]
    if not post_ids:
        return {}
    version_id = func.coalesce(PostReference.version_id, Document.current_version_id)
    statement = (
        _card_columns(visible_documents(viewer), PostReference.page, version_id)
        .add_columns(PostReference.post_id, PostReference.page)
        .join(PostReference, PostReference.document_id == Document.id)
        .where(PostReference.post_id.in_(post_ids))
        .order_by(PostReference.post_id, PostReference.position)
    )
    cards = defaultdict(list)
    for row in db.session.execute(_join_pages(statement, PostReference.page, version_id)):
        if row.page is None or row.found is not None:
            cards[row.post_id].append(_card(row, row.page))
    return dict(cards)


def page_card(
    viewer: Viewer, document_id: int, page: int | None, version: int | None = None
) -> PageCard:
    """Give the card of one page, of the shown version or the one with that number.

    Raises NotFound where there is no such page or the viewer may not see it.
    """
    version_id: Any = Document.current_version_id
    if version is not None:
        version_id = (
            db.select(DocumentVersion.id)
            .filter_by(document_id=document_id, number=version, released=True)
            .scalar_subquery()
        )
    statement = _card_columns(visible_documents(viewer), page, version_id)
    statement = statement.where(Document.id == document_id)
    row = db.session.execute(_join_pages(statement, page, version_id)).first()
    if row is None or (page is not None and row.found is None):
        raise NotFound
    return _card(row, page)


def _card_columns(documents: Select[Any], page: Any, version_id: Any) -> Select[Any]:
    return documents.with_only_columns(
        Document,
        DocumentPage.id.label("found"),
        DocumentPage.label.label("label"),
        DocumentPage.heading.label("heading"),
        func.substr(DocumentPage.text, 1, PASSAGE_READ).label("text"),
        DocumentVersion.number.label("version"),
        (version_id == Document.current_version_id).label("is_current"),
        DocumentVersion.preview_state.label("preview_state"),
        DocumentVersion.format.label("format"),
    ).options(joinedload(Document.municipality))


def _join_pages(statement: Select[Any], page: Any, version_id: Any) -> Select[Any]:
    return statement.outerjoin(DocumentVersion, DocumentVersion.id == version_id).outerjoin(
        DocumentPage,
        and_(DocumentPage.version_id == DocumentVersion.id, DocumentPage.number == page),
    )


def _card(row: Row[Any], page: int | None) -> PageCard:
    return PageCard(
        document=row.Document,
        page=page,
        label=row.label or "",
        heading=row.heading or "",
        passage=excerpt((row.text or "").removeprefix(row.heading or ""), PASSAGE_LENGTH),
        version=row.version,
        is_current=bool(row.is_current),
        unit=unit_of(row.format or "", row.preview_state or NONE),
    )
