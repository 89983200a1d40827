"""Opening threads, answering, editing; what a text points to is derived at each save."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, update

from kts.core import audit, stamps
from kts.core.clock import now
from kts.core.errors import Conflict
from kts.core.text import RENDER_VERSION
from kts.documents.models import Document, DocumentVersion
from kts.extensions import db
from kts.forum import notifications
from kts.forum.models import DISCUSSION, Category, Post, PostReference, PostRevision, Thread
from kts.forum.services.attachments import bind_attachments
from kts.forum.services.contents import render_post
from kts.forum.services.drafts import discard_draft
from kts.forum.services.heat import update_counts
from kts.forum.services.mentions import derive_mentions
from kts.forum.services.moderation.pace import require_patience
from kts.forum.services.reading import mark_seen
from kts.forum.services.turns import take_own_turn

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
    kind: str = DISCUSSION,
    municipality_id: int | None = None,
    official_for_id: int | None = None,
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
        kind=kind,
        municipality_id=municipality_id,
        visibility=category.visibility,
        topics=list(topics),
    )
    db.session.add(thread)
    db.session.flush()
    post = _append(actor, thread, body, fingerprint, official_for_id=official_for_id)
    discard_draft(actor, "new")
    notifications.announce_thread(post)
    return thread


def add_post(
    actor: Any,
    thread: Thread,
    body: str,
    *,
    reply_to_id: int | None = None,
    official_for_id: int | None = None,
    token: str = "",
    has_waited: bool = False,
) -> Post:
    """Answer a thread and tell those who take part; the same form sent twice makes one post.

    ``has_waited`` says that it was sent earlier and held back, so that slow mode is no matter.
    """
    fingerprint = _fingerprint(token, f"{thread.id}\n{body}")
    if known := _submitted(actor, fingerprint):
        return known
    if not has_waited:
        require_patience(actor, thread)
    post = _append(actor, thread, body, fingerprint, reply_to_id, official_for_id)
    discard_draft(actor, f"answer:{thread.id}")
    notifications.announce_post(post)
    return post


def _append(
    actor: Any,
    thread: Thread,
    body: str,
    fingerprint: str | None,
    reply_to_id: int | None = None,
    official_for_id: int | None = None,
) -> Post:
    number = _next_number(thread)
    post = Post(
        thread_id=thread.id,
        number=number,
        created=thread.last_post_at,
        author_id=actor.id,
        reply_to_id=reply_to_id,
        source=body,
        html=render_post(body),
        official_for_id=official_for_id,
        submission=fingerprint,
    )
    db.session.add(post)
    db.session.flush()
    if HREF.search(post.html) or "<img" in post.html:  # plain words point to nothing
        derive_all(post, actor.id)
    update_counts(thread)
    thread.last_post_id = post.id
    mark_seen(actor, thread, post.number, post.number)
    return post


def _next_number(thread: Thread) -> int:
    """Count up in the database: the row's lock makes a second answer wait for its own number.

    Raises Conflict where the thread was merged into another one at this moment.
    """
    counted = (
        update(Thread)
        .where(Thread.id == thread.id, Thread.merged_into_id.is_(None))
        .values(
            last_number=Thread.last_number + 1,
            post_count=Thread.post_count + 1,
            last_post_at=now(),
        )
        .returning(Thread.last_number)
        .execution_options(synchronize_session=False, **{stamps.COUNTS: ()})  # the post counts
    )
    number = db.session.execute(counted).scalar_one_or_none()
    if number is None:
        raise Conflict(_("The thread was just merged with another one."))
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
    take_own_turn(actor)
    return db.session.scalar(db.select(Post).filter_by(author_id=actor.id, submission=fingerprint))


def edit_post(actor: Any, post: Post, body: str, *, version: int) -> bool:
    """Replace the text and keep the old one; say whether anything changed.

    Raises Conflict when somebody saved another version than the one that was edited.
    """
    db.session.refresh(post, with_for_update={"of": Post})
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
    post.source, post.html, post.render_version = body, render_post(body), RENDER_VERSION
    post.version += 1
    post.edited_at = now()
    db.session.flush()
    derive_all(post, actor.id)
    discard_draft(actor, f"edit:{post.id}")
    notifications.announce_edit(actor, post)
    return True


def restore_version(actor: Any, post: Post, revision: PostRevision) -> bool:
    """Make an earlier text the newest version; say whether it differs from what is shown.

    A moderator who does so with somebody else's words is named in the log.
    """
    changed = edit_post(actor, post, revision.source, version=post.version)
    if changed and actor.id != post.author_id and not post.wiki:
        audit.record(actor, "post.restore", post, changes={"version": [None, revision.version]})
        notifications.tell_author(actor, post, "post.restore", "")
    return changed


def rename_thread(actor: Any, thread: Thread, title: str) -> None:
    """Give a thread another title; the old addresses lead on to the new one."""
    title = title.strip()
    if title == thread.title:
        return
    old, thread.title = thread.title, title
    audit.record(actor, "thread.rename", thread, changes={"title": [old, title]})
    notifications.tell_author(actor, thread, "thread.rename", "")


def derive_all(post: Post, writer_id: int | None = None) -> None:
    """Derive what the post's text says: linked pages, named people, shown attachments.

    ``writer_id`` is whose text it is now; without it no further attachments are bound.
    """
    derive_references(post)
    derive_mentions(post)
    bind_attachments(post, writer_id)


def derive_references(post: Post) -> None:
    """Note the document pages that the post links to, in their order, each once."""
    db.session.execute(delete(PostReference).where(PostReference.post_id == post.id))
    for position, row in enumerate(_resolve(pages_linked_in(post.html))):
        db.session.add(PostReference(post_id=post.id, position=position, **row))
    db.session.flush()


def pages_linked_in(html: str) -> list[tuple[int, int | None, int | None]]:
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
            ).where(DocumentVersion.document_id.in_(ids), DocumentVersion.released)
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
    post.html, post.render_version = render_post(post.source), RENDER_VERSION
    derive_all(post)
