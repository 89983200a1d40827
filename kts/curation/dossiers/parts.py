"""What the parts of a dossier refer to, as one viewer may see it.

A fixed number of statements, however many parts there are. What the viewer may not see gives a
part without ``url``; readers are not shown it, nor a chapter that holds nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import defer, joinedload

from kts.core.access import Viewer
from kts.core.text import excerpt, plain_text
from kts.curation.dossiers.models import DOCUMENT, EXPERIENCE, LINK, PAGE, POST, THREAD
from kts.curation.dossiers.snapshots import Book, Part
from kts.documents.messages import KIND_NAMES, unit_words
from kts.documents.models import Document, DocumentPage, DocumentVersion
from kts.documents.queries import visible_documents
from kts.extensions import db
from kts.forum.models import Post, Thread
from kts.forum.models.kinds import KIND_NAMES as THREAD_KINDS
from kts.forum.queries import bylines, visible_threads

PASSAGE_LENGTH = 320
PASSAGE_READ = 900  # characters of a page fetched to cut the passage from


@dataclass(frozen=True)
class ShownPart:
    """A part as this viewer sees it; without ``url`` she sees nothing of what it refers to.

    ``place`` is the municipality that it comes from, ``detail`` the page or the kind, ``passage``
    a beginning where the editors quoted nothing. ``document``, ``version`` and ``first_page`` are
    what a citation names; ``newer`` is the number of a newer version of the document.
    """

    part: Part
    title: str = ""
    url: str = ""
    kind_name: str = ""
    place: str = ""
    place_url: str = ""
    detail: str = ""
    when: date | datetime | None = None
    year: int | None = None
    passage: str = ""
    licence: str = ""
    is_sample: bool = False
    document: Document | None = None
    version: DocumentVersion | None = None
    first_page: DocumentPage | None = None
    newer: int | None = None

    @property
    def is_shown(self) -> bool:
        """Say whether there is anything to show to the viewer."""
        return self.part.kind in ("text", "heading") or bool(self.url)


@dataclass(frozen=True)
class Chapter:
    """A heading and the parts up to the next one; the first may have no heading."""

    heading: Part | None
    parts: list[ShownPart] = field(default_factory=list)


def shown_parts(book: Book, viewer: Viewer) -> list[ShownPart]:
    """Give all parts, each with what the viewer may know of it."""
    found = _Found(book, viewer)
    return [_SHOW[part.kind](part, found) for part in book.parts]


def chapters(parts: Iterable[ShownPart]) -> list[Chapter]:
    """Give what readers see, by chapter; a chapter in which they see nothing is left out."""
    made = [Chapter(None)]
    for shown in parts:
        if shown.part.is_heading:
            made.append(Chapter(shown.part))
        elif shown.is_shown:
            made[-1].parts.append(shown)
    return [chapter for chapter in made if chapter.parts]


class _Found:
    """Everything that the parts of one book refer to and the viewer may see."""

    def __init__(self, book: Book, viewer: Viewer) -> None:
        self.book = book
        self.documents = _by_id(
            visible_documents(viewer).options(
                joinedload(Document.municipality), joinedload(Document.current_version)
            ),
            Document.id,
            book.ids(DOCUMENT, PAGE),
        )
        self.versions = self._versions()
        self.pages = self._pages()
        self.posts = self._posts()
        thread_ids = book.ids(THREAD, EXPERIENCE) | {p.thread_id for p in self.posts.values()}
        self.threads = _by_id(
            visible_threads(viewer).options(
                joinedload(Thread.municipality), joinedload(Thread.author)
            ),
            Thread.id,
            thread_ids,
        )
        self.first_posts = {p.thread_id: p for p in self.posts.values() if p.number == 1}
        writers = [t.author for t in self.threads.values()]
        self.bylines = bylines([*writers, *(post.author for post in self.posts.values())])

    def version_of(self, part: Part) -> DocumentVersion | None:
        """Give the version that the part means: the one named, seen then, or the newest."""
        document = self.documents.get(part.object_id)
        if document is None:
            return None
        number = part.version_number or self.book.seen.get(part.id)
        return self.versions.get((document.id, number), document.current_version)

    def _versions(self) -> dict[tuple[int, int], DocumentVersion]:
        named = {p.object_id: set() for p in self.book.parts if p.kind in (DOCUMENT, PAGE)}
        for part in self.book.parts:
            number = part.version_number or self.book.seen.get(part.id)
            if part.object_id in named and number:
                named[part.object_id].add(number)
        wanted = {(document, number) for document in named for number in named[document]}
        wanted = {pair for pair in wanted if pair[0] in self.documents}
        if not wanted:
            return {}
        statement = select(DocumentVersion).where(
            DocumentVersion.document_id.in_({document for document, _number in wanted}),
            DocumentVersion.number.in_({number for _document, number in wanted}),
            DocumentVersion.released,
        )
        rows = [version for version in db.session.scalars(statement) if version.is_ready]
        return {(version.document_id, version.number): version for version in rows}

    def _pages(self) -> dict[tuple[int, int], DocumentPage]:
        wanted = {
            (version.id, part.page)
            for part in self.book.parts
            if part.kind == PAGE and (version := self.version_of(part)) is not None
        }
        if not wanted:
            return {}
        statement = (
            select(DocumentPage, func.substr(DocumentPage.text, 1, PASSAGE_READ))
            .where(
                DocumentPage.version_id.in_({version for version, _number in wanted}),
                DocumentPage.number.in_({number for _version, number in wanted}),
            )
            .options(*map(defer, (DocumentPage.text, DocumentPage.html, DocumentPage.markdown)))
        )
        self.texts: dict[int, str] = {}
        pages = {}
        for page, text in db.session.execute(statement):
            pages[page.version_id, page.number] = page
            self.texts[page.id] = text or ""
        return pages

    def _posts(self) -> dict[int, Post]:
        """Give the posts that are named, and the first post of each thread that is."""
        of_threads = self.book.ids(THREAD, EXPERIENCE)
        named = self.book.ids(POST)
        if not named and not of_threads:
            return {}
        statement = select(Post).where(
            Post.shown, or_(Post.id.in_(named), Post.thread_id.in_(of_threads) & (Post.number == 1))
        )
        statement = statement.options(joinedload(Post.author), joinedload(Post.official_for))
        return {post.id: post for post in db.session.scalars(statement)}


def _by_id(statement: Select[Any], column: Any, ids: set[int]) -> dict[Any, Any]:
    if not ids:
        return {}
    return {thing.id: thing for thing in db.session.scalars(statement.where(column.in_(ids)))}


def _own_words(part: Part, _found: _Found) -> ShownPart:
    return ShownPart(part, title=part.title)


def _link(part: Part, _found: _Found) -> ShownPart:
    return ShownPart(
        part, part.title, part.url, str(_("Elsewhere")), detail=_host(part.url), when=part.accessed
    )


def _host(url: str) -> str:
    return url.split("/")[2].rpartition("@")[2].removeprefix("www.") if url.count("/") > 1 else ""


def _document(part: Part, found: _Found) -> ShownPart:
    document, version = found.documents.get(part.object_id), found.version_of(part)
    if document is None or version is None:
        return ShownPart(part)
    newest = document.current_version.number
    named = f"?version={part.version_number}" if part.version_number not in (None, newest) else ""
    told = ShownPart(
        part,
        title=document.title,
        url=(f"{document.path}/seite/1{named}" if named else document.path),
        kind_name=str(KIND_NAMES[document.kind]),
        place=document.municipality.name if document.municipality else document.publisher,
        place_url=document.municipality.path if document.municipality else "",
        detail=version.label or (_("Version %(number)s", number=version.number) if named else ""),
        year=version.year,
        licence=str(document.terms.name),
        is_sample=bool(document.municipality and document.municipality.is_sample),
        document=document,
        version=version,
        newer=newest if version.number < newest and part.version_number else None,
    )
    return told if part.kind == DOCUMENT else _page(part, told, found, named)


def _page(part: Part, told: ShownPart, found: _Found, named: str) -> ShownPart:
    version, document = told.version, told.document
    page = found.pages.get((version.id, part.page)) if version else None
    if page is None or document is None or version is None:
        return told  # that version has fewer pages: the document is still the place to look
    text = found.texts[page.id].removeprefix(page.heading)
    return replace(
        told,
        url=f"{document.path}/seite/{page.number}{named}",
        detail=" · ".join(filter(None, (page_name(version, part), page.heading))),
        passage="" if part.quote else excerpt(text, PASSAGE_LENGTH),
        first_page=page,
    )


def page_name(version: DocumentVersion, part: Part) -> str:
    """Say which page or range of pages is meant: ``Seite 5`` or ``Seite 5–7``."""
    span = f"{part.page}–{part.last_page}" if part.last_page else str(part.page)
    return f"{unit_words(version.unit)['name']} {span}"


def _thread(part: Part, found: _Found) -> ShownPart:
    thread = found.threads.get(part.object_id)
    if thread is None:
        return ShownPart(part)
    told = _of_thread(part, thread, found)
    first = found.first_posts.get(thread.id)
    return replace(
        told,
        kind_name=str(THREAD_KINDS[thread.kind]),
        passage="" if part.quote or first is None else _beginning(first),
    )


def _post(part: Part, found: _Found) -> ShownPart:
    post = found.posts.get(part.object_id)
    thread = found.threads.get(post.thread_id) if post else None
    if post is None or thread is None:
        return ShownPart(part)
    place = (post.official_for.name, post.official_for.path) if post.official_for else None
    place = place or _place_of(post.author_id, found)
    return replace(
        _of_thread(part, thread, found),
        url=f"/beitrag/{post.id}",
        kind_name=str(_("Post")),
        detail=_("Post %(number)s", number=post.number),
        place=place[0],
        place_url=place[1],
        when=post.created,
        year=post.created.year,
        passage="" if part.quote else _beginning(post),
    )


def _of_thread(part: Part, thread: Thread, found: _Found) -> ShownPart:
    town = thread.municipality
    place = (town.name, town.path) if town else _place_of(thread.author_id, found)
    return ShownPart(
        part,
        title=thread.title,
        url=thread.path,
        place=place[0],
        place_url=place[1],
        when=thread.created,
        year=thread.created.year,
        is_sample=bool(town and town.is_sample),
    )


def _place_of(person: int | None, found: _Found) -> tuple[str, str]:
    """Name the writer's municipality, never the writer: a dossier is read for years."""
    byline = found.bylines.get(person) if person else None
    if byline is None or not byline.municipalities:
        return ("KTS", "") if byline and byline.is_moderator else ("", "")
    name, slug = byline.municipalities[0]
    return name, f"/kommunen/{slug}"


def _beginning(post: Post) -> str:
    return excerpt(plain_text(post.html), PASSAGE_LENGTH)


_SHOW = {
    DOCUMENT: _document,
    PAGE: _document,
    THREAD: _thread,
    EXPERIENCE: _thread,
    POST: _post,
    LINK: _link,
    "text": _own_words,
    "heading": _own_words,
}
