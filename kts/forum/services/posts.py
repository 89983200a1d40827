"""Opening threads, answering, editing; what a text points to is derived at each save."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, update

from kts.accounts.models import User
from kts.core import audit
from kts.core.clock import now
from kts.core.errors import Conflict
from kts.core.text import RENDER_VERSION, render_markdown
from kts.documents.models import Document, DocumentVersion
from kts.extensions import db
from kts.forum import notifications
from kts.forum.models import Category, Post, PostReference, PostRevision, Thread
from kts.forum.services.reading import mark_seen

HREF = re.compile(r'<a [^>]*?href="([^"]+)"')
DOCUMENT_PATH = re.compile(r"^/dokumente/(\d{1,9})(?:-[^/]*)?(?:/seite/(\d{1,6}))?/?$")
VERSION = re.compile(r"(?:^|&)version=(\d{1,6})(?:&|$)")
MAX_REFERENCES = 10  # more cards would bury the text


def create_thread(
    actor: Any,
    category: Category,
    title: str,
    body: str,
    *,
    municipality_id: int | None = None,
    topics: Sequence[Any] = (),
    token: str = "",
) -> Thread:
    """Open a thread with its first post; the same form sent twice gives the same thread."""
    fingerprint = _fingerprint(token, f"{category.id}\n{title}\n{body}")
    if known := _submitted(actor, fingerprint):
        return known.thread
    thread = Thread(
        category_id=category.id,
        title=title.strip(),
        author_id=actor.id,
        municipality_id=municipality_id,
        visibility=category.visibility,
        topics=list(topics),
    )
    db.session.add(thread)
    db.session.flush()
    _append(actor, thread, body, fingerprint)
    return thread


def add_post(
    actor: Any, thread: Thread, body: str, *, reply_to_id: int | None = None, token: str = ""
) -> Post:
    """Answer a thread and tell those who take part; the same form sent twice makes one post."""
    fingerprint = _fingerprint(token, f"{thread.id}\n{body}")
    if known := _submitted(actor, fingerprint):
        return known
    post = _append(actor, thread, body, fingerprint, reply_to_id)
    notifications.announce_post(post)
    return post


def _append(
    actor: Any, thread: Thread, body: str, fingerprint: str | None, reply_to_id: int | None = None
) -> Post:
    post = Post(
        thread_id=thread.id,
        number=_next_number(thread),
        author_id=actor.id,
        reply_to_id=reply_to_id,
        source=body,
        html=render_markdown(body),
        submission=fingerprint,
    )
    db.session.add(post)
    db.session.flush()
    thread.last_post_id = post.id
    derive_references(post)
    mark_seen(actor, thread, post.number, post.number)
    return post


def _next_number(thread: Thread) -> int:
    """Count up in the database: the row's lock makes a second answer wait for its own number."""
    counted = (
        update(Thread)
        .where(Thread.id == thread.id)
        .values(
            last_number=Thread.last_number + 1,
            post_count=Thread.post_count + 1,
            last_post_at=now(),
        )
        .returning(Thread.last_number)
        .execution_options(synchronize_session=False)
    )
    number = db.session.execute(counted).scalar_one()
    db.session.refresh(thread, ["last_number", "post_count", "last_post_at"])
    return number


def _fingerprint(token: str, content: str) -> str | None:
    """Tell two sendings of one form apart from a second text written into the same form."""
    if not token:
        return None
    return hashlib.sha256(f"{token}\n{content}".encode()).hexdigest()


def _submitted(actor: Any, fingerprint: str | None) -> Post | None:
    """Find what this very form has made already.

    The own account's row is locked first: a second sending waits until the first is saved.
    """
    if fingerprint is None:
        return None
    db.session.execute(db.select(User.id).filter_by(id=actor.id).with_for_update())
    return db.session.scalar(db.select(Post).filter_by(author_id=actor.id, submission=fingerprint))


def edit_post(actor: Any, post: Post, body: str, *, version: int) -> bool:
    """Replace the text and keep the old one; say whether anything changed.

    Raises Conflict when somebody saved another version than the one that was edited.
    """
    db.session.refresh(post, with_for_update=True)
    if post.version != version:
        raise Conflict(_("The post was changed elsewhere while you were editing."))
    if post.source == body:
        return False
    revision = PostRevision(
        post_id=post.id,
        version=post.version,
        source=post.source,
        html=post.html,
        editor_id=actor.id,
    )
    db.session.add(revision)
    post.source, post.html, post.render_version = body, render_markdown(body), RENDER_VERSION
    post.version += 1
    post.edited_at = now()
    db.session.flush()
    derive_references(post)
    return True


def rename_thread(actor: Any, thread: Thread, title: str) -> None:
    """Give a thread another title; the old addresses lead on to the new one."""
    title = title.strip()
    if title == thread.title:
        return
    old, thread.title = thread.title, title
    audit.record(actor, "thread.rename", thread, changes={"title": [old, title]})


def derive_references(post: Post) -> None:
    """Note the document pages that the post links to, in their order, each once."""
    db.session.execute(delete(PostReference).where(PostReference.post_id == post.id))
    for position, row in enumerate(_resolve(_linked_pages(post.html))):
        db.session.add(PostReference(post_id=post.id, position=position, **row))
    db.session.flush()


def _linked_pages(html: str) -> list[tuple[int, int | None, int | None]]:
    """Give document, page and version number of each link to this site's library."""
    found: dict[tuple[int, int | None, int | None], None] = {}
    for href in HREF.findall(html):
        if page := _linked_page(href.replace("&amp;", "&")):
            found[page] = None
    return list(found)[:MAX_REFERENCES]


def _linked_page(href: str) -> tuple[int, int | None, int | None] | None:
    try:
        link = urlsplit(href)
    except ValueError:  # no address at all, such as http://[
        return None
    match = DOCUMENT_PATH.match(link.path)
    if not match or not _is_own(link.scheme, link.netloc):
        return None
    version = VERSION.search(link.query)
    return int(match[1]), int(match[2]) if match[2] else None, int(version[1]) if version else None


def _is_own(scheme: str, host: str) -> bool:
    own = urlsplit(current_app.config["KTS"].base_url)
    return (scheme, host) in (("", ""), (own.scheme, own.netloc))


def _resolve(links: Iterable[tuple[int, int | None, int | None]]) -> list[dict[str, Any]]:
    """Look up the versions that are meant; links to what does not exist give nothing."""
    links = list(links)
    if not links:
        return []
    ids = {document_id for document_id, _page, _version in links}
    current = {
        row.id: row.current_version_id
        for row in db.session.execute(
            db.select(Document.id, Document.current_version_id).where(Document.id.in_(ids))
        )
    }
    versions = {
        (row.document_id, row.number): row.id
        for row in db.session.execute(
            db.select(
                DocumentVersion.document_id, DocumentVersion.number, DocumentVersion.id
            ).where(DocumentVersion.document_id.in_(ids))
        )
    }
    return [
        {
            "document_id": document_id,
            "page": page,
            "version_id": versions.get((document_id, version), current[document_id]),
        }
        for document_id, page, version in links
        if document_id in current
    ]


def render_again(post: Post) -> None:
    """Render a post by the current rules; its text and version stay."""
    post.html, post.render_version = render_markdown(post.source), RENDER_VERSION
    derive_references(post)
