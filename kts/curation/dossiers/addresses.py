"""Which part of a dossier an address means: anything on this site, or a page elsewhere.

Nothing is fetched from another server: what stands there is said by whoever adds the link.
"""

import re
from urllib.parse import SplitResult, parse_qs, urlsplit

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from kts.core.access import Viewer
from kts.core.clock import now
from kts.core.errors import Invalid, NotFound
from kts.core.web import whole_number
from kts.curation.dossiers.models import (
    ADDRESS_LENGTH,
    DOCUMENT,
    EXPERIENCE,
    LINK,
    PAGE,
    POST,
    THREAD,
    TITLE_LENGTH,
    DossierItem,
)
from kts.documents.queries import get_document, get_page, get_version
from kts.extensions import db
from kts.forum.models import EXPERIENCE as TOLD
from kts.forum.models import Post, Thread
from kts.forum.policies import can_read_post
from kts.forum.queries import get_post, get_thread

_DOCUMENT = re.compile(r"/dokumente/(\d{1,9})(?:-[^/]*)?(?:/seite/(\d{1,9}))?(?:/\w+)?/?")
_THREAD = re.compile(r"/thema/(\d{1,9})(?:-[^/]*)?/?")
_POST = re.compile(r"/beitrag/(\d{1,9})/?")
_OPEN_PAGE = re.compile(r"/(?:kommunen|programm)(?:/[\w-]+)*")  # everybody may read these
_POST_MARK = re.compile(r"(?:p|beitrag-?)(\d{1,9})")  # behind the # of a thread's address


def item_at(actor: Viewer, address: str, title: str = "") -> DossierItem:
    """Make a part of what lives at the address; raise Invalid where the actor sees nothing there.

    ``title`` is needed for pages elsewhere alone.
    """
    address, title = address.strip(), title.strip()
    try:
        split = urlsplit(address)
    except ValueError:
        split = urlsplit("")
    own = urlsplit(current_app.config["KTS"].base_url).netloc
    if (not split.netloc and split.path.startswith("/")) or (split.netloc == own and own):
        return _of_this_site(actor, split, title)
    if split.scheme not in ("http", "https") or not split.netloc or len(address) > ADDRESS_LENGTH:
        raise Invalid(
            _("Please paste a complete address that begins with https://, or one of this site.")
        )
    return _link(address, title)


def _link(address: str, title: str) -> DossierItem:
    if not title:
        raise Invalid(_("Please give the link a title, so that readers know what awaits them."))
    return DossierItem(kind=LINK, url=address, title=title[:TITLE_LENGTH], accessed=now().date())


def _of_this_site(actor: Viewer, split: SplitResult, title: str) -> DossierItem:
    """Find what lives at a path of this site, as far as the actor may see it."""
    if _OPEN_PAGE.fullmatch(split.path):
        return _link(str(current_app.config["KTS"].base_url).rstrip("/") + split.path, title)
    try:
        if found := _DOCUMENT.fullmatch(split.path):
            return document_item(actor, int(found[1]), int(found[2] or 0), _version(split))
        if found := _THREAD.fullmatch(split.path):
            return _thread_item(actor, int(found[1]), split.fragment)
        if found := _POST.fullmatch(split.path):
            return _post_item(actor, get_post(actor, int(found[1])))
    except NotFound:
        pass
    raise Invalid(
        _(
            "Nothing was found at this address. Documents, their pages, threads and posts of this "
            "site can be added."
        )
    )


def _version(split: SplitResult) -> int | None:
    try:
        return whole_number(parse_qs(split.query).get("version", [""])[0])
    except ValueError:
        return None


def document_item(
    actor: Viewer, number: int, page: int = 0, version_number: int | None = None
) -> DossierItem:
    """Make a part of a document or of one of its pages; raise NotFound for what is not there.

    A page is always one of a version, so that it stays the same page when a newer version comes.
    """
    document = get_document(number, actor)
    version = get_version(document, version_number, actor)
    if not (version.is_ready and version.released):
        raise NotFound
    if page:
        get_page(version, page)
    return DossierItem(
        kind=PAGE if page else DOCUMENT,
        object_id=document.id,
        page=page or None,
        version_number=version.number if page else version_number,
    )


def _thread_item(actor: Viewer, number: int, fragment: str) -> DossierItem:
    thread = get_thread(actor, number)
    if marked := _POST_MARK.fullmatch(fragment):
        post = db.session.scalar(select(Post).filter_by(thread_id=thread.id, number=int(marked[1])))
        if post is not None and post.number > 1:
            return _post_item(actor, post)
    return thread_item(thread)


def thread_item(thread: Thread) -> DossierItem:
    """Make a part of a thread; a report of experience is a kind of its own."""
    kind = EXPERIENCE if thread.kind == TOLD else THREAD
    return DossierItem(kind=kind, object_id=thread.id)


def _post_item(actor: Viewer, post: Post) -> DossierItem:
    """Make a part of a post; the first one stands for its thread."""
    if not can_read_post(actor, post):
        raise NotFound
    if post.number == 1:
        return thread_item(post.thread)
    return DossierItem(kind=POST, object_id=post.id)


def same_as(one: DossierItem, other: DossierItem) -> bool:
    """Say whether two parts refer to the same and quote the same."""
    names = ("kind", "object_id", "page", "last_page", "url", "quote")
    alike = all((getattr(one, n) or None) == (getattr(other, n) or None) for n in names)
    return alike and (one.object_id is not None or one.kind == LINK)
