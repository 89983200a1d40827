"""What can be reported: from an address of this site to the thing that lives there.

Everything goes through the queries of its feature with the viewer, so nobody can report, and by
that learn of, what she may not see. A file in a post is reported with the post that shows it, the
page of a document with its document.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app
from flask_babel import gettext as _

from kts.accounts.models import Group, User
from kts.accounts.profiles import get_person
from kts.accounts.queries import get_group
from kts.core.access import MEMBERS, PUBLIC, Viewer
from kts.core.errors import Invalid, NotFound
from kts.curation.dossiers.models import Dossier
from kts.curation.dossiers.queries import get_dossier
from kts.curation.dossiers.snapshots import shown_book
from kts.curation.reporting.models import COPY_LENGTH
from kts.documents.models import Document, DocumentPage
from kts.documents.queries import find_page, get_document
from kts.extensions import db
from kts.forum import policies as forum_policies
from kts.forum.models import Post, Thread
from kts.forum.models.attachments import post_attachment
from kts.forum.queries import get_post, get_thread
from kts.forum.queries.writing import get_attachment
from kts.municipalities.models import ModelProject, Municipality

POST, THREAD, DOCUMENT, DOSSIER = "post", "thread", "document", "dossier"
MUNICIPALITY, PROJECT, GROUP, PERSON = "municipality", "project", "group", "person"

_MODELS: dict[str, type] = {
    POST: Post,
    THREAD: Thread,
    DOCUMENT: Document,
    DOSSIER: Dossier,
    MUNICIPALITY: Municipality,
    PROJECT: ModelProject,
    GROUP: Group,
    PERSON: User,
}


@dataclass(frozen=True)
class Target:
    """A thing as it is now: ``text`` is what readers read of it, ``part`` a page of a document."""

    kind: str
    thing: Any
    title: str
    address: str
    text: str
    author: User | None = None
    visibility: str = PUBLIC
    municipality_id: int | None = None
    part: int = 0


def find(viewer: Viewer, address: str) -> Target:
    """Find what lives at an address, as far as the viewer may see it; raise Invalid otherwise."""
    path, fragment = _own_parts(address.strip())
    try:
        for pattern, look_up in _ADDRESSES:
            if found := pattern.fullmatch(path):
                return look_up(viewer, found, fragment)
    except NotFound:
        pass
    raise Invalid(
        _(
            "Nothing that you can see was found at this address. Please copy it from the address "
            "bar of your browser, or use the link “Report” beside the content."
        )
    )


def _own_parts(address: str) -> tuple[str, str]:
    """Cut an address of this site into path and fragment; that of another site gives nothing."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    own = urlsplit(current_app.config["KTS"].base_url).netloc
    inside = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    if inside or (parts.scheme in ("http", "https") and parts.netloc == own):
        return unquote(parts.path).rstrip("/"), parts.fragment
    return "", ""


def load(kind: str, object_id: int, part: int = 0) -> Target | None:
    """Give the thing as it is now, whoever may see it; none where it is gone."""
    thing = db.session.get(_MODELS[kind], object_id)
    return _DESCRIPTIONS[kind](thing, part) if thing is not None else None


def kind_of(thing: Any) -> str:
    """Name the kind of a thing that can be reported."""
    return next(kind for kind, model in _MODELS.items() if isinstance(thing, model))


def has_measure(kind: str, measure: str) -> bool:
    """Say whether things of that kind can be hidden, removed or closed for answers."""
    return measure in _CONTENT.get(kind, ())


_CONTENT = {
    POST: ("hide", "remove", "lock"),
    THREAD: ("hide", "lock"),
    DOCUMENT: ("hide",),
    DOSSIER: ("hide",),
    MUNICIPALITY: ("hide",),
    PROJECT: ("hide",),
    GROUP: ("hide",),
    PERSON: ("hide",),
}


def _post_at(viewer: Viewer, found: re.Match[str], _fragment: str) -> Target:
    return _readable_post(viewer, get_post(viewer, int(found[1])))


def _readable_post(viewer: Viewer, post: Post) -> Target:
    if post.deleted is not None or not forum_policies.can_read_post(viewer, post):
        raise NotFound
    return _describe_post(post, 0)


def _thread_at(viewer: Viewer, found: re.Match[str], fragment: str) -> Target:
    thread = get_thread(viewer, int(found[1]))
    number = re.fullmatch(r"beitrag-(\d{1,9})", fragment)
    if number:
        statement = db.select(Post).filter_by(thread_id=thread.id, number=int(number[1]))
        post = db.session.scalar(statement)
        if post is not None:
            return _readable_post(viewer, post)
    return _describe_thread(thread, 0)


def _document_at(viewer: Viewer, found: re.Match[str], _fragment: str) -> Target:
    document = get_document(int(found[1]), viewer)
    part = int(found[2] or 0)
    if part and find_page(viewer, document.id, part) is None:
        raise NotFound
    return _describe_document(document, part)


def _dossier_at(viewer: Viewer, found: re.Match[str], _fragment: str) -> Target:
    return _describe_dossier(get_dossier(int(found[1]), viewer), 0)


def _municipality_at(_viewer: Viewer, found: re.Match[str], _fragment: str) -> Target:
    return _describe_municipality(_by_slug(Municipality, found[1]), 0)


def _project_at(_viewer: Viewer, found: re.Match[str], _fragment: str) -> Target:
    return _describe_project(_by_slug(ModelProject, found[1]), 0)


def _by_slug(model: Any, slug: str) -> Any:
    thing = db.session.scalar(db.select(model).filter_by(slug=slug))
    if thing is None:
        raise NotFound
    return thing


def _group_at(viewer: Viewer, found: re.Match[str], _fragment: str) -> Target:
    return _describe_group(get_group(found[1], viewer), 0)


def _person_at(viewer: Viewer, found: re.Match[str], _fragment: str) -> Target:
    if not viewer.is_authenticated:
        raise NotFound
    return _describe_person(get_person(found[1]), 0)


def _attachment_at(viewer: Viewer, found: re.Match[str], _fragment: str) -> Target:
    """Report a file with the first post that shows it to the viewer."""
    attachment = get_attachment(viewer, int(found[1]))
    shown_in = db.session.scalars(
        db.select(Post)
        .join(post_attachment, post_attachment.c.post_id == Post.id)
        .where(post_attachment.c.attachment_id == attachment.id)
        .order_by(Post.id)
    )
    for post in shown_in:
        try:
            get_thread(viewer, post.thread_id)
            return _readable_post(viewer, post)
        except NotFound:
            continue
    raise NotFound


_NUMBER = r"(\d{1,9})"
_ADDRESSES: tuple[tuple[re.Pattern[str], Callable[..., Target]], ...] = (
    (re.compile(rf"/beitrag/{_NUMBER}(?:/.*)?"), _post_at),
    (re.compile(rf"/thema/{_NUMBER}(?:-[^/]*)?(?:/.*)?"), _thread_at),
    (re.compile(rf"/dokumente/{_NUMBER}(?:-[^/]*)?(?:/seite/{_NUMBER})?"), _document_at),
    (re.compile(rf"/dossiers/{_NUMBER}(?:-[^/]*)?"), _dossier_at),
    (re.compile(r"/kommunen/([a-z0-9-]+)"), _municipality_at),
    (re.compile(r"/programm/projekte/([a-z0-9-]+)"), _project_at),
    (re.compile(r"/gruppen/([a-z0-9-]+)"), _group_at),
    (re.compile(r"/personen/([a-z0-9-]+)"), _person_at),
    (re.compile(rf"/anhang/{_NUMBER}"), _attachment_at),
)


def _text(*parts: str | None) -> str:
    return "\n\n".join(part for part in parts if part)[:COPY_LENGTH]


def _describe_post(post: Post, _part: int) -> Target:
    return Target(
        POST,
        post,
        post.title,
        f"/beitrag/{post.id}",
        _text(post.source),
        post.author,
        post.thread.visibility,
    )


def _describe_thread(thread: Thread, _part: int) -> Target:
    opening = db.session.scalar(db.select(Post).filter_by(thread_id=thread.id, number=1))
    text = _text(thread.title, opening.source if opening else "")
    return Target(THREAD, thread, thread.title, thread.path, text, thread.author, thread.visibility)


def _describe_document(document: Document, part: int) -> Target:
    page = db.session.scalar(
        db.select(DocumentPage).filter_by(version_id=document.current_version_id, number=part)
    )
    address = f"{document.path}/seite/{part}" if part else document.path
    file = document.current_version.filename if document.current_version else ""
    return Target(
        DOCUMENT,
        document,
        document.title,
        address,
        _text(document.title, document.description, file, page.text if page else ""),
        document.created_by,
        document.visibility,
        document.municipality_id,
        part,
    )


def _describe_dossier(dossier: Dossier, _part: int) -> Target:
    book = shown_book(dossier)
    text = _text(book.title, book.summary, book.text, *(part.note for part in book.parts))
    return Target(
        DOSSIER, dossier, book.title, dossier.path, text, dossier.created_by, dossier.visibility
    )


def _describe_municipality(place: Municipality, _part: int) -> Target:
    contacts = (" · ".join((c.office, c.email, c.phone)) for c in place.contacts)
    text = _text(place.profile, place.website, *contacts)
    return Target(MUNICIPALITY, place, place.name, place.path, text, municipality_id=place.id)


def _describe_project(project: ModelProject, _part: int) -> Target:
    text = _text(project.title, project.note, project.website)
    place = project.lead_id
    return Target(PROJECT, project, project.title, project.path, text, municipality_id=place)


def _describe_group(group: Group, _part: int) -> Target:
    visibility = group.token if group.closed else MEMBERS
    text = _text(group.name, group.description)
    return Target(GROUP, group, group.name, group.path, text, visibility=visibility)


def _describe_person(person: User, _part: int) -> Target:
    address = f"/personen/{person.handle}" if person.handle else "/personen"
    text = _text(person.display_name)
    return Target(PERSON, person, person.display_name, address, text, person, MEMBERS)


_DESCRIPTIONS: dict[str, Callable[[Any, int], Target]] = {
    POST: _describe_post,
    THREAD: _describe_thread,
    DOCUMENT: _describe_document,
    DOSSIER: _describe_dossier,
    MUNICIPALITY: _describe_municipality,
    PROJECT: _describe_project,
    GROUP: _describe_group,
    PERSON: _describe_person,
}
